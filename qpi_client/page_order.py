"""In which order a collection is read: which page to ask for next, and which of its records are new. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from qpi_client.checks import every, quoted
from qpi_client.errors import ProtocolError
from qpi_client.records import Record

# The server gives no more at once.
PAGE = 1000
# The table's own order: oldest first, newest first.
ARRIVAL = ("@rowid", "-@rowid")
# The ids of so many pages are kept as they are.
_REMEMBERED = 3
# Answers without a new record after which reading ends: a server that misbehaves is not asked for ever.
_FRUITLESS = 1000
# A page that comes so many times more is all that the server gives. (Once it may be that as much was inserted.)
_SAME = 2
# A page that overlaps with the last one is found among sizes from half of this one.
_SMALLEST = 10
# The largest page of the jobs' route, which has no limit of its own.
_LARGEST = 8 * PAGE


class PageOrder(Protocol):
    """What a pager asks: how to query the next page, and what of the answer is new."""

    done: bool

    def query(self, condition: str | None) -> dict[str, Any]:
        """The query of the next page, with the filter where there is one."""
        ...

    def take(self, items: Sequence[Record], answer: object) -> Sequence[Record]:
        """The records of an answer that were not there before; `done` is set after the last page."""
        ...


def page_order(by: str, size: int, first: int | None = None, start: int = 0) -> PageOrder:
    """The order by the table's own order, or by a field; `first`: the size of the first page, where it is another.

    `start`: so many records of the table's own order are stepped over.
    """
    return ArrivalOrder(by, size, first, start) if by in ARRIVAL else FieldOrder(by, size)


class ArrivalOrder:
    """The table's own order, which costs the server only the rows that it gives and steps over.

    Each page begins at or before the last record of the page before. What follows that record in the table is what
    comes next, whatever was inserted or deleted before it: so each record comes once, and none is left out that was
    there all the time. When all of a page is known, others were inserted: reading goes on behind it. When none of it is
    known, records before it were deleted: reading steps back until it finds one that it knows.
    """

    def __init__(self, by: str, size: int, first: int | None = None, start: int = 0) -> None:
        self.done = False
        self._by = by
        self._size = size
        self._first = first or size
        self._asked = size
        self._number, self._begin = 1, 0
        # Place of the last record that was read, as far as that is known.
        self._at = start - 1
        self._known = KnownIds()
        self._back = 1
        self._skips = False
        self._fruitless = 0
        self._previous: list[str] = []
        self._same = 0

    def query(self, condition: str | None) -> dict[str, Any]:
        """The page that begins at the last record or before it, and reaches farthest behind it."""
        at, size = self._at, self._first
        if at >= 0:
            size = max(self._size, _SMALLEST)
            size = max(range(size // 2 + 1, size + 1), key=lambda each: each - at % each)
        self._number = max(at, 0) // size + 1
        self._asked, self._begin = size, (self._number - 1) * size
        query = {"perPage": size, "page": self._number, "skipTotal": 1, "sort": self._by}
        return query if condition is None else {**query, "filter": condition}

    def take(self, items: Sequence[Record], answer: object) -> Sequence[Record]:
        """What follows the last record that is known."""
        ids = [str(item.get("id")) for item in items]
        self._same = self._same + 1 if ids and ids == self._previous else 0
        self._previous = ids
        if self._ignores(answer, ids) or self._same > _SAME:
            self.done = True
            return []
        last = len(items) < self._asked or not items
        known = self._known.last(ids)
        if known is not None or not self._known:
            begin = max(self._at + 1 - self._begin, 0) if known is None else known + 1
            return self._taken(items, ids, items[begin:], last)
        self._fruitless += 1
        self.done = self._fruitless > _FRUITLESS
        if self._begin and not self._skips:
            self._back *= 2
            self._at = max(0, self._begin - self._back * self._size)
        elif last:
            # Nothing is left of what was known: all that is there now is new.
            self._known, self._at, self._skips = KnownIds(), -1, False
        else:
            # A whole page was inserted before what is known.
            self._skips, self._at = True, self._begin + len(items) - 1
        return []

    def _taken(
        self, items: Sequence[Record], ids: Sequence[str], fresh: Sequence[Record], last: bool
    ) -> Sequence[Record]:
        self._back, self._skips = 1, False
        self._fruitless = 0 if fresh else self._fruitless + 1
        self._at = self._begin + len(items) - 1
        self.done = last or self._fruitless > _FRUITLESS
        self._known.add(ids[len(items) - len(fresh) :], _REMEMBERED * self._size)
        return fresh

    def _ignores(self, answer: object, ids: Sequence[str]) -> bool:
        """Whether the server does not look at the page's number; one that gives smaller pages is asked for those."""
        if not isinstance(answer, Mapping) or len(ids) > self._asked:
            # Everything at once.
            self._asked = len(ids) + 1
            return self._at >= 0
        size, number = _whole(answer.get("perPage")), _whole(answer.get("page"))
        if size and size < self._asked:
            self._size = self._asked = size
            self._begin = (self._number - 1) * size
        return self._at >= 0 and number not in (None, self._number)


