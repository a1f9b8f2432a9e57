"""Read what jobs used, in bounded steps: one request at a time, a tenth of the time; closed days once.

A local day is closed when it has been over for an hour: then it is stored on disk. Its jobs that are not over, or that
changed within the last hour, are read by id the next time, until they are settled. Jobs deleted later still count: they
were used.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_client.job_fields import FINAL_STATUSES, ROW
from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.domain.usage_days import Counted, Group, UsageDay, days_between, tally_of
from qpi_tui.live.pacing import Pace
from qpi_tui.resources import jobs
from qpi_tui.rows import job_times

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient, QPIClient
    from qpi_tui.files.usage_cache import UsageCache

GRACE = timedelta(hours=1)
"""How long a finished job must be unchanged to be settled, and a day be over to be closed."""
FIELDS = tuple(ROW)
# Jobs may be stored in another order than their dates.
_DISORDER = timedelta(minutes=1)
# Ids per request; maximum number of open jobs of a stored day.
_IDS, _MOST_OPEN = 100, 1000
# Jobs in the client's smallest page: they are counted before the server is left alone for the time that they cost it.
_PAGE = 200
_DAY = timedelta(days=1)


class Span(NamedTuple):
    """Days to read, newest first, from `begin` to `end` (None: now)."""

    days: Sequence[date]
    begin: datetime
    end: datetime | None


class UsageReader:
    """What jobs used since `since`, as far as it was read.

    Args:
        since: The start.
        cache: Where closed days are stored; None: nowhere.
        fresh: Read stored days again.
    """

    def __init__(self, since: datetime, cache: UsageCache | None = None, *, fresh: bool = False) -> None:
        self.moment = now()
        self.begin = min(since, self.moment)
        self._cache = cache
        first, today = local(self.begin).date(), local(self.moment).date()
        self._all = list(days_between(first, today))
        # The first day may be requested in part: then it is neither stored nor taken from the store.
        self._part = None if self.begin <= _begin(first) else first
        closed = [day for day in self._all if self._closed(day)]
        self._days = cache.read(closed) if cache is not None and not fresh else {}
        self._complete = set(self._days)
        self._waiting: list[date] = []
        self.jobs_read = 0

    def _closed(self, day: date) -> bool:
        return day != self._part and _begin(day + _DAY) + GRACE <= self.moment

    # -- what to read ------------------------------------------------------------------------------------------------

    def spans(self) -> list[Span]:
        """Return consecutive days that are not stored, newest first."""
        runs: list[list[date]] = []
        for day in self._all:
            if day in self._complete:
                continue
            if runs and runs[-1][-1] - _DAY == day:
                runs[-1].append(day)
            else:
                runs.append([day])
        newest = self._all[0]
        return [
            Span(run, max(_begin(run[-1]), self.begin), None if run[0] == newest else _begin(run[0] + _DAY))
            for run in runs
        ]

    def open_ids(self) -> list[list[str]]:
        """Return the unsettled jobs of stored days, as many as fit a request."""
        ids = [id for day in self._days.values() for id in day.open]
        return [ids[at : at + _IDS] for at in range(0, len(ids), _IDS)]

    # -- what was read -----------------------------------------------------------------------------------------------

    def begun(self, span: Span) -> None:
        """These days are about to be read."""
        self._waiting = list(span.days)

    def take(self, job: Mapping[str, Any]) -> None:
        """Add the next job, newest first."""
        counted = self._counted(job)
        if counted is None:
            return
        self.jobs_read += 1
        self._days.setdefault(counted.day, UsageDay(counted.day)).count(counted)
        # A minute later, because jobs may be stored in another order than their dates.
        while self._waiting and counted.day < self._waiting[0] and self._long_before(job, self._waiting[0]):
            self._finish(self._waiting.pop(0))

    @staticmethod
    def _long_before(job: Mapping[str, Any], day: date) -> bool:
        made = parse_date(job.get("created"))
        return made is not None and made < _begin(day) - _DISORDER

    def ended(self) -> None:
        """All days of the period were read."""
        while self._waiting:
            self._finish(self._waiting.pop(0))

    def answered(self, ids: Sequence[str], found: Sequence[Mapping[str, Any]]) -> None:
        """Update open jobs; a missing one was deleted before it was over."""
        changed = {day.day: day for day in self._days.values() if any(id in day.open for id in ids)}
        for job in found:
            counted = self._counted(job)
            if counted is not None and counted.day in changed:
                changed[counted.day].count(counted)
        gone = set(ids) - {str(job.get("id")) for job in found}
        for day in changed.values():
            for id in gone:
                day.open.pop(id, None)
            if self._cache is not None:
                self._cache.write(day)

    def _counted(self, job: Mapping[str, Any]) -> Counted | None:
        row = jobs.RESOURCE.decode(job)
        made = row.created_at
        if made is None or made > self.moment:
            return None
        here = local(made)
        waited = job_times.waited(row) if row.status != "pending" else None
        changed = parse_date(row.updated) or parse_date(row.finished_at)
        settled = row.status in FINAL_STATUSES and (changed is None or changed <= self.moment - GRACE)
        group = Group(row.user_id, row.qpu_target, row.status)
        return Counted(row.id, here.date(), here.hour, group, tally_of(job_times.cost(row), waited), settled)

    def _finish(self, day: date) -> None:
        found = self._days.setdefault(day, UsageDay(day))
        self._complete.add(day)
        if self._closed(day) and self._cache is not None and len(found.open) <= _MOST_OPEN:
            self._cache.write(found)

    # -- what is known -----------------------------------------------------------------------------------------------

    @property
    def covers(self) -> datetime | None:
        """The time since which everything is counted, up to the start of the reading; None while today is not."""
        found = None
        for day in self._all:
            if day not in self._complete:
                return found
            found = max(_begin(day), self.begin)
        return found

    @property
    def whole(self) -> bool:
        """Whether everything since the start is counted."""
        return self._complete.issuperset(self._all)

    def days(self) -> list[UsageDay]:
        """Return the fully counted days, without a gap up to now; newest first."""
        found = []
        for day in self._all:
            if day not in self._complete:
                break
            found.append(self._days.get(day) or UsageDay(day))
        return found


def read_usage(
    client: QPIClient, reader: UsageReader, *, everyone: bool, stepped: Callable[[], None] = lambda: None
) -> None:
    """Read everything; call `stepped` after each request."""
    pace = _PagePace()

    def leave_alone(seconds: float) -> None:
        if seconds:
            stepped()
            time.sleep(seconds)
        pace.go_on()

    for ids in reader.open_ids():
        reader.answered(ids, client.job_page(limit=_IDS, ids=ids, everyone=everyone, fields=FIELDS, expand=False))
        leave_alone(pace.rest())
    for span in reader.spans():
        if owed := pace.owed():
            leave_alone(owed)
        reader.begun(span)
        for job in client.iter_jobs(since=span.begin, before=span.end, everyone=everyone, fields=FIELDS, expand=False):
            rest = pace.taken()
            reader.take(job)
            leave_alone(rest)
        reader.ended()


class _PagePace(Pace):
    """Leaves the server alone once the jobs of a page are counted, not before."""

    def __init__(self) -> None:
        super().__init__()
        self._owed, self._jobs = 0.0, 0

    def taken(self) -> float:
        """Seconds to wait after the job that came; nothing within a page."""
        self._owed += self.rest()
        self._jobs += 1
        return 0.0 if self._jobs % _PAGE else self.owed()

    def owed(self) -> float:
        """Seconds to wait before the next request; a page begins with it."""
        owed, self._owed, self._jobs = self._owed, 0.0, 0
        return owed


async def read_usage_async(
    client: AsyncQPIClient, reader: UsageReader, *, everyone: bool, stepped: Callable[[], None] = lambda: None
) -> None:
    """Do the same without blocking."""
    pace = _PagePace()

    async def leave_alone(seconds: float) -> None:
        if seconds:
            stepped()
            await asyncio.sleep(seconds)
        pace.go_on()

    for ids in reader.open_ids():
        page = await client.job_page(limit=_IDS, ids=ids, everyone=everyone, fields=FIELDS, expand=False)
        reader.answered(ids, page)
        await leave_alone(pace.rest())
    for span in reader.spans():
        if owed := pace.owed():
            await leave_alone(owed)
        reader.begun(span)
        async for job in client.iter_jobs(
            since=span.begin, before=span.end, everyone=everyone, fields=FIELDS, expand=False
        ):
            rest = pace.taken()
            reader.take(job)
            await leave_alone(rest)
        reader.ended()


def _begin(day: date) -> datetime:
    return local(datetime(day.year, day.month, day.day))


def cache_for(server: str, role: str, identity: str) -> UsageCache:
    """Return the stored days of an account on a server, in this machine's time zone."""
    from qpi_tui.files.paths import cache_folder
    from qpi_tui.files.usage_cache import UsageCache

    # Names alone do not tell Chicago from Havana.
    zone = f"{'/'.join(time.tzname)} {time.timezone} {time.altzone}"
    return UsageCache(cache_folder(), server, f"{role} {identity} {zone}")


def first_day(days: int) -> datetime:
    """Return the start of the first of this many days that end today."""
    return _begin(local(now()).date() - timedelta(days=days - 1))
