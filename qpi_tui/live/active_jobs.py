"""The pending and running jobs among the newest ones. The whole history is never read to count a queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from qpi_client.job_fields import ACTIVE_STATUSES, AMONG
from qpi_tui.domain.clock import parse_date
from qpi_tui.domain.roles import Role
from qpi_tui.resources import jobs

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.session.connection import Connection

# Of the user's own jobs, and with an API token only: whole jobs are returned.
OWN, _BY_TOKEN = 200, 50


class Active(NamedTuple):
    """Pending and running jobs; `since` is the time back to which they were searched, None for all.

    `seen`: of the user's own jobs, all that were read, newest first.
    """

    jobs: list[JobRow]
    since: datetime | None = None
    seen: Sequence[JobRow] = ()


async def read_active(connection: Connection) -> Active:
    """Read everybody's active jobs as an administrator, otherwise the user's own."""
    client, decode = connection.client, jobs.RESOURCE.decode
    if connection.role is Role.ADMIN:
        reached: list[datetime] = []
        jobs_now = client.iter_jobs(status=ACTIVE_STATUSES, everyone=True, among=AMONG, searched=reached.append)
        found = [decode(job) async for job in jobs_now]
        # The last call tells where the search ended; None if it read all jobs.
        return Active(found, reached[-1] if reached else None)
    most = OWN if connection.user_id else _BY_TOKEN
    newest = [decode(job) for job in await client.job_page(limit=most)]
    own = [job for job in newest if job.active]
    return Active(own, parse_date(newest[-1].created) if len(newest) == most else None, newest)
