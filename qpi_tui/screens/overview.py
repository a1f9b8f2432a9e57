"""The overview: what needs attention now; each line leads to its screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, cast

from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import Role
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.active_jobs import Active, read_active
from qpi_tui.live.overview import Lab, needs
from qpi_tui.live.overview_changes import LOOK_BACK, MOST_READINGS, RECENT, merge_lab
from qpi_tui.live.reads import drivers_or_none, optional, read_rows
from qpi_tui.resources import overview as columns
from qpi_tui.resources import registry
from qpi_tui.screens.announcement_banner import waiting
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.overview import NeedRow

LOOK_AHEAD = timedelta(days=7)
# Seconds between two looks at what time alone changes: a slot that ends, an instrument that is silent, ages.
TICK = 15.0


class OverviewScreen(ListScreen["NeedRow"]):
    """One line for each thing that somebody should know or do."""

    area = "overview"
    topics: ClassVar[tuple[str, ...]] = (
        "qpu_time_requests", "qpus", "drivers", "quantum_jobs", "time_slots", "notifications", "events",
    )  # fmt: skip
    noun: ClassVar[tuple[str, str]] = ("line", "lines")
    DEFAULT_CSS = """
    OverviewScreen #split { layout: vertical; }
    OverviewScreen RecordTable { height: 1fr; }
    OverviewScreen #detail { width: 1fr; min-width: 0; max-width: 100%; height: 4; border-left: none;
        border-top: solid $panel; }
    """
    empty: ClassVar[str] = "…"

    def columns(self) -> Sequence[Column]:
        """What, and where it is found."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> Lab:
        """Everything that may need attention, as far as this role sees it."""
        client, admin = connection.client, connection.role is Role.ADMIN
        moment = now()
        session = bool(connection.user_id)
        known = registry()
        requests, qpus, found, recent, slots, notices, readings, (drivers, started) = await asyncio.gather(
            read_rows(client, known["requests"], status=None if admin else "pending") if session else _nothing(),
            read_rows(client, known["qpus"]),
            read_active(connection) if session else _none_active(),
            read_rows(client, known["jobs"], since=moment - RECENT, everyone=admin) if session else _nothing(),
            read_rows(client, known["slots"], start=moment, end=moment + LOOK_AHEAD) if session else _nothing(),
            read_rows(client, known["announcements"]) if session else _nothing(),
            optional(read_rows(client, known["telemetry"], since=moment - LOOK_BACK, limit=MOST_READINGS)),
            _drivers(connection),
        )
        active = cast("Active", found)
        if not admin:
            notices = waiting(self.console, notices)
        return Lab(
            admin, requests, qpus, drivers or (), active.jobs, recent, slots, notices, readings,
            self.console.settings.thresholds, connection.user_id, drivers is None, started,
            next((self.console.first_seen.words(each.id, each.created) for each in requests if each.pending), ""),
            active.since is not None,
        )  # fmt: skip

    def merge(self, data: Lab, events: Sequence[ChangeEvent]) -> Lab | None:
        """Events carry most records whole."""
        return merge_lab(data, events, now())

    def on_mount(self) -> None:
        """Look again at what time changes."""
        self.set_interval(TICK, self._look_again)

    def _look_again(self) -> None:
        if self.feed.data is not None and self.feed.awake:
            self._data(self.feed.data)

    def rows(self, data: Lab) -> list[NeedRow]:
        """The lines, the urgent ones first."""
        from msgspec.structs import replace

        rows = []
        for need in needs(data):
            resource = registry()[need.place]
            key, name = self.console.keys.word(f"go.{need.place}"), resource.title_for(self.console.role or Role.USER)
            rows.append(replace(need, where=f"→ {key} {name}"))
        return rows

    def summary(self) -> list[Part]:
        """How much there is to do."""
        urgent = sum(1 for record in self.records if record.urgent)
        if not urgent:
            return [("nothing needs attention", "")]
        return [
            (f"{urgent} need{'s' if urgent == 1 else ''} attention", "bold $text-warning"),
            ("  enter opens", "$text-muted"),
        ]

    def detail(self, record: NeedRow) -> list[list[Part]]:
        """The line in full, below the list, which cuts it on a narrow terminal; of a very long one the beginning: enter
        leads to all of it."""
        style = "$text-error" if record.urgent else ""
        text = self.in_brief(f"{record.mark} {record.text}", 3)
        return [[(text, style), (f"   {record.where}", "$text-muted")]]

    def fit_detail(self) -> None:
        """There is always room: it is below."""
        self.query_one("#detail").display = True
        self.paint_detail()

    def key_words(self) -> list[tuple[str, str]]:
        """Enter leads away here, and there is nothing to mark."""
        words = {"detail": "go there", "mark": ""}
        return [(key, words.get(word, word)) for key, word in super().key_words() if words.get(word, word)]

    def do_open(self) -> None:
        """To the screen of the line, and to the record that it speaks of."""
        record = self.table.cursor_record
        if record is not None:
            self.console.go_to(record.place, record.record, record.words)


async def _none_active() -> Active:
    return Active([])


async def _nothing() -> list[Any]:
    return []


async def _drivers(connection: Connection) -> tuple[list[Any] | None, datetime | None]:
    """The drivers, if the server has any, and when the server was started."""
    return await drivers_or_none(connection), await connection.server_started()
