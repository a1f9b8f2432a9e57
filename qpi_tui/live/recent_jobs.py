"""The jobs of the last hours, from bounded reads: the newest once, then only what is new and what ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.domain.clock import now, parse_date
from qpi_tui.resources import jobs

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.session.connection import Connection

SPAN = timedelta(hours=3)
"""Jobs that were submitted so long ago count."""
MOST = 5000
"""So many of them are kept."""
# The newest at first, and where only the new ones are looked for; so many ids can be asked for at once.
_FIRST, _LATER, _IDS = 1000, 200, 100
_FIELDS = ("user_id", "qpu_target", "status", "created", "updated", "finished_at", "duration", "results.error")


class Recent(NamedTuple):
    """Jobs, the newest first; `since` is the moment back to which they are known, None for all of the span."""

    jobs: Sequence[JobRow] = ()
    since: datetime | None = None


async def read_recent(connection: Connection, before: Recent | None) -> Recent:
    """Read, as an administrator, everybody's newest jobs; after `before` only what came since, and what ended."""
    begin = now() - SPAN
    if before is None or not before.jobs:
        page = await _page(connection, 0, _FIRST)
        return kept(Recent(page, None if len(page) < _FIRST else _date(page[-1])), begin)
    known = {job.id: job for job in before.jobs}
    active = [job.id for job in before.jobs if job.active]
    fresh = await _page(connection, 0, _LATER)
    if len(fresh) == _LATER and not any(job.id in known for job in fresh):
        # More arrived than a page holds: begin anew.
        return await read_recent(connection, None)
    seen = {job.id for job in fresh}
    asked = [id for id in active if id not in seen]
    answers = [await _by_id(connection, asked[at : at + _IDS]) for at in range(0, len(asked), _IDS)]
    ended = {job.id: job for answer in answers for job in answer}
    gone = set(asked) - set(ended)
    older = [ended.get(job.id, job) for job in before.jobs if job.id not in seen and job.id not in gone]
    return kept(Recent([*fresh, *older], before.since), begin)


async def read_older(connection: Connection, recent: Recent) -> Recent:
    """The page that follows `recent` into the past. Jobs that arrived meanwhile let the two overlap."""
    page = await _page(connection, len(recent.jobs) // _FIRST * _FIRST, _FIRST)
    return Recent(page, None if len(page) < _FIRST else _date(page[-1]))


def with_older(recent: Recent, older: Recent) -> Recent:
    """Both, each job once, as `recent` has it."""
    known = {job.id for job in recent.jobs}
    jobs_now = [*recent.jobs, *(job for job in older.jobs if job.id not in known)]
    return kept(Recent(jobs_now, older.since), now() - SPAN)


def kept(recent: Recent, begin: datetime) -> Recent:
    """What counts: the newest `MOST` of those submitted since `begin`, and how far back they are known."""
    inside = [job for job in recent.jobs if (made := job.created_at) is None or made >= begin]
    since = recent.since if recent.since is not None and recent.since > begin else None
    if len(inside) > MOST:
        inside = inside[:MOST]
        since = _date(inside[-1]) or since
    return Recent(inside, since)


async def _page(connection: Connection, offset: int, limit: int) -> list[JobRow]:
    page = await connection.client.job_page(offset=offset, limit=limit, everyone=True, fields=_FIELDS, expand=False)
    return jobs.RESOURCE.decode_all(page)


async def _by_id(connection: Connection, ids: Sequence[str]) -> list[JobRow]:
    page = await connection.client.job_page(limit=_IDS, ids=ids, everyone=True, fields=_FIELDS, expand=False)
    return jobs.RESOURCE.decode_all(page)


def _date(job: JobRow) -> datetime | None:
    return parse_date(job.created)
