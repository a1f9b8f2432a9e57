"""The positions of the known rows of a long list: ids by their place in the order of arrival. Pure.

A list of a million is never read in full. The known part is a window: the newest page, and the pages around the visible
rows. A row's place is counted in the order of arrival, so that arrivals move nothing: they are on top. Pages that
overlap known rows are aligned with them; others are placed where they were requested. If a page contradicts known rows,
the page is right.

    window.place(window.begin(Page(0, 200)), ids)      the newest page
    window.missing(first, last)                        the page that is missing in the visible part
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

PAGE = 200
"""Rows of a page."""
NEAR = 20
"""Rows to keep on each side of the visible ones."""
DEEP = 2_000
"""Position from which a page is read from the nearer end: skipping fewer rows costs nothing."""


class Page(NamedTuple):
    """A request: this many rows after `offset` others, from the newest on or from the oldest."""

    offset: int
    limit: int = PAGE
    oldest_first: bool = False


class Asked(NamedTuple):
    """A page, with the newest place and the number of arrivals at its request."""

    page: Page
    high: int
    arrivals: int


class RowWindow:
    """Ids of rows by place, from `low`, the oldest row of the list, to `high`, the newest.

    `exact` tells whether `low` is known: until a count or the last page, it is a guess of one more page.
    """

    def __init__(self) -> None:
        self.low, self.high, self.exact, self.begun = 0, -1, False, False
        self._ids: dict[int, str] = {}
        self._places: dict[str, int] = {}
        # Rows that may be deleted or moved: they are shown, and read again once visible.
        self._stale: set[str] = set()
        self._arrived: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def total(self) -> int:
        """The number of rows in the list; at least, if `exact` is false."""
        return self.high - self.low + 1

    @property
    def complete(self) -> bool:
        """Whether every row of the list is known."""
        return self.begun and self.exact and len(self._ids) == self.total

    @property
    def ids(self) -> dict[int, str]:
        """The known rows by place; not to be modified."""
        return self._ids

    def place_of(self, id: str) -> int | None:
        """Return the place of a row; None if unknown."""
        return self._places.get(id)

    def newest(self) -> list[str]:
        """Return the known rows from the newest one down to the first gap, newest first."""
        found, place = [], self.high
        while (id := self._ids.get(place)) is not None:
            found.append(id)
            place -= 1
        return found

    # -- input -------------------------------------------------------------------------------------------------------

    def arrive(self, id: str) -> None:
        """A row arrived: it is the newest."""
        if self.begun and id not in self._places:
            self.high += 1
            self._put(self.high, id)
            self._arrived.append(id)

    def remove(self, id: str, newer: Callable[[str], bool]) -> None:
        """A row was deleted; `newer` tells whether a known row arrived later."""
        place = self._places.pop(id, None)
        if not self.begun:
            return
        if place is not None:
            del self._ids[place]
            self._stale.discard(id)
            moved = [at for at in self._ids if at > place]
        else:
            moved = [at for at, known in self._ids.items() if newer(known)]
            above = min(moved, default=self.high + 1)
            if above - max((at for at in self._ids if at < above), default=self.low - 1) == 1:
                # No unknown row is between its neighbours: its arrival was missed, too.
                return
        self._move(sorted(moved), -1)
        self.high -= 1
        if self.high < self.low:
            self.low = self.high + 1

    def counted(self, count: int) -> None:
        """Set the list's length. If it contradicts the known rows, deletions were missed."""
        low = self.high - count + 1
        if self.exact and low != self.low:
            self.mark_stale()
        self.low, self.exact = low, True
        for place in [place for place in self._ids if place < low]:
            self._drop(place)

    def mark_stale(self, first: int = 0, last: int | None = None) -> None:
        """Rows at these positions may be deleted: read them again once visible."""
        low = self.low if last is None else self.high - last
        self._stale |= {id for place, id in self._ids.items() if low <= place <= self.high - first}

    # -- pages -------------------------------------------------------------------------------------------------------

    def begin(self, page: Page) -> Asked:
        """Register the request of a page."""
        return Asked(page, self.high, len(self._arrived))

    def place(self, asked: Asked, ids: Sequence[str]) -> list[str]:
        """Put a received page into its place; return the ids of rows that it shows as deleted."""
        page, ids = asked.page, list(dict.fromkeys(ids))
        full = len(ids) == page.limit
        if page.oldest_first:
            ids.reverse()
        before = set(self._places)
        if not ids:
            self._end(asked)
            return sorted(before - set(self._places))
        top = self._top(asked, ids)
        bottom = top - len(ids) + 1
        self._write(ids, top)
        if page.oldest_first:
            if not page.offset:
                self._cut_below(bottom)
            if not full:
                self._cut_above(top, self._arrived[asked.arrivals :])
        else:
            self._fit_above(asked.high, top, page.offset)
            if not page.offset:
                self._cut_above(top, self._arrived[asked.arrivals :])
            if not full:
                self._cut_below(bottom)
                self.exact = True
        if not self.begun:
            self.begun = True
            self.low = bottom
        if not self.exact:
            # This much is certain; one more page is guessed.
            self.low = min(self.low, bottom - page.limit)
        self.low, self.high = min(self.low, bottom), max(self.high, top)
        if len(self._arrived) > 10_000:
            del self._arrived[:]
        return sorted(before - set(self._places))

    def missing(self, first: int, last: int, limit: int = PAGE) -> Page | None:
        """Return the page with the first unknown or stale row at these positions; 0 is the newest row."""
        lacks = [
            position
            for position in range(max(first, 0), min(last, self.total - 1) + 1)
            if (id := self._ids.get(self.high - position)) is None or id in self._stale
        ]
        return self.page_over(lacks[0], lacks[-1], limit) if lacks else None

    def page_at(self, position: int, limit: int = PAGE) -> Page:
        """Return the page with a position: from the nearer end, which is cheaper for the server."""
        if self.exact and self.total > DEEP and position > self.total // 2:
            return Page((self.total - 1 - position) // limit * limit, limit, oldest_first=True)
        return Page(position // limit * limit, limit)

    def page_over(self, first: int, last: int, limit: int = PAGE) -> Page:
        """Return a page with all of these positions, if possible: deep in a list a second one costs as much again.

        A server counts pages by their size, so a page of another size starts elsewhere.
        """
        page = self.page_at(first, limit)
        end = self.total - 1
        begin, behind = (end - last, end - first) if page.oldest_first else (first, last)
        if behind < page.offset + limit and page.offset <= begin:
            return page

        def margin(size: int) -> int:
            return min(begin % size, size - 1 - behind % size) if begin // size == behind // size else -1

        size = max(range(limit // 2 + 1, limit + 1), key=margin)
        return page if margin(size) < 0 else Page(begin // size * size, size, page.oldest_first)

    def evict(self, first: int, last: int, keep: int, pinned: Iterable[str] = ()) -> list[str]:
        """Forget the rows farthest from these positions and from the newest page, except `keep`."""
        if len(self._ids) <= keep:
            return []
        low, high, newest = self.high - last, self.high - first, self.high - PAGE
        kept = {place for id in pinned if (place := self._places.get(id)) is not None}

        def distance(place: int) -> int:
            # Arrivals and deletions move positions: keep rows beside them too.
            return max(low - NEAR - place, place - high - NEAR, 0) if place <= newest else 0

        far = sorted((place for place in self._ids if place not in kept), key=distance)
        # One more page than needed, so that not every new row costs a sort.
        gone = [self._ids[place] for place in far[max(keep - PAGE - len(kept), 0) :] if distance(place)]
        for id in gone:
            self._drop(self._places[id])
        return gone

    # -- inside ------------------------------------------------------------------------------------------------------

    def _top(self, asked: Asked, ids: list[str]) -> int:
        """Return the place of a page's newest row. Rows newer than the page are moved to fit."""
        known = [index for index, id in enumerate(ids) if id in self._places]
        if asked.page.offset or asked.page.oldest_first:
            # Stale rows do not locate the page; the newest page is above all known rows.
            known = [index for index in known if ids[index] not in self._stale]
        if not known:
            return self._free_top(asked, ids)
        # Rows older than a deleted one stay in place: the oldest common row locates the page.
        newest, oldest = known[0], known[-1]
        old_bottom, old_top = self._places[ids[oldest]], self._places[ids[newest]]
        here = set(ids)
        # Nothing else is between rows of the page.
        for place in [place for place, id in self._ids.items() if old_bottom < place < old_top and id not in here]:
            self._drop(place)
        top = old_bottom + oldest
        moved = top - newest - old_top
        if moved:
            newer = sorted(place for place in self._ids if place > old_top)
            self._move(newer, moved)
            self.high += moved
        return top

    def _free_top(self, asked: Asked, ids: Sequence[str]) -> int:
        page, size = asked.page, len(ids)
        if page.oldest_first:
            return self.low + page.offset + size - 1
        # It is unknown whether rows that arrived meanwhile are on the page: if it fits, they are not.
        for high in range(asked.high, self.high + 1):
            top = high - page.offset
            places = range(top - size + 1, top + 1)
            if not any((id := self._ids.get(place)) is not None and id not in self._stale for place in places):
                return top
        return self.high - page.offset

    def _write(self, ids: list[str], top: int) -> None:
        bottom, here = top - len(ids) + 1, set(ids)
        for place in [place for place, id in self._ids.items() if bottom <= place <= top or id in here]:
            self._drop(place)
        for index, id in enumerate(ids):
            self._put(top - index, id)

    def _fit_above(self, high: int, top: int, offset: int) -> None:
        """This many rows are newer than the page: move the known ones if they are elsewhere."""
        less = high - (top + offset)
        if less > 0:
            for place in [place for place, id in self._ids.items() if place > top and id in self._stale]:
                self._drop(place)
            for place in [place for place in self._ids if top < place <= top + less]:
                self._drop(place)
            self._move(sorted(place for place in self._ids if place > top), -less)
            self.high -= less
        self.high = max(self.high, top + offset)

    def _cut_above(self, top: int, arrived: Sequence[str]) -> None:
        """Only rows that arrived since the request are above the newest row."""
        above = [place for place in sorted(self._ids) if place > top]
        kept = [id for place in above if (id := self._ids[place]) in set(arrived)]
        for place in above:
            self._drop(place)
        for number, id in enumerate(kept, 1):
            self._put(top + number, id)
        self.high = top + len(kept)

    def _cut_below(self, bottom: int) -> None:
        for place in [place for place in self._ids if place < bottom]:
            self._drop(place)
        self.low = bottom

    def _end(self, asked: Asked) -> None:
        """A page without rows: the list ends before it."""
        page = asked.page
        self.begun = True
        if page.oldest_first:
            self._cut_above(min(self.high, self.low + page.offset - 1), self._arrived[asked.arrivals :])
            return
        self._cut_below(max(self.high - page.offset + 1, self.low))
        self.exact = self.exact or self.low in self._ids or self.high < self.low

    def _put(self, place: int, id: str) -> None:
        self._ids[place] = id
        self._places[id] = place
        self._stale.discard(id)

    def _drop(self, place: int) -> None:
        id = self._ids.pop(place)
        del self._places[id]
        self._stale.discard(id)

    def _move(self, places: Sequence[int], by: int) -> None:
        moved = [(place, self._ids.pop(place)) for place in places]
        for place, id in moved:
            if (other := self._ids.get(place + by)) is not None and other != id:
                self._drop(place + by)
            self._ids[place + by] = id
            self._places[id] = place + by
