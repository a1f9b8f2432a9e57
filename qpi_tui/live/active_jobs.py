"""The pending and running jobs, among the newest ones: nobody reads a whole history to count a queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from qpi_client.job_fields import ACTIVE_STATUSES
from qpi_tui.domain.clock import parse_date
from qpi_tui.domain.roles import Role
from qpi_tui.resources import jobs

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.session.connection import Connection

# Of one's own jobs: an administrator's search goes back further, as far as its first step.
_OWN = 200
# With only an API token: whole jobs come.
_BY_TOKEN = 50


class Active(NamedTuple):
    """Pending and running jobs; `since` is the moment back to which they were looked for, None for all of them.

    `seen`: of one's own jobs, all that were looked at, the newest first.
    """

    jobs: list[JobRow]
    since: datetime | None = None
    seen: Sequence[JobRow] = ()


class _FarEnoughError(Exception):
    """The first step of a search is over."""


async def read_active(connection: Connection) -> Active:
    """Read everybody's active jobs as an administrator, else one's own."""
    client, decode = connection.client, jobs.RESOURCE.decode
    if connection.role is Role.ADMIN:
        reached: list[datetime] = []

        def searched(moment: datetime) -> None:
            reached.append(moment)
            raise _FarEnoughError

        found: list[JobRow] = []
        try:
            async for job in client.iter_jobs(status=ACTIVE_STATUSES, everyone=True, searched=searched):
                found.append(decode(job))  # noqa: PERF401  # what came before the search is stopped counts
        except _FarEnoughError:
            return Active(found, reached[0])
        return Active(found)
    most = _OWN if connection.user_id else _BY_TOKEN
    newest = [decode(job) for job in await client.job_page(limit=most)]
    own = [job for job in newest if job.active]
    return Active(own, parse_date(newest[-1].created) if len(newest) == most else None, newest)
