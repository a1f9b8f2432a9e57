"""Read whole lists: pages in a stable order, every record once despite concurrent changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from qpi_client.context import Context
from qpi_client.decoding import Decoder
from qpi_client.exchange import fetch, get, prove_session, records
from qpi_client.page_order import ARRIVAL, PAGE, items_of, page_order
from qpi_client.records import Record
from qpi_client.steps import Call, Emit, Emitting, Request


class Pages(Protocol):
    """Returns records in pages."""

    def next(self, ctx: Context) -> Call[list[Record]]:
        """Return the next page of new records; empty at the end."""
        ...


class Pager:
    """Reads a collection.

    `by`: "@rowid" for the order of arrival, "-@rowid" for the newest first, or an indexed field, with a leading "-" for
    descending order. Each record is returned once, and none is left out that exists throughout. `first`: size of the
    first page, if different. `start`: number of records to skip.
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
        first: int | None = None,
        start: int = 0,
        session: bool = True,
        large: Decoder | None = None,
    ) -> None:
        self._path = records(collection)
        self._filter = filter
        self._expand = expand
        self._left = limit
        self._session = session
        self._large = large
        self._order = page_order(by, PAGE if limit is None else min(PAGE, max(limit, 1)), first, start)
        # The field that locates the next page must be included.
        key = [] if by in ARRIVAL else [by.lstrip("-")]
        self._fields = list(dict.fromkeys(["id", *key, *fields])) if fields is not None else None
        self._unasked = [] if fields is None else [name for name in key if name not in fields]
        self._any = False
        self._done = limit == 0

    def next(self, ctx: Context) -> Call[list[Record]]:
        """Return the next page of new records; empty at the end."""
        while not self._done:
            answer = yield from fetch(ctx, self._request(), self._large)
            items = items_of(answer, self._path)
            if self._session and not self._any:
                surprising = ctx.unexpectedly_empty(f"{self._path} {self._filter}", not items)
                if not items:
                    yield from prove_session(ctx, surprising)
            fresh = list(self._order.take(items, answer))
            self._any = self._any or bool(fresh)
            self._done = self._order.done
            if self._left is not None:
                fresh = fresh[: self._left]
                self._left -= len(fresh)
                self._done = self._done or self._left <= 0
            if fresh:
                return self._asked_for(fresh)
        return []

    @property
    def done(self) -> bool:
        """Whether everything was read."""
        return self._done

    def _asked_for(self, items: list[Record]) -> list[Record]:
        """Return the records without the field that only the order needed."""
        if not self._unasked:
            return items
        return [{name: value for name, value in item.items() if name not in self._unasked} for item in items]

    def _request(self) -> Request:
        query: dict[str, Any] = self._order.query(self._filter)
        if self._expand:
            query["expand"] = self._expand
        if self._fields is not None:
            expanded = ["expand"] if self._expand and not any("expand" in name for name in self._fields) else []
            query["fields"] = ",".join([*self._fields, *expanded])
        return get(self._path, query=query, session="needed" if self._session else "used")


def everything(ctx: Context, pages: Pages) -> Call[list[Record]]:
    """Return all pages as one list."""
    found = yield from pages.next(ctx)
    page = found
    while page:
        page = yield from pages.next(ctx)
        found.extend(page)
    return found


def emitted(ctx: Context, pages: Pages) -> Emitting[Record]:
    """Emit pages."""
    while page := (yield from pages.next(ctx)):
        yield Emit(page)
    return []
