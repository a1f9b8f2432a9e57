"""Usage: what jobs used, by user, QPU, time or status; when in the week; how long they waited."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, NamedTuple

from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.usage_days import UsageDay
from qpi_tui.live.usage_reader import UsageReader, cache_for, first_day, read_usage_async
from qpi_tui.plots.heat_map import LINES, heat_map
from qpi_tui.plots.parts import bar
from qpi_tui.resources import usage as columns
from qpi_tui.rows.usage_totals import BYS, By, UsageRow, by_hour, total, totals
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection

SPANS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year"))
BAR = 12
# Seconds after which a partial list is shown while reading continues.
PATIENCE = 0.3


class Known(NamedTuple):
    """The progress of the reading."""

    days: tuple[UsageDay, ...]
    covers: datetime | None
    begin: datetime
    whole: bool
    jobs_read: int
    names: Mapping[str, str]

    def reaches(self, other: Known) -> bool:
        """Whether it covers at least what the other one covers."""
        return self.whole or other.covers is None or (self.covers is not None and self.covers <= other.covers)


class UsageScreen(ListScreen[UsageRow]):
    """One line per user, QPU, day, week, month or status."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ()
    # Today's jobs are read again each time.
    at_least: ClassVar[float] = 1800.0
    brief_height = LINES
    DEFAULT_CSS = """
    UsageScreen #brief { max-height: 10; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._by: By = "qpu"
        self._span = 1
        self._reader: UsageReader | None = None
        self._reading: asyncio.Task[None] | None = None
        self._known: Known | None = None
        # Today is counted.
        self._begun = asyncio.Event()
        self._names: Mapping[str, str] = {}
        # Number of keys pressed when the reading began.
        self._pressed = 0

    @property
    def reading(self) -> bool:
        """Whether the history is still being read, or the last part is not shown yet."""
        return self._reading is not None

    @property
    def empty(self) -> str:  # type: ignore[override]  # names the span
        """The message for an empty list."""
        known = self._known
        if known is not None and known.covers is None:
            return "Reading today's jobs…"
        return f"No jobs in the last {SPANS[self._span][1]}. b looks further back."

    def columns(self) -> Sequence[Column]:
        """The title of the first column is the grouping."""
        return columns.columns_by(self._by)

    # -- reading -----------------------------------------------------------------------------------------------------

    async def read(self, connection: Connection) -> Known:
        """Return what is known after a moment; later parts are shown as they arrive."""
        reading = self._reading
        if reading is None or reading.done():
            failed = None if reading is None or reading.cancelled() else reading.exception()
            self._reading = None
            if failed is not None:
                raise failed
            self._pressed = self.console.pressed
            self._begun.clear()
            names = await self._read_names(connection)
            if self.console.connection is not connection:
                # Meanwhile another account is shown: begin nothing for this one.
                return Known((), None, now(), False, 0, names)
            self._names = names
            kept = self.console.settings.audit_log is not None and connection.behind is None
            account = (connection.client.base_url, connection.role.value, connection.identity)
            self._reader = UsageReader(first_day(SPANS[self._span][0]), cache_for(*account) if kept else None)
            everyone = connection.role is Role.ADMIN
            reading = self._reading = asyncio.create_task(
                read_usage_async(connection.client, self._reader, everyone=everyone, stepped=self._stepped)
            )
            reading.add_done_callback(self._ended)
        begun = asyncio.create_task(self._begun.wait())
        await asyncio.wait([reading, begun], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        return self._snapshot()

    async def _read_names(self, connection: Connection) -> Mapping[str, str]:
        qpus = await connection.client.list_all_qpus()
        found = {str(each["id"]): str(each.get("name") or each["id"]) for each in qpus}
        if connection.role is not Role.ADMIN:
            return {**found, connection.user_id: connection.identity}
        users = await connection.client.list_users()
        return {**found, **{str(each["id"]): str(each.get("email") or each["id"]) for each in users}}

    def _snapshot(self) -> Known:
        reader = self._reader
        assert reader is not None  # noqa: S101  # `read` made one
        return Known(tuple(reader.days()), reader.covers, reader.begin, reader.whole, reader.jobs_read, self._names)

    def _stepped(self) -> None:
        if self._reader is not None and self._reader.covers is not None:
            self._begun.set()
        if self.is_mounted:
            self.feed.merge(lambda _: self._snapshot())

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        if task.exception() is not None:
            # The feed reports the error and retries.
            self.feed.poke()
        elif self.is_mounted:
            self._reading = None
            self._stepped()

    def on_screen_suspend(self) -> None:
        """Leaving the screen stops the reading."""
        super().on_screen_suspend()
        if not self.is_shown:
            self._stop()

    def on_unmount(self) -> None:
        """The console ends."""
        self._stop()

    def drop_data(self) -> None:
        """Drop the counted days first: the line above the list shows them."""
        self._known = None
        super().drop_data()

    def connected(self) -> None:
        """The data belongs to another account."""
        self._stop()
        self._known = None
        super().connected()

    def _stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    # -- showing -----------------------------------------------------------------------------------------------------

    def show(self, data: Known) -> None:
        """Return the lines counted so far.

        A new reading, such as after returning from a day's jobs, is shown once it covers the period of the shown one:
        the list and its cursor stay until then.
        """
        if self._known is not None and not data.reaches(self._known):
            return
        partial = self._known is None or not self._known.whole
        self._known = data
        super().show(data)
        if partial and self.console.pressed == self._pressed:
            # Lines move while counting continues, and the user has not chosen one yet.
            self.table.move_to_row(0)

    def rows(self, data: Known) -> list[UsageRow]:
        """Return the lines, each with its bar."""
        from msgspec.structs import replace

        found = totals(data.days, self._by, data.names)
        most = max((row.seconds for row in found), default=0.0) or 1.0
        ascii_only = self.console.plain
        return [replace(row, bar=bar(row.seconds / most, BAR, ascii=ascii_only)) for row in found]

    def summary(self) -> list[Part]:
        """Return the covered period, and the totals."""
        known = self._known
        if known is None or known.covers is None:
            read = f", {known.jobs_read:,} jobs so far" if known is not None else ""
            return [(f"reading today{read}…", "$text-muted")]
        every = total(known.days)
        parts: list[Part] = [
            (f"by {columns.LABELS[self._by]} · covers {columns.moment_words(known.covers)} to now", "bold"),
            (f" · {every.jobs:,} jobs, {duration(every.seconds)}", ""),
        ]
        if not known.whole:
            parts.append((f" · reading back to {columns.moment_words(known.begin)}…", "$text-warning"))
        return parts

    def detail(self, record: UsageRow) -> list[list[Part]]:
        """Return the full line: outcomes, waiting times, and submissions by weekday and hour."""
        rate = columns.rate_words(record.failure_rate)
        lines: list[list[Part]] = [
            [(record.name, "bold")],
            [("", "")],
            [("jobs      ", "$text-muted"), (f"{record.jobs:,}", "bold")],
            [("completed ", "$text-muted"), ("✓ ", "$text-success"), (f"{record.completed:,}", "")],
            [("failed    ", "$text-muted"), ("✗ ", "$text-error"), (f"{record.failed:,}, {rate}", "")],
            [("cancelled ", "$text-muted"), ("⊘ ", "$text-muted"), (f"{record.cancelled:,}", "")],
        ]
        if record.active:
            lines.append([("not over  ", "$text-muted"), ("… ", ""), (f"{record.active:,}", "")])
        lines += [
            [("QPU time  ", "$text-muted"), (duration(record.seconds), "bold")],
            [("", "")],
            [("waited    ", "$text-muted"), (self._waits(record), "")],
            [("", "")],
            [("jobs by weekday and hour", "$text-muted")],
        ]
        return lines + self._map(record, self.detail_width)

    def brief(self, record: UsageRow) -> list[list[Part]]:
        """Return waiting times, and submissions by weekday and hour."""
        head: list[Part] = [(record.name, "bold"), (f" waited {self._waits(record)}", "$text-muted")]
        drawn = self._map(record, self.app.size.width - 2)
        # The hours follow the name to save a line.
        return [head, *drawn[1:]]

    def _waits(self, record: UsageRow) -> str:
        waits = ((50, record.wait_50), (90, record.wait_90), (99, record.wait_99))
        if record.wait_50 is None:
            return "not known"
        return ", ".join(f"{share} % ≤ {columns.wait_words(wait)}" for share, wait in waits)

    def _map(self, record: UsageRow, width: int) -> list[list[Part]]:
        known = self._known
        counts = by_hour(known.days if known is not None else (), self._by, record.id)
        return [list(line) for line in heat_map(counts, width=width, ascii=self.console.plain)]

    def key_words(self) -> list[tuple[str, str]]:
        """Marking has no use here."""
        return [(key, word) for key, word in super().key_words() if word != "mark"]

    # -- doing -------------------------------------------------------------------------------------------------------

    def do_by(self) -> None:
        """Group by the next key."""
        known = [each for each in BYS if each != "user" or self.console.role is Role.ADMIN]
        self._by = known[(known.index(self._by) + 1) % len(known)]
        self.fit_columns()
        if self._known is not None:
            self.show(self._known)

    def do_since(self) -> None:
        """Cycle a week, 30 days, 90 days, a year."""
        self._span = (self._span + 1) % len(SPANS)
        self._stop()
        self.tell(f"The last {SPANS[self._span][1]}.", warn=False)
        self.feed.poke()
