"""A list that is too long to read in full: a window of rows around the visible ones.

It is read in the table's own order, in which a page costs the rows that it returns and skips. At most two thousand rows
are kept, whatever the length.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from qpi_tui.domain.sparse_rows import SparseRows
from qpi_tui.live.known import Known
from qpi_tui.live.pacing import REST
from qpi_tui.live.reads import WHOLE, read_rows
from qpi_tui.live.row_window import PAGE, Page, RowWindow

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient, ChangeEvent
    from qpi_tui.resources.base import Resource
    from qpi_tui.rows.base import Row

R = TypeVar("R", bound="Row")
T = TypeVar("T")
Record = Mapping[str, Any]

# Number of rows to keep.
KEEP = WHOLE
# Rows of a page that no key waits for, and of the page that detects a short list.
LARGE = 1_000
# Rows before and after the visible ones that are read with them.
MARGIN = 60
# Rows kept of a search.
FOUND = 1_000
# Seconds from which a request counts as slow, so that the next one waits as long.
QUICK = 0.3


async def read_whole(client: AsyncQPIClient, resource: Resource[R]) -> list[R] | None:
    """Read a list of at most `WHOLE` rows; None if it is longer."""
    reader = getattr(client, resource.reader) if resource.reader else None
    if not resource.collection or (reader is not None and "limit" not in inspect.signature(reader).parameters):
        # A list without pages is short.
        return await read_rows(client, resource)
    rows = await read_rows(client, resource, limit=LARGE)
    if len(rows) < LARGE:
        return rows
    if await client.collection(resource.collection).count() > WHOLE:
        return None
    return await read_rows(client, resource)


class LongList(Generic[R]):
    """The known rows of a resource's list, by id, and their places; `version` grows with every difference."""

    def __init__(self, client: AsyncQPIClient, resource: Resource[R]) -> None:
        self._records = client.collection(resource.collection)
        self._resource = resource
        self.places = RowWindow()
        self.version = 0
        # The ids of marked rows, which are kept.
        self.marked: Callable[[], Iterable[str]] = tuple
        self._rows: dict[str, R] = {}
        # Found by a search, at any place.
        self._found: dict[str, None] = {}
        self._shown = (0, 0)
        self._one = asyncio.Lock()
        self._not_before = float("-inf")
        # Seconds of the last request.
        self.last_took = 0.0

    @property
    def total(self) -> int:
        """The number of rows in the list."""
        return self.places.total

    @property
    def known(self) -> Known:
        """The version of the known part."""
        return Known(id(self), self.version)

    def get(self, id: str) -> R | None:
        """Return a known row."""
        return self._rows.get(id)

    def rows(self) -> list[R]:
        """Return the known rows, those of the window first, newest first."""
        ids = [self.places.ids[place] for place in sorted(self.places.ids, reverse=True)]
        return [self._rows[id] for id in dict.fromkeys([*ids, *self._found]) if id in self._rows]

    def sparse(self, made: Callable[[R], R]) -> SparseRows:
        """Return the list by position, with gaps; `made` completes a row."""
        rows = {place: made(self._rows[id]) for place, id in self.places.ids.items() if id in self._rows}
        return SparseRows(self.places.low, self.places.high, rows)

    # -- reading -----------------------------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Read the newest page and count the rows; earlier rows become stale, and are read again once visible."""
        self.places.mark_stale()
        await self.read_page(Page(0, PAGE))
        count = await self._ask(self._records.count)
        before = set(self.places.ids.values())
        self.places.counted(count)
        self._forget(before.difference(self.places.ids.values()))

    def lacking(self, first: int, last: int) -> Page | None:
        """Return the next page to read: for the visible rows, then for those around them."""
        self._shown = (first, last)
        return self.places.missing(first, last) or self.places.missing(first - MARGIN, last + MARGIN)

    async def pause(self) -> None:
        """Leave a slow server alone for as long as its last answer took."""
        if (left := self._not_before - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def read_page(self, page: Page) -> None:
        """Read a page into its place."""
        asked = self.places.begin(page)
        records: Sequence[Record] = await self._ask(
            lambda: self._records.page(
                offset=page.offset, limit=page.limit, oldest_first=page.oldest_first, **self._asked
            )
        )
        self._keep(records)
        gone = self.places.place(asked, [str(record["id"]) for record in records])
        self._forget(id for id in gone if self.places.place_of(id) is None)
        if len(self.places) > KEEP:
            self._forget(self.places.evict(*self._shown, KEEP, self.marked()))

    async def history(self) -> AsyncIterator[list[Record]]:
        """Yield every record, newest first, a thousand at a time, each exactly once."""
        records = self._records.iterate(sort="-@rowid", **self._asked)
        piece: list[Record] = []
        began = time.monotonic()
        async for record in records:
            piece.append(record)
            if len(piece) == LARGE:
                self.last_took = time.monotonic() - began
                yield piece
                piece, began = [], time.monotonic()
        yield piece

    @property
    def _asked(self) -> dict[str, Any]:
        resource = self._resource
        fields = resource.query["fields"].split(",") if resource.fields else None
        return {"fields": fields, "expand": tuple(resource.relations)}

    async def read(self, id: str) -> R:
        """Read one record by its id, and keep it."""
        record = await self._ask(lambda: self._records.get(id, expand=tuple(self._resource.relations)))
        self.find([record])
        return self._rows[id]

    def find(self, records: Sequence[Record]) -> None:
        """Keep the matches of a search."""
        self._keep(records)
        self._found.update(dict.fromkeys(str(record["id"]) for record in records))

    def let_go(self) -> None:
        """Release the results of a search."""
        found, self._found = self._found, {}
        self._forget(found)

    # -- events ------------------------------------------------------------------------------------------------------

    def merge(self, events: Sequence[ChangeEvent]) -> None:
        """Merge events about the list's records."""
        for event in events:
            if event.topic.partition("/")[0] != self._resource.collection or not event.record.get("id"):
                continue
            id = str(event.record["id"])
            if event.action == "delete":
                self._gone(id)
            elif event.action == "create":
                self._keep([event.record])
                self.places.arrive(id)
            elif id in self._rows:
                self._keep([event.record])

    def _gone(self, id: str) -> None:
        if self.places.place_of(id) is not None:
            # Its place was known, so nothing newer needs to be read.
            self.places.remove(id, lambda _: False)
        else:
            # Above or below the visible rows: the known rows are read again once visible.
            self.places.counted(max(self.places.total - 1, 0))
        self._found.pop(id, None)
        self._rows.pop(id, None)
        self.version += 1

    # -- inside ------------------------------------------------------------------------------------------------------

    def _keep(self, records: Iterable[Record]) -> None:
        for record in records:
            row = self._resource.decode(record)
            self._rows[row.id] = row
        self.version += 1

    def _forget(self, ids: Iterable[str]) -> None:
        held = {*self._found, *self.marked()}
        for id in ids:
            if id not in held and self.places.place_of(id) is None:
                self._rows.pop(id, None)
        self.version += 1

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        async with self._one:
            began = time.monotonic()
            try:
                return await call()
            finally:
                self.last_took = time.monotonic() - began
                if self.last_took > QUICK:
                    self._not_before = time.monotonic() + self.last_took


class ListSearch(Generic[R]):
    """Searches the whole list, newest first, a thousand rows at a time.

    `searched` counts the searched rows; `done`: there are no more.
    """

    def __init__(self, list: LongList[R], wanted: Callable[[R], bool], decode: Callable[[Record], R]) -> None:
        self._list, self._wanted, self._decode = list, wanted, decode
        self._history = list.history()
        self.searched = self.found = 0
        self.done = self.running = False

    async def run(self, go_on: Callable[[], bool], stepped: Callable[[], None]) -> None:
        """Search until the end, `FOUND` rows are found, or `go_on` returns False; call `stepped` after each step."""
        self.running = True
        most = self.found + FOUND
        try:
            while not self.done and self.found < most and go_on():
                records: list[Record] = await anext(self._history, [])
                through = [record for record in records if self._wanted(self._decode(record))]
                self.found += len(through)
                self.searched += len(records)
                self.done = len(records) < LARGE
                self._list.find(through)
                stepped()
                rest = 0.0 if self.done else self._list.last_took * REST
                while rest > 0 and go_on():
                    await asyncio.sleep(min(rest, 0.05))
                    rest -= 0.05
        finally:
            self.running = False