class KnownIds:
    """The ids of the records that were read: of a million in 8 MB."""

    def __init__(self) -> None:
        self._latest: dict[str, None] = {}
        self._earlier = array("q")

    def __bool__(self) -> bool:
        return bool(self._latest)

    def add(self, ids: Sequence[str], most: int) -> None:
        """Keep these; of all but the `most` latest only what is enough to know them again."""
        latest = self._latest
        # One without an id is known by its position, which marks nothing.
        latest.update(dict.fromkeys(id for id in ids if not id.startswith("?")))
        while len(latest) > most:
            oldest = next(iter(latest))
            del latest[oldest]
            self._earlier.append(hash(oldest))

    def last(self, ids: Sequence[str]) -> int | None:
        """The place of the last of these that is known; None where none is."""
        known = [place for place, id in enumerate(ids) if id in self._latest]
        if not known:
            places = {hash(id): place for place, id in enumerate(ids)}
            known = [places[each] for each in self._earlier if each in places]
        return max(known, default=None)


class RouteOrder(ArrivalOrder):
    """The same on the route `/api/jobs`, which takes any place to begin at, and any size.

    Its pages grow: to step over what was read costs the server as much as to read it.
    """

    def query(self, condition: str | None = None) -> dict[str, Any]:
        """The page that begins at the last record."""
        self._begin = max(self._at, 0)
        self._asked = self._first if self._at < 0 else self._size
        if self._at >= 0:
            self._size = min(2 * self._size, _LARGEST)
        return {"limit": self._asked, "sort": self._by, **({"skip": self._begin} if self._begin else {})}

    def _ignores(self, answer: object, ids: Sequence[str]) -> bool:
        if self._at < 0 and len(ids) > self._asked:
            # Everything at once.
            self._asked = len(ids) + 1
        return False


class FieldOrder:
    """By a field, which has to have an index: the next page begins after the last record that was read.

    So nothing that is inserted or deleted meanwhile moves anything.
    """

    def __init__(self, by: str, size: int) -> None:
        self.done = False
        self._field = by.lstrip("-")
        self._back = by.startswith("-")
        self._sort = f"{by},{'-' if self._back else ''}id"
        self._size = size
        self._last: Record | None = None
        self._seen: set[str] = set()

    def query(self, condition: str | None) -> dict[str, Any]:
        """What comes after the last record."""
        query = {"perPage": self._size, "page": 1, "skipTotal": 1, "sort": self._sort}
        if self._last is not None:
            field, sign = self._field, "<" if self._back else ">"
            at, last = quoted(str(self._last.get(field, ""))), quoted(str(self._last.get("id", "")))
            # The first half alone finds the place by the index.
            after = f"({field} {sign}= {at} && ({field} {sign} {at} || id {sign} {last}))"
            condition = every(condition and f"({condition})", after)
        return query if condition is None else {**query, "filter": condition}

    def take(self, items: Sequence[Record], answer: object) -> Sequence[Record]:
        """Those that were not seen before."""
        fresh = [item for item in items if item.get("id") not in self._seen]
        # A server that ignores the filter gives the same page again.
        self._seen = {str(item.get("id")) for item in items}
        if items:
            self._last = items[-1]
        self.done = not isinstance(answer, Mapping) or len(items) < self._size or not fresh
        return fresh


def items_of(answer: object, path: str) -> list[Record]:
    """The records of an answer, each with an id; `ProtocolError` where it is no list."""
    items = answer.get("items") if isinstance(answer, Mapping) else answer
    if not isinstance(items, list):
        raise ProtocolError(f"The server's answer to {path} is not a list of records.")
    return identified(items)


def identified(items: list[Any]) -> list[Record]:
    """Records that each have a text as id: one that has none, or that is no object, gets `?N`, which no server gives.

    So one record that cannot be understood does not hide the others.
    """
    if all(isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] for item in items):
        return items
    return [
        item
        if isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"]
        else {**(item if isinstance(item, dict) else {}), "id": f"?{number}"}
        for number, item in enumerate(items)
    ]


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
