"""Looking for jobs through the whole history, the newest first, a step at a time.

A step is one request: a page of what the server finds by the filter, where it has words for it, else the next thousand
jobs, which are looked through here. Between two steps the server is left alone nine times as long as the last one took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qpi_client.checks import either, every, quoted
from qpi_client.errors import InvalidValue
from qpi_tui.live.job_reader import LARGE, JobReader
from qpi_tui.live.job_window import FOUND
from qpi_tui.live.row_window import PAGE, Page

if TYPE_CHECKING:
    from qpi_tui.resources.job_filter import JobFilter

# How much longer than a step the server is left alone.
REST = 9.0
# Records are looked through so many at a time, seconds between two looks at the keyboard.
_BITE, _LOOK = 250, 0.05
# Jobs among which matches are counted to guess how far the server would have to look, and the share from which on it
# finds a page of them quickly; so many jobs it can look through whole.
_SHARE, _QUICK = 0.02, 2_000_000


class JobSearch:
    """One search. `back_to` is the date of the last job that was looked at; `done`: there are no more."""

    def __init__(self, reader: JobReader, wanted: JobFilter, *, ask_server: bool) -> None:
        self._reader, self._wanted = reader, wanted
        newest = reader.window.newest()
        self.back_to = newest[-1].created if newest else ""
        self.done = self.running = False
        self.found = sum(map(wanted.lets_through, newest))
        total = reader.window.total
        often = bool(newest) and self.found / len(newest) >= _SHARE
        self._where = condition(wanted.named) if ask_server and (often or total <= _QUICK) else ""
        # What is known already is not looked through again.
        self._offset = 0 if self._where else len(newest) // LARGE * LARGE

    async def run(self, go_on: Callable[[], bool], stepped: Callable[[], None]) -> None:
        """Search until nothing is left, `FOUND` jobs are found, or `go_on` says no; `stepped` is called after each."""
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
        wanted, window = self._wanted, self._reader.window
        page = Page(self._offset, PAGE if self._where else LARGE)
        records = await self._reader.records(page, self._where or None)
        self._offset += page.limit
        decode, known = window.store.decoded, window.store.get
        for start in range(0, len(records), _BITE):
            bite = records[start : start + _BITE]
            through = [record for record in bite if wanted.lets_through(decode(record))]
            self.found += sum(known(str(record.get("id"))) is None for record in through)
            window.keep(through)
            await asyncio.sleep(0)
        if records:
            self.back_to = str(records[-1].get("created") or self.back_to)
        self.done = len(records) < page.limit or (bool(wanted.since) and self.back_to < wanted.since)


def condition(named: Sequence[tuple[str, str]]) -> str:
    """What was asked for, in the server's words: it lets through what the filter does, or more; empty: no condition."""
    try:
        return every(*[_condition(key, value) for key, value in named]) or ""
    except InvalidValue:
        return ""


def _condition(key: str, value: str) -> str:
    if key == "status":
        return either("status", value.split(","))
    relation, names = {"qpu": ("qpu_target", ("name",)), "user": ("user_id", ("email", "name"))}[key]
    found = [f"{relation} = {quoted(value)}", *[f"{relation}.{name} ~ {quoted(value)}" for name in names]]
    return f"({' || '.join(found)})"
