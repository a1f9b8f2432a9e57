"""The calendar of booked slots: a week's grid or list; booked by marking or typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from qpi_tui.domain.clock import local, minute, now
from qpi_tui.domain.free_spans import HORIZON, Span
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.week_days import HALF_HOUR, Slot
from qpi_tui.resources import slots as columns
from qpi_tui.rows.slot_booking import check_mine, holder, slot_of
from qpi_tui.rows.week_text import day_parts, free_parts, slot_lines, span_parts, taken_parts, week_parts
from qpi_tui.screens.slot_moves import WeekMoves
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.lines import Line, assemble
from qpi_tui.widgets.record_table import RecordTable
from qpi_tui.widgets.week_grid import WeekGrid

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.base import Row
    from qpi_tui.rows.slots import SlotRow
    from qpi_tui.rows.users import UserRow


# What is read beside the look-ahead where another week is shown: the weeks around it.
AROUND = timedelta(days=28)


class SlotsScreen(WeekMoves):
    """The slots of a week."""

    resource = columns.RESOURCE
    topics: ClassVar[tuple[str, ...]] = ("time_slots",)
    AUTO_FOCUS = "WeekGrid"
    empty: ClassVar[str] = "No bookings in this week. b books a slot."
    DEFAULT_CSS = """
    SlotsScreen #at { padding: 0 1; }
    SlotsScreen WeekGrid { height: 1fr; padding: 0 1; }
    SlotsScreen.-list WeekGrid, SlotsScreen #split { display: none; }
    SlotsScreen.-list #split { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._all: list[SlotRow] = []
        # The spans that were read.
        self._read_spans: list[Span] = []
        # As the server spells them, for the calendar file: the screen shows some characters differently.
        self._holders: dict[str, str] = {}

    def body(self) -> ComposeResult:
        """Compose the week, the line about the cursor, and the grid or the list."""
        with Horizontal(id="head"):
            yield Line(id="summary")
        yield Line(id="at")
        yield WeekGrid(local(now()).tzinfo or UTC)
        with Horizontal(id="split"):
            yield RecordTable(self.columns(), empty="…")
            with VerticalScroll(id="detail", can_focus=False):
                yield Static(id="detail-text")

    def on_mount(self) -> None:
        """Show where the cursor is."""
        self.say_where()

    # -- data --------------------------------------------------------------------------------------------------------

    def drop_data(self) -> None:
        """Empty the calendar too."""
        self._all = []
        self._holders = {}
        super().drop_data()
        if self.is_mounted:
            self.grid.set_slots([])
            self.say_where()

    def connected(self) -> None:
        """After sign-in, another account's own slots differ."""
        self._read_spans = []
        super().connected()

    async def read(self, connection: Connection) -> list[SlotRow]:
        """The slots as far as a free time is looked for, so that what is in the way is known; and the shown weeks."""
        moment = minute()
        week, spans = self.grid.week, [(moment - timedelta(days=8), moment + HORIZON)]
        if not _within(week, spans):
            spans.append((week[0] - AROUND, week[1] + AROUND))
        found = [await connection.client.list_time_slots(start=start, end=end) for start, end in spans]
        slots = list(found[0])
        # One that reaches from one span into the other comes twice.
        known = {slot["id"] for slot in slots}
        slots += [slot for each in found[1:] for slot in each if slot["id"] not in known]
        self._read_spans = spans
        self._holders = {str(slot["id"]): holder(slot) for slot in slots}
        return columns.RESOURCE.decode_all(slots)

    def merge(self, data: list[SlotRow], events: Sequence[ChangeEvent]) -> list[SlotRow] | None:
        """Read the week again: an event has no holder's name for a file."""
        return None

    def show(self, data: list[SlotRow]) -> None:
        """Paint the calendar, and the week's list."""
        self._all = list(data)
        # The answer gives the server's time.
        self.grid.follow_clock()
        self.grid.set_slots(self.slots())
        self._show_week()

    def _show_week(self) -> None:
        super().show(self._all)
        self.say_where()

    def slots(self) -> list[Slot]:
        """Return everything known, as the calendar takes it."""
        mine = self.connection.user_id if self.console.connection is not None else ""
        found = (slot_of(record, mine) for record in self._all)
        return [slot for slot in found if slot is not None]

    def rows(self, data: list[SlotRow]) -> list[SlotRow]:
        """Return the shown week's slots by start, with their holders."""
        from msgspec.structs import replace

        start, end = self.grid.week
        kept = []
        for record, slot in ((record, slot_of(record, self.connection.user_id)) for record in data):
            if slot is not None and slot["start"] < end and start < slot["end"]:
                kept.append(replace(record, own=slot["own"]))
        return sorted(kept, key=lambda record: (record.start_time, record.id))

    def stale(self, dim: bool) -> None:
        """Dim the body while the server cannot be read."""
        super().stale(dim)
        self.grid.styles.opacity = 0.6 if dim else 1.0

    # -- what it says ------------------------------------------------------------------------------------------------

    def summary(self) -> list[Part]:
        """Return the week or the shown day, the time zone, how much is booked, and how much of it by this account."""
        days = self.grid.shown_days
        if len(days) == 1 and not self.listing:
            return day_parts(days[0], self.grid.cursor_time, self.slots())
        return week_parts(self.grid.week, self.grid.cursor_time, self.slots())

    def detail(self, record: SlotRow) -> list[list[Part]]:
        """Return holder, start and end in both time zones, and length."""
        return slot_lines(record, self.connection.user_id)

    def say_where(self) -> None:
        """Return the half hour under the cursor in both time zones, or the marked span, with the bookings there."""
        grid = self.grid
        parts: list[Part] = []
        if not self.answered:
            parts = [("loading…", "$text-muted")]
        elif self.listing:
            record = self.table.cursor_record
            slot = slot_of(record, self.connection.user_id) if record is not None else None
            parts = taken_parts(slot, solid=grid.solid) if slot is not None else []
        elif grid.span is not None:
            parts = span_parts(grid.span, grid.conflict, past=not self.admin, solid=grid.solid)
        elif (slot := grid.slot_at_cursor) is not None:
            parts = taken_parts(slot, solid=grid.solid)
        else:
            parts = free_parts(grid.cursor_time, past=not self.admin)
        self.query_one("#at", Line).show(assemble(parts))

    def on_week_grid_moved(self, event: WeekGrid.Moved) -> None:
        """The cursor moved: update the line; in another week, list other slots, and read them if needed."""
        if event.turned:
            if not _within(self.grid.week, self._read_spans):
                self.answered = False
                self.feed.forget()
                self.feed.poke()
            self._show_week()
        elif len(self.grid.shown_days) == 1:
            # Another day, perhaps.
            self.repaint_summary()
        self.say_where()

    def cursor_moved(self, record: SlotRow | None) -> None:
        """In the list, the line above shows both time zones."""
        if self.listing:
            self.say_where()

    def on_week_grid_span_changed(self, event: WeekGrid.SpanChanged) -> None:
        """Show conflicts while a span is marked."""
        self.say_where()

    def do_sort(self) -> None:
        """The list sorts; a calendar cannot."""
        if self.listing:
            super().do_sort()
        else:
            self.tell(f"The calendar cannot be sorted: {self.console.keys.word('slots.view')} shows a list.")

    # -- booking -----------------------------------------------------------------------------------------------------

    def do_open(self) -> None:
        """Book the marked span, show the slot, or book from the cursor."""
        from qpi_tui.widgets.dialogs import Reader

        if self.listing:
            super().do_open()
            return
        slot = self.grid.slot_at_cursor
        if self.grid.span is not None:
            self._book(self.grid.span)
        elif slot is not None:
            self.app.push_screen(Reader("slot", self.detail(self._record(slot))))
        else:
            start = self.grid.cursor_time.astimezone(UTC)
            self._book((start, start + HALF_HOUR))

    def do_book(self) -> None:
        """Book the marked span, or in words."""
        self._book(None if self.listing else self.grid.span)

    def _book(self, span: tuple[datetime, datetime] | None) -> None:
        from qpi_tui.screens.slot_forms import ask_book

        if span is not None and span[0] < now() < span[0] + HALF_HOUR and not self.admin:
            # The current half hour: book the rest of it.
            span = (now().replace(second=0, microsecond=0) + timedelta(minutes=1), span[1])
        if self.may("slots.book"):
            ask_book(self, span)

    def _record(self, slot: Slot) -> SlotRow:
        return next(record for record in self._all if record.id == slot["id"])

    def _chosen(self) -> list[Slot]:
        """Return the slots that an action targets."""
        if not self.listing:
            slot = self.grid.slot_at_cursor
            if slot is None:
                self.tell("No slot under the cursor.")
            return [slot] if slot is not None else []
        found = (slot_of(record, self.connection.user_id) for record in self.targets())
        return [slot for slot in found if slot is not None]

    def command_rows(self) -> Sequence[Row] | None:
        """In the calendar, the booking under the cursor."""
        if self.listing:
            return super().command_rows()
        slot = self.grid.slot_at_cursor
        return [self._record(slot)] if slot is not None else []

    def do_move(self) -> None:
        """Move the booking under the cursor."""
        from qpi_tui.screens.slot_forms import ask_move

        chosen = self._chosen()
        if chosen and (why := check_mine(chosen[0], admin=self.admin, doing="move")):
            self.tell(why)
        elif chosen:
            ask_move(self, chosen[0])

    def do_give(self) -> None:
        """Give the booking under the cursor to another user."""
        from qpi_tui.screens.slot_giving import ask_give

        if chosen := self._chosen():
            ask_give(self, chosen[0], self._record(chosen[0]).booked_by)

    def booked(self, record: Mapping[str, object] | None, start: datetime, person: UserRow | None = None) -> None:
        """A slot was booked for this account or moved: show the server's answer immediately, and go there."""
        from msgspec.structs import replace

        self.grid.clear_mark()
        self.grid.go_to(start)
        if record is not None:
            row = columns.RESOURCE.decode(record)
            before = next((other for other in self._all if other.id == row.id), None)
            known = person or (before.booked_by_record if before is not None else None)
            if row.booked_by_record is None and known is not None and known.id == row.booked_by:
                row = replace(row, booked_by_record=known)
            self.show([*[other for other in self._all if other.id != row.id], row])
        self.feed.poke()

    def do_cancel(self) -> None:
        """Cancel bookings."""
        from qpi_tui.screens.slot_actions import cancel_slots

        cancel_slots(self, self._chosen())

    def do_export(self) -> None:
        """Export the week as a calendar file."""
        from qpi_tui.screens.slot_actions import export_week

        export_week(self, self.grid.week, self._holders)


def _within(span: Span, known: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in known)
