"""The overview: what needs attention now. Each line leads to its screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.lab_reading import read_lab, recent_of
from qpi_tui.live.overview import Lab, needs
from qpi_tui.live.overview_changes import merge_lab
from qpi_tui.live.pacing import REST
from qpi_tui.live.recent_jobs import Recent, complete, read_late, read_older, with_late, with_older
from qpi_tui.resources import overview as columns
from qpi_tui.resources import registry
from qpi_tui.screens.announcement_banner import waiting
from qpi_tui.screens.base import lines_of
from qpi_tui.screens.list_screen import SHORT, ListScreen
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from textual.events import Resize
    from textual.worker import Worker

    from qpi_client import ChangeEvent
    from qpi_tui.rows.overview import NeedRow
    from qpi_tui.rows.requests import RequestRow

# Columns from which the lab's state is shown above the list.
BROAD = 100
# Assumed seconds for a page of jobs until one is measured.
_FIRST_PAGE = 0.2
# Seconds between updates of what only time changes: a slot that ends, a silent instrument, ages.
TICK = 15.0


class OverviewScreen(ListScreen["NeedRow"]):
    """One line for each thing to know or do."""

    area = "overview"
    topics: ClassVar[tuple[str, ...]] = (
        "qpu_time_requests", "qpus", "drivers", "quantum_jobs", "time_slots", "notifications", "events",
    )  # fmt: skip
    noun: ClassVar[tuple[str, str]] = ("line", "lines")
    DEFAULT_CSS = """
    OverviewScreen #pulses { padding: 0 1; height: auto; border-bottom: solid $panel; display: none; }
    OverviewScreen #split { layout: vertical; }
    OverviewScreen RecordTable { height: 1fr; }
    OverviewScreen #detail { width: 1fr; min-width: 0; max-width: 100%; height: 4; border-left: none;
        border-top: solid $panel; }
    """
    empty: ClassVar[str] = "…"

    def __init__(self) -> None:
        super().__init__()
        self._history: Worker[None] | None = None

    def body(self) -> ComposeResult:
        """Compose the lab's state, if there is room, above the list."""
        yield Static(id="pulses")
        yield from super().body()

    def columns(self) -> Sequence[Column]:
        """Description and screen."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> Lab:
        """Read everything that may need attention and that this role may see."""
        console = self.console

        def pending_since(request: RequestRow) -> str:
            return console.first_seen.words(request.id, request.created)

        limits = console.settings.thresholds
        return await read_lab(connection, limits, partial(waiting, console, connection), self.feed.data, pending_since)

    def drop_data(self) -> None:
        """Hide the lab's state too."""
        super().drop_data()
        if self.is_mounted:
            self._paint_pulses()

    def connected(self) -> None:
        """Older jobs that are being read belong to the account before."""
        if self._history is not None:
            self._history.cancel()
            self._history = None
        super().connected()

    async def _read_back(self) -> None:
        """Read older jobs until they cover the period: one request at a time, a tenth of the time."""
        took = _FIRST_PAGE
        while (before := recent_of(self._lab())) is not None and not complete(before):
            await asyncio.sleep(took * REST)
            began = time.monotonic()
            read = read_late(self.connection) if before.told is None else read_older(self.connection, before)
            older = await read
            took = time.monotonic() - began
            self.feed.merge(partial(_joined, older=older))
            if older.since is not None and before.since is not None and older.since >= before.since:
                return

    def _lab(self) -> Lab | None:
        lab: Lab | None = self.feed.data
        return lab if lab is not None and self.feed.awake and self.is_mounted else None

    def merge(self, data: Lab, events: Sequence[ChangeEvent]) -> Lab | None:
        """Events carry most records in full."""
        return merge_lab(data, events, now())

    def on_mount(self) -> None:
        """Update what time changes."""
        self.set_interval(TICK, self._look_again)

    def _look_again(self) -> None:
        if self.feed.data is not None and self.feed.awake:
            self._data(self.feed.data)

    def show(self, data: Lab) -> None:
        """Paint the lab's state, then the list."""
        super().show(data)
        self._paint_pulses()
        recent = recent_of(data)
        short = recent is not None and not complete(recent)
        if short and (self._history is None or self._history.is_finished):
            self._history = self.run_worker(self._read_back(), group="history", exit_on_error=False)

    def on_resize(self, event: Resize) -> None:
        """Adapt to the room for the lab's state."""
        super().on_resize(event)
        self._paint_pulses()

    def _paint_pulses(self) -> None:
        pulses = self.query_one("#pulses", Static)
        data: Lab | None = self.feed.data
        width, height = self.app.size.width, self.app.size.height
        shown = data is not None and bool(data.qpus) and width >= BROAD and height >= SHORT
        pulses.display = shown
        if data is None or not shown:
            return
        from qpi_tui.live.pulses import Look, pulse_lines

        content = lines_of(*pulse_lines(data, Look(width - 2, height // 2 - 4, self.console.plain)))
        if not isinstance(pulses.content, Content) or not pulses.content.is_same(content):
            pulses.update(content)

    def rows(self, data: Lab) -> list[NeedRow]:
        """Return the lines, most urgent first."""
        rows = []
        for need in needs(data):
            resource = registry()[need.place]
            key, name = self.console.keys.word(f"go.{need.place}"), resource.title_for(self.console.role or Role.USER)
            rows.append(replace(need, where=f"→ {key} {name}"))
        return rows

    def summary(self) -> list[Part]:
        """Return the number of lines that need attention."""
        urgent = sum(1 for record in self.records if record.urgent)
        if not urgent:
            return [("nothing needs attention", "")]
        return [
            (f"{urgent} need{'s' if urgent == 1 else ''} attention", "bold $text-warning"),
            ("  enter opens", "$text-muted"),
        ]

    def detail(self, record: NeedRow) -> list[list[Part]]:
        """Return the full line, which the list cuts on a narrow terminal; only the beginning of a very long one: enter
        opens it.
        """
        style = "$text-error" if record.urgent else ""
        text = self.in_brief(f"{record.mark} {record.text}", 3)
        return [[(text, style), (f"   {record.where}", "$text-muted")]]

    def fit_detail(self) -> None:
        """The detail is below the list, so there is always room."""
        self.query_one("#detail").display = True
        self.paint_detail()

    def key_words(self) -> list[tuple[str, str]]:
        """Enter opens another screen here, and marking has no use."""
        words = {"detail": "go there", "mark": ""}
        return [(key, words.get(word, word)) for key, word in super().key_words() if words.get(word, word)]

    def do_open(self) -> None:
        """Go to the screen and record of the line."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to(record.place, record.record, record.words)


def _joined(lab: Lab, older: Recent) -> Lab:
    recent = recent_of(lab) or Recent()
    found = with_older(recent, older) if older.told is None else with_late(recent, older)
    return replace(lab, recent=found.jobs, recent_since=found.since, recent_told=found.told)
