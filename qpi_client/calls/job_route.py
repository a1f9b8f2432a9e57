"""Read your own jobs from the route that accepts API tokens. It supports no filters, so the client applies them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from qpi_client import decoding
from qpi_client.calls.job_queries import JobQuery, checked_statuses, echoes
from qpi_client.calls.qpus import id_of, rows
from qpi_client.checks import moment
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch, get
from qpi_client.job_fields import ROW
from qpi_client.page_order import PAGE, RouteOrder
from qpi_client.records import Record
from qpi_client.steps import Call

# The order of storage may differ slightly from the order of creation times.
_DISORDER = timedelta(minutes=1)


class RoutePages:
    """Your own jobs in pages, newest first. `plain`: all fields, as the route returns them."""

    def __init__(self, query: JobQuery, *, plain: bool, target: str | None) -> None:
        self._statuses = None if query.status is None else checked_statuses(query.status)
        self._target = target
        self._since = None if query.since is None else moment(query.since, "since")
        self._before = None if query.before is None else moment(query.before, "before")
        self._changed = None if query.changed_since is None else moment(query.changed_since, "changed_since")
        self._left = query.most
        self._unseen = query.reach
        self._shown = None if plain else list(ROW if query.fields is None else dict.fromkeys(["id", *query.fields]))
        small = self._shown is not None and set(self._shown) <= set(ROW)
        self._large = decoding.job_pages() if small else None
        picks = (self._statuses, self._target, self._since, self._before, self._changed)
        few = self._left is not None and all(value is None for value in picks)
        self._order = RouteOrder("-@rowid", PAGE, min(PAGE, max(self._left or 1, 1)) if few else PAGE)
        self._done = self._left == 0

    def next(self, ctx: Context) -> Call[list[Record]]:
        """Return the next page; empty at the end."""
        while not self._done:
            answer = yield from fetch(ctx, get("/api/jobs", query=self._order.query()), self._large)
            page = self._order.take(rows(answer, "jobs"), answer)
            since = self._since
            if self._unseen is not None:
                page = page[: self._unseen]
                self._unseen -= len(page)
            self._done = (
                self._order.done
                or self._unseen == 0
                or (since is not None and any(not _at_or_after(job, "created", since - _DISORDER) for job in page))
            )
            kept = [self._as_asked(job) for job in page if self._wanted(job)]
            if self._left is not None:
                kept = kept[: self._left]
                self._left -= len(kept)
                self._done = self._done or self._left <= 0
            if kept:
                return kept
        return []

    def _wanted(self, job: Record) -> bool:
        return (
            (self._statuses is None or job.get("status") in self._statuses)
            and (self._target is None or job.get("qpu_target") == self._target)
            and (self._since is None or _at_or_after(job, "created", self._since))
            and (self._before is None or not _at_or_after(job, "created", self._before))
            and (self._changed is None or _at_or_after(job, "updated", self._changed))
        )

    def _as_asked(self, job: Record) -> Record:
        """Return a job with the requested fields, and never with its payload in place of results."""
        if self._shown is None:
            return {**job, "results": None} if echoes(job) else job
        return {name: _field(job, name) for name in self._shown if name in job}


def from_route(ctx: Context, query: JobQuery, *, plain: bool) -> Call[RoutePages]:
    """Return your own jobs from the route, in pages."""
    if query.everyone or query.user is not None:
        ctx.need_session("Listing other people's jobs")
    target = None if query.qpu is None else (yield from id_of(ctx, query.qpu))
    return RoutePages(query, plain=plain, target=target)


def _at_or_after(job: Record, field: str, begin: datetime) -> bool:
    try:
        return moment(job.get(field), field) >= begin
    except InvalidValue:
        return True


def _field(job: Record, name: str) -> Any:
    return None if name == "results" and echoes(job) else job[name]
