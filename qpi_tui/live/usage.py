"""Read the cost of a user's jobs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from qpi_client.job_fields import AMONG, CHARGED_STATUSES
from qpi_tui.domain.clock import stored
from qpi_tui.resources import jobs
from qpi_tui.rows.usage import MOST_JOBS, Month, month_of, month_start
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

_FIELDS = ("status", "duration", "finished_at", "created")
# A job of the end of last month may have ended in this one.
_BEFORE = timedelta(days=2)
# For the user's own jobs: page size and total.
_PAGE, _MOST_OWN = 200, 10_000
# For everybody's jobs, to find a user's, in two steps: 0.12 s of a server (v0.1.2).
_AMONG = 4 * AMONG


async def read_use(connection: Connection, user: str, since: datetime) -> Month:
    """Read, as an administrator, the cost of a user's jobs since then; of more than `MOST_JOBS` the newest count.

    Only this many jobs are searched: it runs for each user that the cursor reaches.
    """
    reached: list[datetime] = []
    found = connection.client.iter_jobs(
        user=user,
        since=since - _BEFORE,
        status=CHARGED_STATUSES,
        fields=_FIELDS,
        expand=False,
        limit=MOST_JOBS,
        among=_AMONG,
        searched=reached.append,
    )
    rows = [jobs.RESOURCE.decode(job) async for job in found]
    # The search tells where its first step ended, and where it stopped before that time.
    return month_of(rows, since)._replace(more=len(reached) > 1)


async def read_month(connection: Connection) -> Month:
    """Read this month's own jobs, newest first, page by page: a search by status reads the whole table."""
    start = month_start()
    since = stored(start - _BEFORE)
    found: list[JobRow] = []
    while len(found) < _MOST_OWN:
        page = await connection.client.job_page(offset=len(found), limit=_PAGE, fields=_FIELDS, expand=False)
        found += map(jobs.RESOURCE.decode, page)
        if len(page) < _PAGE or found[-1].created < since:
            break
    over = [job for job in found if job.status in CHARGED_STATUSES]
    return month_of(over, start)
