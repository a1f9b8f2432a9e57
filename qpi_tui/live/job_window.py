"""The known part of the queue: jobs around the visible ones, the newest ones, and referenced ones. Pure.

The cost depends on the visible part, not on the length: at most two thousand rows stay in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from qpi_tui.domain.sparse_rows import SparseRows
from qpi_tui.live.job_store import JobStore, Merged
from qpi_tui.live.row_window import Asked, RowWindow
from qpi_tui.rows.jobs import JobRow

# Rows in memory.
KEEP = 2_000
# Jobs kept of a search.
FOUND = 1_000

Record = Mapping[str, Any]


class JobWindow:
    """Jobs by id in a store, and their places in a partly known list."""

    def __init__(self) -> None:
        self.store = JobStore()
        self.places = RowWindow()
        # Found by a search, or read because they are active: kept at any position.
        self.found: dict[str, None] = {}
        # Whether every pending and running job is known.
        self.active_known = False
        # How many jobs of a day had failed when counted, and when, in `time.monotonic()` seconds.
        self.failed_today: tuple[int, float] | None = None
        # The ids of marked jobs, which are kept too.
        self.marked: Callable[[], Iterable[str]] = tuple
        self._shown = (0, 0)
        self._sparse: tuple[tuple[int, int, int], SparseRows] | None = None
        self._placed = 0

    @property
    def version(self) -> tuple[int, int]:
        """A marker that changes with every difference."""
        return self.store.version, self._placed

    @property
    def complete(self) -> bool:
        """Whether the whole list is known."""
        return self.places.complete

    @property
    def total(self) -> int:
        """The number of jobs; at least, if `places.exact` is false."""
        return self.places.total

    def rows(self) -> SparseRows:
        """Return the list by position, with gaps."""
        places = self.places
        key = (*self.version, places.low)
        if self._sparse is None or self._sparse[0] != key:
            get = self.store.get
            rows = {place: row for place, id in places.ids.items() if (row := get(id)) is not None}
            self._sparse = (key, SparseRows(places.low, places.high, rows))
        return self._sparse[1]

    def newest(self) -> list[JobRow]:
        """Return the jobs from the newest one down to the first gap."""
        return [row for id in self.places.newest() if (row := self.store.get(id)) is not None]

    # -- what comes --------------------------------------------------------------------------------------------------

    def take(self, asked: Asked, records: Sequence[Record], *, touch: bool = False) -> Merged:
        """Add a page. `touch`: its new and changed jobs changed just now."""
        whole = self.complete
        merged = self.store.merge(records[::-1] if not asked.page.oldest_first else records, touch=touch)
        ids = [str(record.get("id")) for record in records]
        lost = self.places.place(asked, [id for id in ids if self.store.get(id) is not None])
        self._placed += 1
        gone = [id for id in lost if self.places.place_of(id) is None]
        if whole:
            self.store.drop(gone)
        else:
            self._forget(gone)
        self._trim()
        return merged

    def counted(self, count: int) -> None:
        """Set the number of jobs."""
        before = set(self.places.ids.values())
        self.places.counted(count)
        self._forget(before.difference(self.places.ids.values()))
        self._placed += 1

    def told(self, records: Sequence[Record], new: Iterable[str] = ()) -> Merged:
        """Add jobs from events; `new` are the ids of jobs submitted just now."""
        top = self.places.ids.get(self.places.high)
        newest = self.store.get(top) if top is not None else None
        merged = self.store.merge(records, touch=True)
        arrived = set(new)
        for id in (str(record.get("id")) for record in records):
            row = self.store.get(id)
            if row is None or self.places.place_of(id) is not None:
                continue
            # There may have been no event for a submitted job.
            if id in arrived or newest is None or row.created > newest.created:
                self.places.arrive(id)
                self._placed += 1
        self._trim()
        return merged

    def gone(self, records: Iterable[Record]) -> None:
        """These jobs were deleted."""
        for record in records:
            id = str(record.get("id"))
            if self.store.is_gone(id):
                continue
            known = self.store.get(id)
            created = known.created if known is not None else str(record.get("created") or "")
            if self.places.place_of(id) is not None or created:
                self.places.remove(id, partial(self._later, created))
            self.found.pop(id, None)
            self._placed += 1
            self.store.drop([id])

    def keep(self, records: Sequence[Record]) -> Merged:
        """Add and keep jobs from elsewhere in the history."""
        merged = self.store.merge(records)
        for id in (str(record.get("id")) for record in records):
            if self.store.get(id) is not None:
                self.found[id] = None
        return merged

    def mark_stale(self) -> None:
        """Jobs may have changed or been deleted without events."""
        self.places.mark_stale()
        self.active_known = False

    def mark_shown_stale(self) -> None:
        """Visible jobs may have changed."""
        self.places.mark_stale(*self._shown)

    def look(self, first: int, last: int) -> None:
        """These positions are visible."""
        self._shown = (first, last)

    def let_go(self) -> None:
        """Release the results of a search."""
        self.found.clear()
        self._trim()

    # -- inside ------------------------------------------------------------------------------------------------------

    def _later(self, created: str, id: str) -> bool:
        row = self.store.get(id)
        return row is not None and row.created > created

    def _pinned(self) -> set[str]:
        pinned = {*self.found, *self.store.touched, *self.marked()}
        return pinned | self.store.active if self.active_known else pinned

    def _forget(self, ids: Iterable[str]) -> None:
        self.store.evict(set(ids) - self._pinned())

    def _trim(self) -> None:
        if len(self.places) > KEEP:
            self._forget(self.places.evict(*self._shown, KEEP))
            self._placed += 1
        spare = len(self.store) - len(self.places)
        if spare > KEEP:
            held = self._pinned()
            self.store.evict([id for id in self.store.ids if self.places.place_of(id) is None and id not in held])
