"""Whole lists: page after page in a stable order, every record once while others come and go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qpi_client.checks import every, quoted
from qpi_client.context import Context
from qpi_client.decoding import Decoder
from qpi_client.errors import ProtocolError
from qpi_client.exchange import fetch, get, prove_session, records
from qpi_client.records import Record
from qpi_client.steps import Call, Emit, Emitting, Request

# The server gives no more at once.
PAGE = 1000
# How often a list is begun again because records vanished while it was read.
RESTARTS = 5


class Pager:
    """Reads a collection. `by`: the fields that order it, each with "-" before it for the last first.

    Ordered by a date, the next page begins after the last record seen, so that nothing that is inserted or deleted
    meanwhile moves anything. Where there is no date the order is that of arrival: what is inserted comes last, and when
    something was deleted meanwhile the page that it moved is read again.
    """

    def __init__(
        self,
        collection: str,
        *,
        by: str = "@rowid",
        filter: str | None = None,
        fields: Sequence[str] | None = None,
        expand: str | None = None,
        limit: int | None = None,
        session: bool = True,
        large: Decoder | None = None,
    ) -> None:
        self._path = records(collection)
        self._by = by
        self._filter = filter
        self._expand = expand
        self._size = PAGE if limit is None else min(PAGE, max(limit, 1))
        self._left = limit
        self._session = session
        self._large = large
        # What the next page is found by must be there.
        key = [] if by == "@rowid" else [by.lstrip("-")]
        self._fields = list(dict.fromkeys(["id", *key, *fields])) if fields is not None else None
        self._unasked = [] if fields is None else [name for name in key if name not in fields]
        self._seen: set[str] = set()
        self._last: Record | None = None
        self._number = 1
        self._total: int | None = None
        self._restarts = 0
        self._done = limit == 0

    def next(self, ctx: Context) -> Call[list[Record]]:
        """The next page of records not seen before; empty when there is none left."""
        while not self._done:
            answer = yield from fetch(ctx, self._request(), self._large)
            items = self._items(answer)
            if self._session and not self._seen:
                surprising = ctx.unexpectedly_empty(f"{self._path} {self._filter}", not items)
                if not items:
                    yield from prove_session(ctx, surprising)
            fresh = [item for item in items if item.get("id") not in self._seen]
            self._step(answer, items, bool(fresh))
            self._seen.update(item["id"] for item in fresh if "id" in item)
            if self._left is not None:
                fresh = fresh[: self._left]
                self._left -= len(fresh)
                self._done = self._done or self._left <= 0
            if fresh:
                return self._asked_for(fresh)
        return []

    def _asked_for(self, items: list[Record]) -> list[Record]:
        """Records without the field that only the order needed."""
        if not self._unasked:
            return items
        return [{name: value for name, value in item.items() if name not in self._unasked} for item in items]

    def _request(self) -> Request:
        query: dict[str, Any] = {"perPage": self._size}
        condition = self._filter
        if self._by == "@rowid":
            query.update(page=self._number, sort=self._by)
        else:
            field, back = self._by.lstrip("-"), self._by.startswith("-")
            query.update(page=1, skipTotal=1, sort=f"{self._by},{'-' if back else ''}id")
            if self._last is not None:
                sign = "<" if back else ">"
                at, last = quoted(str(self._last.get(field, ""))), quoted(str(self._last.get("id", "")))
                # The first half alone finds the place by the index.
                after = f"({field} {sign}= {at} && ({field} {sign} {at} || id {sign} {last}))"
                condition = every(self._filter and f"({self._filter})", after)
        if condition:
            query["filter"] = condition
        if self._expand:
            query["expand"] = self._expand
        if self._fields is not None:
            expanded = ["expand"] if self._expand and not any("expand" in name for name in self._fields) else []
            query["fields"] = ",".join([*self._fields, *expanded])
        return get(self._path, query=query, session="needed" if self._session else "used")

    def _items(self, answer: Any) -> list[Record]:
        items = answer.get("items") if isinstance(answer, dict) else answer
        if not isinstance(items, list):
            raise ProtocolError(f"The server's answer to {self._path} is not a list of records.")
        return identified(items)

    def _step(self, answer: Any, items: list[Record], fresh: bool) -> None:
        """Go on to the next page, begin again, or be done."""
        if not isinstance(answer, dict) or not items:
            self._done = True
            return
        self._last = items[-1]
        if self._by != "@rowid":
            self._done = len(items) < self._size or not fresh
            return
        total, size, number = (_whole(answer.get(name)) for name in ("totalItems", "perPage", "page"))
        shrunk = total is not None and self._total is not None and total < self._total
        if total is not None:
            self._total = total
        if shrunk and self._restarts < RESTARTS:
            # Something on an earlier page is gone, and another record slipped into its place: begin again.
            self._restarts += 1
            self._number = 1
            return
        ignored = number is not None and number != self._number
        self._done = ignored or len(items) < (size or self._size) or (not fresh and not self._restarts)
        self._number += 1


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


def everything(ctx: Context, pager: Pager) -> Call[list[Record]]:
    """All pages as one list."""
    found = yield from pager.next(ctx)
    page = found
    while page:
        page = yield from pager.next(ctx)
        found.extend(page)
    return found


def emitted(ctx: Context, pager: Pager) -> Emitting[Record]:
    """Emit page after page."""
    while page := (yield from pager.next(ctx)):
        yield Emit(page)
    return []
