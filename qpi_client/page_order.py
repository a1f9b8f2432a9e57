"""Pagination order: which page to request next, and which of its records are new. No I/O."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from qpi_client.checks import every, quoted
from qpi_client.errors import ProtocolError
from qpi_client.records import Record

# The server's maximum page size.
PAGE = 1000
# The table's own order: oldest first, newest first.
ARRIVAL = ("@rowid", "-@rowid")
# Number of pages whose ids are kept in full.
_REMEMBERED = 3
# Number of answers without a new record after which reading ends, so that a faulty server is not read forever.
_FRUITLESS = 1000
# After this many identical pages, the server has no more. (One repetition may be caused by insertions.)
_SAME = 2
# To overlap with the previous page, page sizes from half of this one are tried.
_SMALLEST = 10
# Maximum page size on the jobs' route, which has no limit of its own.
_LARGEST = 8 * PAGE


class PageOrder(Protocol):
    """Determines the query of the next page, and the new records in an answer."""

    done: bool

    def query(self, condition: str | None) -> dict[str, Any]:
        """Return the query of the next page, with the filter, if any."""
        ...

    def take(self, items: Sequence[Record], answer: object) -> Sequence[Record]:
        """Return the new records of an answer. `done` is set after the last page."""
        ...


def page_order(by: str, size: int, first: int | None = None, start: int = 0) -> PageOrder:
    """Return the order for the table's own order or a field. `first`: size of the first page, if different.

    `start`: number of records in the table's own order to skip.
    """
    return ArrivalOrder(by, size, first, start) if by in ARRIVAL else FieldOrder(by, size)


class ArrivalOrder:
    """The table's own order, which costs the server only the rows that it returns and skips.

    Each page starts at or before the last record of the previous page. The records after it in the table come next,
    whatever was inserted or deleted before it. So each record is returned once, and none is left out that exists
    throughout. If all records of a page are known, others were inserted: reading continues after them. If none is
    known, records before it were deleted: reading steps back until it finds a known record.
    """

    def __init__(self, by: str, size: int, first: int | None = None, start: int = 0) -> None:
        self.done = False
        self._by = by
        self._size = size
        self._first = first or size
        self._asked = size
        self._number, self._begin = 1, 0
        # Position of the last record that was read, as far as known.
        self._at = start - 1
        self._known = KnownIds()
        self._back = 1
        self._skips = False
        self._fruitless = 0
        self._previous: list[str] = []
        self._same = 0

    def query(self, condition: str | None) -> dict[str, Any]:
        """Return the page that starts at the last record or before it, and extends furthest beyond it."""
        at, size = self._at, self._first
        if at >= 0:
            size = max(self._size, _SMALLEST)
            size = max(range(size // 2 + 1, size + 1), key=lambda each: each - at % each)
        self._number = max(at, 0) // size + 1
        self._asked, self._begin = size, (self._number - 1) * size
        query = {"perPage": size, "page": self._number, "skipTotal": 1, "sort": self._by}
        return query if condition is None else {**query, "filter": condition}

    def take(self, items: Sequence[Record], answer: object) -> Sequence[Record]:
        """Return the records after the last known one."""
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
            # No known record is left: all records that exist now are new.
            self._known, self._at, self._skips = KnownIds(), -1, False
        else:
            # A whole page was inserted before the known records.
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
        """Return whether the server ignores page numbers. A server that returns smaller pages is asked for those."""
        if not isinstance(answer, Mapping) or len(ids) > self._asked:
            # Everything in one answer.
            self._asked = len(ids) + 1
            return self._at >= 0
        size, number = _whole(answer.get("perPage")), _whole(answer.get("page"))
        if size and size < self._asked:
            self._size = self._asked = size
            self._begin = (self._number - 1) * size
        return self._at >= 0 and number not in (None, self._number)


class KnownIds:
    """The ids of the records that were read: 8 MB for a million."""

    def __init__(self) -> None:
        self._latest: dict[str, None] = {}
        self._earlier = array("q")

    def __bool__(self) -> bool:
        return bool(self._latest)

    def add(self, ids: Sequence[str], most: int) -> None:
        """Add ids. Of all but the `most` latest, only a hash is kept."""
        latest = self._latest
        # A record without an id is identified by its position, which cannot be used for lookup.
        latest.update(dict.fromkeys(id for id in ids if not id.startswith("?")))
        while len(latest) > most:
            oldest = next(iter(latest))
            del latest[oldest]
            self._earlier.append(hash(oldest))

    def last(self, ids: Sequence[str]) -> int | None:
        """Return the position of the last known record; None if none is known."""
        known = [place for place, id in enumerate(ids) if id in self._latest]
        if not known:
            places = {hash(id): place for place, id in enumerate(ids)}
            known = [places[each] for each in self._earlier if each in places]
        return max(known, default=None)


class RouteOrder(ArrivalOrder):
    """The same order on the route `/api/jobs`, which accepts any offset and any size.

    Its pages grow, because skipping records costs the server as much as reading them.
    """

    def query(self, condition: str | None = None) -> dict[str, Any]:
        """Return the page that starts at the last record."""
        self._begin = max(self._at, 0)
        self._asked = self._first if self._at < 0 else self._size
        if self._at >= 0:
            self._size = min(2 * self._size, _LARGEST)
        return {"limit": self._asked, "sort": self._by, **({"skip": self._begin} if self._begin else {})}

    def _ignores(self, answer: object, ids: Sequence[str]) -> bool:
        if self._at < 0 and len(ids) > self._asked:
            # Everything in one answer.
            self._asked = len(ids) + 1
        return False


class FieldOrder:
    """Order by an indexed field: the next page starts after the last record that was read.

    Insertions and deletions during the iteration do not shift pages.
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
        """Return the query of the records after the last one."""
        query = {"perPage": self._size, "page": 1, "skipTotal": 1, "sort": self._sort}
        if self._last is not None:
            field, sign = self._field, "<" if self._back else ">"
            at, last = quoted(str(self._last.get(field, ""))), quoted(str(self._last.get("id", "")))
            # The first condition alone finds the position in the index.
            after = f"({field} {sign}= {at} && ({field} {sign} {at} || id {sign} {last}))"
            condition = every(condition and f"({condition})", after)
        return query if condition is None else {**query, "filter": condition}

    def take(self, items: Sequence[Record], answer: object) -> Sequence[Record]:
        """Return the records that were not seen before."""
        fresh = [item for item in items if item.get("id") not in self._seen]
        # A server that ignores the filter returns the same page again.
        self._seen = {str(item.get("id")) for item in items}
        if items:
            self._last = items[-1]
        self.done = not isinstance(answer, Mapping) or len(items) < self._size or not fresh
        return fresh


def items_of(answer: object, path: str) -> list[Record]:
    """Return the records of an answer, each with an id; `ProtocolError` if it is not a list."""
    items = answer.get("items") if isinstance(answer, Mapping) else answer
    if not isinstance(items, list):
        raise ProtocolError(f"The server's answer to {path} is not a list of records.")
    return identified(items)


def identified(items: list[Any]) -> list[Record]:
    """Give every record a string id: one without a valid id, or that is not an object, gets `?N`, which no server uses.

    So one malformed record does not hide the others.
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
