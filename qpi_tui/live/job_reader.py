"""Read the queue: the newest page first, then the visible pages, one request at a time.

Nothing here reads the whole table: pages follow the table's own order, in which a page costs what it returns. The total
count is requested if it is cheap, which is everybody's: a user's own jobs are counted when the user goes to the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from qpi_client.checks import quoted
from qpi_client.job_fields import ACTIVE_STATUSES, ROW, SIZES
from qpi_tui.domain.clock import minute, parse_date, stored
from qpi_tui.domain.roles import Role
from qpi_tui.live.date_search import Dated, find_moment
from qpi_tui.live.job_store import Merged
from qpi_tui.live.job_window import KEEP, JobWindow
from qpi_tui.live.pacing import REST
from qpi_tui.live.row_window import PAGE, Page
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import JobRow as JobRecord
    from qpi_client import JobStatus

T = TypeVar("T")
Record = Mapping[str, Any]

# The newest page: a server needs 0.2 ms of CPU for each returned job (PocketBase 0.39).
FIRST = 100
# Lists up to this length are read in full at once; up to `KEEP`, if a feature needs it.
SMALL = PAGE
# Rows of a page that no key waits for.
LARGE = 1_000
# The active jobs among this many are read immediately: 0.03 s of the server (v0.1.2).
SCANNED = 20_000
# An API token's route returns whole jobs: repeated reads use a short page.
SHORT = 50
# Maximum number of changed jobs per request; two writes may be stored in another order than their dates.
CHANGED, OVERLAP = 20, timedelta(seconds=5)
# Seconds in which the event stream opens after the first page.
OPENING = 10.0
# Seconds after which jobs are counted again.
COUNTED = 60.0
# Rows before and after the visible ones that are read with them.
MARGIN = 60
# Seconds from which a request counts as slow, so that the next one waits as long; and the wait after a failure.
QUICK, AFTER_FAILURE = 0.3, 2.0
# Jobs to each side of a guess where a date may be, and of a page there, that are read with it. Deep in a history a
# hundred more of them cost the server a tenth of another page.
NEAR, WIDE = 180, 400
# Shorter times, in seconds, are not a request.
NOTHING = 0.01


class JobReader:
    """Fills a window for a connection. `window` holds what is known; nothing is read without a request."""

    def __init__(self, connection: Connection, streams: int = 0) -> None:
        self._connection = connection
        self.window = JobWindow()
        # Grows with what a read found without an event.
        self.found_out = 0
        # Seconds that the newest page took.
        self.newest_took = 0.0
        self._names: dict[str, str] = {}
        self._streams = streams
        self._stale = False
        self._began = self._counted_at = float("-inf")
        self._one = asyncio.Lock()
        self._took = 0.0
        self._not_before = self._failed_until = float("-inf")

    @property
    def everyone(self) -> bool:
        """Whether everybody's jobs are read."""
        return self._connection.role is Role.ADMIN

    # -- the newest page ---------------------------------------------------------------------------------------------

    async def first(self) -> None:
        """Read the newest page."""
        await self._read_names()
        self._began = time.monotonic()
        await self._read(Page(0, FIRST))
        self.newest_took = time.monotonic() - self._began

    async def settle(self) -> bool:
        """Read the count, if cheap, and a short list in full; return whether it changed."""
        window = self.window
        before = window.version
        if window.places.exact:
            return False
        if self.everyone:
            await self.count()
        if window.total <= SMALL:
            await self.read_all(SMALL)
        elif self._counts_active:
            await self.count_active()
        return window.version != before

    async def refresh(self, streams: int = 0, *, away: bool = False) -> Merged:
        """Read new and changed jobs among the newest. `streams`: how many event streams there were.

        If deletions may have been missed, jobs are counted, and the visible part is read again.
        """
        window = self.window
        # The stream that opens after the first page: almost nothing was missed.
        opened = (self._streams, streams) == (0, 1) and time.monotonic() - self._began < OPENING
        self._stale |= away or (streams != self._streams and not opened)
        stale, whole, before = self._stale, window.complete, window.version
        merged = None if stale else await self._changes()
        if merged is None:
            merged = await self._newest_again(stale=stale)
        if self.everyone and not whole and (stale or time.monotonic() - self._counted_at > COUNTED):
            await self.count()
        if stale and whole:
            # Otherwise deleted lines would stay, and look current.
            await self.read_all(KEEP)
        elif stale and self._counts_active:
            await self.count_active()
        # Only after a successful read.
        self._streams, self._stale = streams, False
        self.found_out += window.version != before
        return merged

    async def _newest_again(self, *, stale: bool) -> Merged:
        if stale:
            self.window.mark_stale()
        token = self._connection.role is Role.TOKEN
        began = time.monotonic()
        merged = await self._read(Page(0, SHORT if token else FIRST), touch=True)
        self.newest_took = time.monotonic() - began
        return merged

    async def _changes(self) -> Merged | None:
        """Read what changed among the newest jobs; None if it exceeds a page, or cannot be queried.

        The query also includes older jobs, so that it ends there: it costs as much as their page, and returns a tenth.
        """
        newest = self.window.newest()[:FIRST]
        latest = parse_date(max((job.updated for job in newest), default=""))
        if len(newest) < FIRST or latest is None or self._connection.role is Role.TOKEN:
            return None
        since = stored(latest - OVERLAP)
        where = f"updated >= {quoted(since)} || created < {quoted(newest[-1].created)}"
        found = await self.records(Page(0, CHANGED), where)
        changed = [record for record in found if str(record.get("updated")) >= since]
        return None if len(changed) == CHANGED else self.window.told(changed[::-1])

    async def count(self) -> None:
        """Count the jobs. Everybody's are cheap to count; for a user's own, the server reads the whole table."""
        count = await self._ask(lambda: self._connection.client.count_jobs(everyone=self.everyone))
        self._counted_at = time.monotonic()
        self.window.counted(count)

    @property
    def _counts_active(self) -> bool:
        window = self.window
        return self.everyone and window.places.exact and not window.complete and window.total <= SCANNED

    async def count_active(self) -> None:
        """Read every pending and running job, up to a thousand, and count the failures of a day.

        The server reads the whole table for each.
        """
        client = self._connection.client
        found = await self._ask(
            lambda: client.job_page(limit=LARGE, status=ACTIVE_STATUSES, everyone=self.everyone, fields=self._fields)
        )
        self.window.keep(found)
        self.window.active_known = len(found) < LARGE
        since = minute() - timedelta(days=1)
        failed = await self._ask(lambda: client.count_jobs(status="failed", since=since, everyone=self.everyone))
        self.window.failed_today = (failed, time.monotonic())

    # -- other pages -------------------------------------------------------------------------------------------------

    def lacking(self, first: int, last: int) -> Page | None:
        """Return the next page to read: for the visible rows, then for those around them."""
        window = self.window
        window.look(first, last)
        near = (first - MARGIN, last + MARGIN)
        return window.places.missing(first, last) or window.places.missing(*near)

    async def pause(self, first: int, last: int) -> None:
        """Leave the server alone after a failure, or for as long as a slow page took if no key waits for the next."""
        lacks = self.window.places.missing(first, last) is not None
        pause = (self._failed_until if lacks else self._not_before) - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)

    async def read_page(self, page: Page) -> None:
        """Read a page."""
        await self._read(page)

    async def read_all(self, most: int) -> bool:
        """Read all pages of a list of limited length; return whether all jobs are known now."""
        window, limit = self.window, FIRST if most <= SMALL else LARGE
        while window.total <= most and (page := window.places.missing(0, most, limit)) is not None:
            version = window.version
            await self._read(page)
            if window.version == version:
                break
        return window.complete

    async def read_jobs(self, ids: Sequence[str]) -> None:
        """Read jobs by their ids, at any position; forget deleted ones."""
        client, window = self._connection.client, self.window
        if self._connection.role is Role.TOKEN:
            return
        for start in range(0, len(ids), 100):
            some = ids[start : start + 100]
            found = await self._ask(
                partial(client.job_page, limit=100, ids=some, everyone=self.everyone, fields=self._fields)
            )
            window.keep(found)
            gone = set(some).difference(str(record.get("id")) for record in found)
            window.gone([{"id": id} for id in gone])

    async def find(self, moment: datetime) -> int:
        """The position of the first job of a moment: counts the list first where its length is not known.

        Deep in a history a page of jobs costs little more than one: those around the last guess are shown then.
        """
        places = self.window.places
        if not places.exact:
            await self.count()
        high, last = places.high, places.total - 1

        async def look(position: int) -> list[Dated]:
            page = places.page_over(max(position - NEAR, 0), min(position + NEAR, last), WIDE)
            asked = places.begin(page)
            records = await self.records(page)
            first, step = (places.low + page.offset, 1) if page.oldest_first else (asked.high - page.offset, -1)
            # It may be what is shown next, so that it is not the farthest from what is.
            self.window.look(position, position)
            self.window.take(asked, records)
            # Jobs that arrived meanwhile are newer than position 0.
            return [(high - first - step * n, str(job.get("created") or "")) for n, job in enumerate(records)]

        rows = {high - place: row for place, id in places.ids.items() if (row := self.window.store.get(id)) is not None}
        known = {0: await self.created_at(0), **{position: rows[position].created for position in sorted(rows)}}
        known[last] = await self.created_at(last)
        return await find_moment(moment, list(known.items()), look) + places.high - high

    async def created_at(self, position: int) -> str:
        """Return when the job at a position was submitted; empty without one."""
        known = self.window.rows()[position]
        if known is not None:
            return str(known.created)
        found = await self._dates(self.window.places.page_at(position, 1))
        return found[0] if found else ""

    async def _dates(self, page: Page) -> list[str]:
        """Return when the jobs of a page were submitted."""
        found = await self._ask(
            lambda: self._connection.client.job_page(
                offset=page.offset, limit=page.limit, oldest_first=page.oldest_first, everyone=self.everyone,
                fields=("created",), expand=False,
            )
        )  # fmt: skip
        return [str(record.get("created") or "") for record in found]

    async def records(self, page: Page, where: str | None = None) -> list[Record]:
        """Return the records of a page that match a server filter."""
        found = await self._ask(
            lambda: self._connection.client.job_page(
                offset=page.offset, limit=page.limit, oldest_first=page.oldest_first, where=where,
                everyone=self.everyone, fields=self._fields,
            )
        )  # fmt: skip
        return [self._named(record) for record in found]

    async def indexes(self) -> list[str]:
        """Return the indexes of the jobs' table, as the server writes them. Superusers only."""
        collection = await self._ask(lambda: self._connection.client.get_collection("quantum_jobs"))
        found = collection.get("indexes")
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    async def read_sorted(self, sort: Sequence[str], *, status: JobStatus | None = None, most: int = LARGE) -> int:
        """Read and keep the first jobs by indexed fields; return how many."""
        client = self._connection.client
        found = await self._ask(
            lambda: client.job_page(limit=most, sort=sort, status=status, everyone=self.everyone, fields=self._fields)
        )
        self.window.keep(found)
        return len(found)

    async def history(self) -> AsyncIterator[Record]:
        """Yield every job, newest first, leaving the server alone between pages."""
        jobs = aiter(self._connection.client.iter_jobs(everyone=self.everyone, fields=self._fields))
        while True:
            began = time.monotonic()
            job = await anext(jobs, None)
            if job is None:
                return
            took = time.monotonic() - began
            yield self._named(job)
            if took > NOTHING:
                await asyncio.sleep(took * REST)

    @property
    def last_took(self) -> float:
        """The seconds of the last request."""
        return self._took

    # -- inside ------------------------------------------------------------------------------------------------------

    @property
    def _fields(self) -> tuple[str, ...]:
        return (*ROW, *SIZES)

    async def _read(self, page: Page, *, touch: bool = False) -> Merged:
        asked = self.window.places.begin(page)
        return self.window.take(asked, await self.records(page), touch=touch)

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        async with self._one:
            began = time.monotonic()
            try:
                return await call()
            except Exception:
                self._failed_until = time.monotonic() + AFTER_FAILURE
                raise
            finally:
                self._took = time.monotonic() - began
                if self._took > QUICK:
                    self._not_before = max(self._not_before, time.monotonic() + self._took)

    async def _read_names(self) -> None:
        """Add the QPUs' names, which an API token's jobs lack."""
        if self._connection.role is Role.TOKEN and not self._names:
            qpus = await self._connection.client.list_all_qpus()
            self._names = {str(qpu.get("id")): str(qpu.get("name")) for qpu in qpus}

    def _named(self, record: JobRecord) -> Record:
        found = cast("Record", record)
        name = self._names.get(str(record.get("qpu_target")))
        return found if name is None else {**found, "expand": {"qpu_target": {"name": name}}}
