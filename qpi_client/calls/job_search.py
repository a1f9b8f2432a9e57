"""Search the job table in bounded steps, newest first.

The table has no index. A query that finds less than a page reads all of it: 1.4 s for 914,000 jobs (v0.1.2), without
any sign of progress. So each query here also matches any job older than a given time, which makes it end soon after
that time, and the next query goes further back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from qpi_client.checks import every, moment, quoted, stored_time
from qpi_client.context import Context
from qpi_client.decoding import Decoder
from qpi_client.exchange import fetch, get, records
from qpi_client.page_order import PAGE, items_of
from qpi_client.paging import Pager
from qpi_client.records import Record
from qpi_client.steps import Call

JOBS = "quantum_jobs"
Searched = Callable[[datetime], None]
"""Takes the time back to which the history was searched."""

# Number of jobs in the first step, and the growth factor of each next one. The last step alone takes three quarters of
# the total time.
STEP, _FACTOR = 20_000, 4
# Number of rows in a page for older jobs, which only end the query. A page with this many of them is the last one.
_FIRST, _ENOUGH = 200, 20
# The order of storage may differ slightly from the order of creation times.
_DISORDER = timedelta(minutes=1)


class JobSearch:
    """Jobs that match a condition, in pages, newest first.

    Without a condition these are the pages of the table, from the first job older than `before` to the first one older
    than `since`. A job belongs to one step only because its creation time does not change. Within a step, a `Pager`
    reads the pages.
    """

    def __init__(
        self,
        condition: str | None,
        *,
        since: str | None = None,
        before: str | None = None,
        fields: Sequence[str],
        expand: str | None = None,
        limit: int | None = None,
        among: int | None = None,
        large: Decoder | None = None,
        searched: Searched | None = None,
    ) -> None:
        self._condition = condition
        self._since = since
        self._fields = list(dict.fromkeys(["id", *fields, *(["created"] if condition or since or before else [])]))
        self._unasked = "created" if "created" in self._fields and "created" not in fields else ""
        self._expand = expand
        if among is not None and condition is None:
            # Every searched job matches.
            limit = among if limit is None else min(limit, among)
        self._left = limit
        self._among = among
        self._large = large
        self._searched = searched
        self._pager: Pager | None = None
        # The current step: jobs from `_lower` on, before `_upper`.
        self._lower: str | None = None
        self._upper = before
        self._older = 0
        self._reach = STEP if among is None else min(STEP, among)
        self._final = False
        self._cut = ""
        self._done = limit == 0

    def next(self, ctx: Context) -> Call[list[Record]]:
        """Return the next page; empty at the end."""
        while not self._done:
            if self._pager is None:
                # The results of the previous step were returned already.
                if self._searched is not None and self._upper is not None:
                    self._searched(moment(self._upper, "created"))
                yield from self._begin(ctx)
            found = self._kept((yield from self._read(ctx)))
            if self._left is not None:
                found = found[: self._left]
                self._left -= len(found)
                self._done = self._done or self._left <= 0
            if found:
                return found
        if self._searched is not None and self._cut:
            self._searched(moment(self._cut, "created"))
            self._cut = ""
        return []

    def _begin(self, ctx: Context) -> Call[None]:
        """Start a step."""
        self._older = 0
        if self._condition is None:
            self._lower = self._since
            start = 0 if self._upper is None else (yield from self._place_before(ctx, self._upper))
            self._pager = self._pages(None, whole=self._since is None, start=start)
            return
        self._lower = yield from self._step_end(ctx)
        if self._lower is None and self._upper is None:
            # The table is small: one query finds everything.
            self._lower = None
            after = None if self._since is None else f"created >= {quoted(self._since)}"
            self._pager = self._pages(every(self._condition, after), whole=True)
            return
        if self._since is not None:
            self._lower = max(self._lower or "", self._since)
        before = None if self._upper is None else f"created < {quoted(self._upper)}"
        if self._lower is None:
            self._pager = self._pages(every(self._condition, before), whole=True)
            return
        end = quoted(self._lower)
        wanted = every(self._condition, before, f"created >= {end}")
        self._pager = self._pages(f"({wanted}) || created < {end}", whole=False)

    def _pages(self, condition: str | None, *, whole: bool, start: int = 0) -> Pager:
        """Return a pager. `whole`: every job counts. `start`: number of jobs to skip."""
        most = PAGE if self._left is None else self._left
        return Pager(
            JOBS,
            by="-@rowid",
            filter=condition,
            fields=self._fields,
            expand=self._expand,
            first=min(most, PAGE) if whole else min(max(most, _ENOUGH), _FIRST),
            limit=self._left if whole and (self._condition or self._upper is None) else None,
            large=self._large,
            start=start,
        )

    def _read(self, ctx: Context) -> Call[list[Record]]:
        """Return the next page of this step, without the jobs that only end it."""
        pager, lower = self._pager, self._lower
        assert pager is not None  # noqa: S101  # `next` has begun a step
        page = yield from pager.next(ctx)
        if self._condition is None and self._upper is not None:
            before = self._upper
            page = [job for job in page if str(job.get("created", "")) < before]
        if lower is None:
            self._done = pager.done
            return page
        found = [job for job in page if str(job.get("created", "")) >= lower]
        if self._condition is None:
            # Every job is returned, so the first one that is clearly older marks the end.
            last = stored_time(moment(lower, "since") - _DISORDER, "since")
            self._done = pager.done or any(str(job.get("created", "")) < last for job in page)
            return found
        self._older += len(page) - len(found)
        if pager.done or self._older >= _ENOUGH:
            self._end(lower)
        return found

    def _end(self, lower: str) -> None:
        """End the step, and the search if no older jobs exist or are wanted."""
        self._pager, self._upper = None, lower
        self._done = not self._older or lower == self._since
        if self._final and not self._done:
            self._done, self._cut = True, lower

    def _step_end(self, ctx: Context) -> Call[str | None]:
        """Return the lower time bound of the next step. A step after `before` would find nothing."""
        while True:
            lower = yield from self._created_at(ctx, self._reach)
            self._final = self._reach == self._among
            self._reach = self._reach * _FACTOR if self._among is None else min(self._reach * _FACTOR, self._among)
            if lower is None or self._upper is None or lower < self._upper or self._final:
                return lower

    def _place_before(self, ctx: Context, before: str) -> Call[int]:
        """Return how many of the newest jobs to skip because all of them were created after `before`."""
        # The order of storage may differ slightly from the order of creation times.
        late = stored_time(moment(before, "before") + _DISORDER, "before")
        low, high = 0, PAGE
        while (created := (yield from self._created_at(ctx, high))) is not None and created >= late:
            low, high = high, 2 * high
        while high - low > PAGE // 4:
            middle = (low + high) // 2
            created = yield from self._created_at(ctx, middle)
            if created is not None and created >= late:
                low = middle
            else:
                high = middle
        return low

    def _created_at(self, ctx: Context, place: int) -> Call[str | None]:
        """Return the creation time of the job at an offset, 0 being the newest; None past the end."""
        query = {"perPage": 1, "page": place + 1, "skipTotal": 1, "sort": "-@rowid", "fields": "id,created"}
        path = records(JOBS)
        items = items_of((yield from fetch(ctx, get(path, query=query, session="needed"))), path)
        created = items[0].get("created") if len(items) == 1 else None
        return created if isinstance(created, str) and created else None

    def _kept(self, jobs: list[Record]) -> list[Record]:
        """Return the jobs without the date if only the search needed it."""
        if not self._unasked:
            return jobs
        return [{name: value for name, value in job.items() if name != self._unasked} for job in jobs]
