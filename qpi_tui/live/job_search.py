"""Search the whole job history, newest first, step by step.

The table has no index: a query with few matches reads all of it. So each step covers a limited number of jobs. If the
server can express the filter, it searches the step itself, and its query ends there because it also includes older
jobs; each step is four times as long as the previous one. Otherwise the next thousand jobs are searched here. Between
steps, the server is left alone nine times as long as the last one took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qpi_client.checks import either, every, quoted
from qpi_client.errors import InvalidValue
from qpi_tui.domain.clock import stored
from qpi_tui.live.job_reader import LARGE, JobReader
from qpi_tui.live.job_window import FOUND, Record
from qpi_tui.live.pacing import REST
from qpi_tui.live.row_window import PAGE, Page
from qpi_tui.resources.jobs import RESOURCE

if TYPE_CHECKING:
    from qpi_tui.domain.filter_fields import Condition
    from qpi_tui.domain.filter_language import Filter
    from qpi_tui.rows.jobs import JobRow

# Records searched between checks of the keyboard, in seconds.
_BITE, _LOOK = 250, 0.05
# The length of the server's first step, the factor to the next, and the number of older jobs on a page that ends a
# step.
STEP, _FACTOR, _ENOUGH = 20_000, 4, 20


class JobSearch:
    """One search. `back_to` is the date of the last searched job; `done`: there are no more."""

    def __init__(self, reader: JobReader, wanted: Filter, *, ask_server: bool) -> None:
        self._reader, self._wanted = reader, wanted
        newest = reader.window.newest()
        self.back_to = newest[-1].created if newest else ""
        self.done = self.running = False
        self.found = sum(map(self._passes, newest))
        self._where = condition(wanted) if ask_server else ""
        # Known jobs are not searched again.
        self._offset = len(newest) // LARGE * LARGE
        # The server's step: its length, its dates, and the current page.
        self._reach = STEP
        self._upper = ""
        self._lower: str | None = None
        self._page = 0

    async def run(self, go_on: Callable[[], bool], stepped: Callable[[], None]) -> None:
        """Search until the end, `FOUND` jobs are found, or `go_on` returns False; call `stepped` after each step."""
        self.running = True
        most = self.found + FOUND
        try:
            while not self.done and self.found < most and go_on():
                await self._step()
                stepped()
                rest = 0.0 if self.done else self._reader.last_took * REST
                while rest > 0 and go_on():
                    await asyncio.sleep(min(rest, _LOOK))
                    rest -= _LOOK
        finally:
            self.running = False

    async def _step(self) -> None:
        if self._where:
            await self._server_step()
            return
        page = Page(self._offset, LARGE)
        records = await self._reader.records(page)
        self._offset += LARGE
        await self._take(records)
        if records:
            self._went_back_to(str(records[-1].get("created")))
        self.done |= len(records) < LARGE

    async def _server_step(self) -> None:
        reader = self._reader
        if self._lower is None:
            whole = self._reach >= reader.window.total
            self._lower = "" if whole else await reader.created_at(self._reach)
            self._reach, self._page = self._reach * _FACTOR, 0
        lower = self._lower
        within = [self._where, f"created < {quoted(self._upper)}" if self._upper else None]
        asked = every(*within, f"created >= {quoted(lower)}" if lower else None)
        records = await reader.records(
            Page(self._page * PAGE), f"({asked}) || created < {quoted(lower)}" if lower else asked
        )
        self._page += 1
        inside = [record for record in records if str(record.get("created")) >= lower]
        await self._take(inside)
        if len(records) == PAGE and len(records) - len(inside) < _ENOUGH:
            if inside:
                self._went_back_to(str(inside[-1].get("created")))
            return
        self._upper, self._lower = lower, None
        self.done = not lower
        self._went_back_to(lower)

    def _went_back_to(self, created: str) -> None:
        if created and (not self.back_to or created < self.back_to):
            self.back_to = created
        since = self._wanted.since
        self.done |= since is not None and self.back_to < stored(since)

    def _passes(self, row: JobRow) -> bool:
        return self._wanted.lets_through(row, RESOURCE.language.text)

    async def _take(self, records: Sequence[Record]) -> None:
        """Keep the matches among these."""
        window = self._reader.window
        decode, known = window.store.decoded, window.store.get
        for start in range(0, len(records), _BITE):
            bite = records[start : start + _BITE]
            through = [record for record in bite if self._passes(decode(record))]
            self.found += sum(known(str(record.get("id"))) is None for record in through)
            window.keep(through)
            await asyncio.sleep(0)


def condition(wanted: Filter) -> str:
    """Return the filter in the server's language: it matches at least what the filter does; empty: no condition."""
    found = [_condition(each) for each in wanted.conditions]
    if wanted.until is not None:
        found.append(f"created < {quoted(stored(wanted.until))}")
    return every(*found) or ""


# The server may match more texts than the filter.
_TEXTS = {
    "id": ("id",),
    "qpu": ("qpu_target", "qpu_target.name"),
    "user": ("user_id", "user_id.email", "user_id.name"),
}


def _condition(wanted: Condition) -> str | None:
    """Return one condition in the server's language; None if it cannot be expressed."""
    key, values, sign = wanted
    if key == "status":
        return either("status", values)
    if sign:
        # Running jobs have no duration yet. Only jobs that ran have a cost.
        took = key == "took" or (key == "cost" and sign in (">", ">=") and float(values[0]) > 0)
        return f'(duration {sign} {values[0]} || status = "running")' if took else None
    # A percent sign has a special meaning there.
    if key not in _TEXTS or any("%" in value for value in values):
        return None
    try:
        return f"({' || '.join(f'{field} ~ {quoted(value)}' for field in _TEXTS[key] for value in values)})"
    except InvalidValue:
        return None
