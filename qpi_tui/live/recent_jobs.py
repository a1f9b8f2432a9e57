"""The jobs of the last hours, from bounded reads: the newest once, then only what is new and what ended.

A job may end long after it was submitted: those that were submitted earlier and ended in these hours are looked for by
the time of their last change, among the newest `AMONG` jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from qpi_client.job_fields import AMONG
from qpi_tui.domain.clock import now, parse_date
from qpi_tui.resources import jobs

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.session.connection import Connection

SPAN = timedelta(hours=3)
"""Jobs that were submitted or ended so long ago count."""
MOST = 5000
"""So many of those that were submitted in it are kept, and as many that only ended in it."""
# Sizes of the first page, for which the first rows wait, and of pages with older and new jobs; ids per request.
# A server reads the payload and the results of each job, whatever fields are requested.
_FIRST, _OLDER, _LATER, _IDS = 100, 1000, 200, 100
# A change may be stored a little later than it is dated.
_OVERLAP = timedelta(minutes=1)
_FIELDS = ("user_id", "qpu_target", "status", "created", "updated", "finished_at", "duration", "results.error")


class Recent(NamedTuple):
    """Jobs, the newest first, then those that were submitted before the span and ended in it.

    `since` is the moment back to which all that were submitted are known, None for all of the span; `told` the one up
    to which it is known what ended of those submitted before, None as long as that was not looked for.
    """

    jobs: Sequence[JobRow] = ()
    since: datetime | None = None
    told: datetime | None = None


async def read_recent(connection: Connection, before: Recent | None) -> Recent:
    """Read everybody's newest jobs as an administrator; after `before` only new and finished ones."""
    moment = now()
    begin = moment - SPAN
    if before is None or not before.jobs:
        # The first rows do not wait for what ended late: `read_late` follows.
        page = await _page(connection, 0, _FIRST)
        return kept(Recent(page, None if len(page) < _FIRST else _date(page[-1])), begin)
    known = {job.id: job for job in before.jobs}
    active = [job.id for job in before.jobs if job.active]
    changed = begin if before.told is None else before.told - _OVERLAP
    fresh, late = await asyncio.gather(_page(connection, 0, _LATER), _late(connection, begin, changed))
    if len(fresh) == _LATER and not any(job.id in known for job in fresh):
        # More arrived than a page holds: start again.
        return await read_recent(connection, None)
    seen = {job.id for job in fresh}
    asked = [id for id in active if id not in seen]
    answers = [await _by_id(connection, asked[at : at + _IDS]) for at in range(0, len(asked), _IDS)]
    ended = {job.id: job for answer in answers for job in answer}
    gone = set(asked) - set(ended)
    older = [ended.get(job.id, job) for job in before.jobs if job.id not in seen and job.id not in gone]
    return kept(Recent(_each(fresh, late, older), before.since, moment), begin)


async def read_older(connection: Connection, recent: Recent) -> Recent:
    """Read the page before `recent`. Jobs that arrived meanwhile make the two overlap."""
    page = await _page(connection, len(_submitted(recent)) // _FIRST * _FIRST, _OLDER)
    return Recent(page, None if len(page) < _OLDER else _date(page[-1]))


async def read_late(connection: Connection) -> Recent:
    """Those that were submitted before the span and ended in it."""
    moment = now()
    return Recent(await _late(connection, moment - SPAN, moment - SPAN), told=moment)


def with_late(recent: Recent, late: Recent) -> Recent:
    """Both, each job once, as `recent` has it."""
    return kept(Recent(_each(recent.jobs, late.jobs), recent.since, late.told), now() - SPAN)


def with_older(recent: Recent, older: Recent) -> Recent:
    """Merge both, each job once, as in `recent`."""
    return kept(Recent(_each(recent.jobs, older.jobs), older.since, recent.told), now() - SPAN)


def complete(recent: Recent) -> bool:
    """Whether all that count are known, or as many as are kept."""
    return recent.told is not None and (recent.since is None or len(_submitted(recent)) >= MOST)


def kept(recent: Recent, begin: datetime) -> Recent:
    """What counts: the newest `MOST` of those submitted since `begin`, and as many that were submitted before that and
    ended since; and how far back they are known."""
    inside: list[JobRow] = []
    late: list[JobRow] = []
    for job in recent.jobs:
        made = job.created_at
        if made is None or made >= begin:
            inside.append(job)
        elif (ended := parse_date(job.finished_at)) is not None and ended >= begin:
            late.append(job)
    since = recent.since if recent.since is not None and recent.since > begin else None
    if len(inside) > MOST:
        inside = inside[:MOST]
        since = _date(inside[-1]) or since
    return Recent([*inside, *late[:MOST]], since, recent.told)


def _submitted(recent: Recent) -> list[JobRow]:
    """Those from `since` on: of those before it only some are known."""
    since = recent.since
    return [job for job in recent.jobs if since is None or (made := job.created_at) is None or made >= since]


def _each(*lists: Sequence[JobRow]) -> list[JobRow]:
    """The jobs of all lists, each once, as the first list has it."""
    found: dict[str, JobRow] = {}
    for job in chain(*lists):
        found.setdefault(job.id, job)
    return list(found.values())


async def _late(connection: Connection, begin: datetime, changed: datetime) -> list[JobRow]:
    """Those that were submitted before `begin` and changed after `changed`."""
    found = connection.client.iter_jobs(
        before=begin, changed_since=max(changed, begin), limit=MOST, among=AMONG, everyone=True, fields=_FIELDS,
        expand=False,
    )  # fmt: skip
    return [jobs.RESOURCE.decode(job) async for job in found]


async def _page(connection: Connection, offset: int, limit: int) -> list[JobRow]:
    page = await connection.client.job_page(offset=offset, limit=limit, everyone=True, fields=_FIELDS, expand=False)
    return jobs.RESOURCE.decode_all(page)


async def _by_id(connection: Connection, ids: Sequence[str]) -> list[JobRow]:
    page = await connection.client.job_page(limit=_IDS, ids=ids, everyone=True, fields=_FIELDS, expand=False)
    return jobs.RESOURCE.decode_all(page)


def _date(job: JobRow) -> datetime | None:
    return parse_date(job.created)
