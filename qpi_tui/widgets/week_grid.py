"""A week of slots as a grid of half hours, moved over with the arrows, on Textual's line API.

The cursor and the marked span are moments, not positions: a refresh, a resize and the turn of a clock leave them where
they are. Only cells whose look changed are painted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from qpi_tui.clock import local, now
from qpi_tui.widgets.week import DAYS, HALF_HOUR, Slot, Week, in_the_way, monday_of
from qpi_tui.widgets.week_cells import CellLook, Layout, Span, cell_look, cell_text, day_title, gutter_text

_WORK_BEGINS = 8 * 60  # minutes after midnight: the first line that is seen
_PAGE = 8  # rows: four hours
NARROW = 80  # columns of the terminal; up to here one day is shown


class WeekGrid(ScrollView, can_focus=True):
    """Seven days of slots, or one where the terminal is narrow; `space` marks a span, `enter` chooses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(0, 1)", show=False),
        Binding("up", "move(0, -1)", show=False),
        Binding("left", "move(-1, 0)", show=False),
        Binding("right", "move(1, 0)", show=False),
        Binding("pagedown", f"move(0, {_PAGE})", show=False),
        Binding("pageup", f"move(0, -{_PAGE})", show=False),
        Binding("home", "move(0, -99)", show=False),
        Binding("end", "move(0, 99)", show=False),
        Binding("enter", "choose", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"week-grid--{name}"
        for name in ("header", "today", "gutter", "now", "own", "other", "mark", "conflict", "past", "free", "cursor")
    }
    DEFAULT_CSS = """
    WeekGrid { background: $background; color: $foreground; scrollbar-size: 1 1; }
    WeekGrid { overflow-x: hidden; overflow-y: scroll; }
    WeekGrid > .week-grid--header { color: $text-muted; text-style: bold; }
    WeekGrid > .week-grid--today { color: $text-accent; text-style: bold; }
    WeekGrid > .week-grid--gutter { color: $text-muted; }
    WeekGrid > .week-grid--now { color: $text-warning; text-style: bold; }
    WeekGrid > .week-grid--own { color: $text-success; text-style: bold; }
    WeekGrid > .week-grid--other { color: $text-primary; }
    WeekGrid > .week-grid--mark { color: $text-accent; text-style: bold; }
    WeekGrid > .week-grid--conflict { color: $text-error; text-style: bold; }
    WeekGrid > .week-grid--past { color: $text-muted; }
    WeekGrid > .week-grid--cursor { background: $primary 30%; }
    WeekGrid:focus > .week-grid--cursor { background: $primary 55%; text-style: bold; }
    WeekGrid:ansi > .week-grid--cursor { text-style: reverse; }
    """

    @dataclass
    class Highlighted(Message):
        """The cursor is on another half hour, or the slot there is another one."""

        start: datetime
        slot: Slot | None

    @dataclass
    class SpanMarked(Message):
        """The marked span changed (None: it was given up); the slot in its way; whether it begins in the past."""

        start: datetime | None
        end: datetime | None
        conflict: Slot | None = None
        past: bool = False

    @dataclass
    class Chosen(Message):
        """Enter or a double click: the marked span, else the half hour of the cursor with the slot that is there."""

        start: datetime
        end: datetime
        slot: Slot | None

    @dataclass
    class WeekChanged(Message):
        """Another week is shown, which begins at `start`: its slots are to be read."""

        start: datetime
        end: datetime

    def __init__(self, *, zone: tzinfo | None = None, ascii: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = zone or local(now()).tzinfo or UTC
        self._ascii = ascii
        self._slots: list[Slot] = []
        self._week = Week(monday_of(now(), self._zone), self._zone)
        self._cursor = self._first_cursor()
        self._anchor: datetime | None = None
        self._span: Span | None = None
        self._layout = Layout.of(0, 1, utc=False)
        self._looks: list[tuple[CellLook | str, ...]] = []
        self._styles: dict[tuple[str, bool], Style] = {}
        self._told: tuple[datetime, Slot | None] | None = None
        self._told_span: tuple[Span | None, Slot | None, bool] = (None, None, False)
        self._settled = False

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def week(self) -> Week:
        """The week that is shown."""
        return self._week

    @property
    def days_shown(self) -> range:
        """The days of the week that are in view: all, or the cursor's."""
        return range(DAYS) if self._layout.days == DAYS else range(self._place[0], self._place[0] + 1)

    def set_slots(self, slots: Sequence[Slot]) -> None:
        """Show these slots, those of other weeks left out; cursor, span and scroll stay."""
        start, end = self._week.start, self._week.end
        self._slots = [slot for slot in slots if slot.overlaps(start, end)]
        self._update()

    def set_week(self, day: date) -> None:
        """Show the week of a day; the cursor goes to the same weekday and time. Slots shown before are forgotten."""
        monday = day - timedelta(days=day.weekday())
        if monday == self._week.monday:
            return
        cursor_day, cursor_row = self._place
        minutes = self._week.rows[cursor_row].minutes
        self._week = Week(monday, self._zone)
        self._slots = []
        self._cursor = self._at(cursor_day, self._week.row_of(minutes))
        self._drop_span()
        self._fit()
        self._update()
        self.post_message(self.WeekChanged(self._week.start, self._week.end))

    def turn(self, weeks: int) -> None:
        """Show a later week (or an earlier one, negative)."""
        self.set_week(self._week.monday + timedelta(weeks=weeks))

    def go_to(self, moment: datetime) -> None:
        """Put the cursor on the half hour of a moment, in its week."""
        self.set_week(moment.astimezone(self._zone).date())
        place = self._week.place(moment)
        if place is not None:
            self._go(*place)

    def tick(self) -> None:
        """Time went on: the line of now may be elsewhere, and the span in the past."""
        self._update()

    # -- cursor and span ---------------------------------------------------------------------------------------------

    @property
    def cursor(self) -> datetime:
        """The beginning of the half hour under the cursor, UTC."""
        return self._cursor

    @property
    def cursor_slot(self) -> Slot | None:
        """The slot under the cursor."""
        return in_the_way(self._slots, self._cursor, self._cursor + HALF_HOUR)

    @property
    def span(self) -> Span | None:
        """The marked span as (start, end), UTC."""
        return self._span

    @property
    def conflict(self) -> Slot | None:
        """The slot that is in the way of the marked span."""
        return in_the_way(self._slots, *self._span) if self._span else None

    def action_move(self, days: int, rows: int) -> None:
        """Move the cursor; beyond the first and last day the week turns."""
        day, row = self._place
        if days:
            turned, weekday = divmod(day + days, DAYS)
            if turned:
                if self._anchor is not None:
                    return  # a span is marked in one week
                self.turn(turned)
                row = self._place[1]
            self._go(*self._week.nearest(weekday, row))
            return
        line = self._week.rows
        step = 1 if rows > 0 else -1
        for _ in range(abs(rows)):
            row += step
            while 0 <= row < len(line) and line[row].cells[day] is None:
                row += step
            if not 0 <= row < len(line):
                break
            self._cursor = line[row].cells[day] or self._cursor
        self._go(*self._place)

    def action_mark(self) -> None:
        """Begin a span here; again: end it here; a third time: begin anew."""
        if self._anchor is not None:
            self._anchor = None
        else:
            self._anchor = self._cursor
            self._span = (self._cursor, self._cursor + HALF_HOUR)
        self._update()

    def clear_span(self) -> bool:
        """Give the marked span up; whether there was one."""
        had = self._span is not None
        self._drop_span()
        self._update()
        return had

    def action_choose(self) -> None:
        """Say that the span, or the half hour of the cursor, was chosen."""
        start, end = self._span or (self._cursor, self._cursor + HALF_HOUR)
        slot = self.conflict if self._span else self.cursor_slot
        self.post_message(self.Chosen(start, end, slot))

    # -- inside ------------------------------------------------------------------------------------------------------

    @property
    def _place(self) -> tuple[int, int]:
        return self._week.place(self._cursor) or (0, 0)

    def _at(self, day: int, row: int) -> datetime:
        day, row = self._week.nearest(day, row)
        return self._week.rows[row].cells[day] or self._week.start

    def _first_cursor(self) -> datetime:
        """The next half hour that begins, in this week."""
        place = self._week.place(now() + HALF_HOUR) or self._week.place(now())
        return self._at(*(place or (0, self._week.row_of(_WORK_BEGINS))))

    def _drop_span(self) -> None:
        self._anchor = self._span = None

    def _go(self, day: int, row: int) -> None:
        self._cursor = self._at(day, row)
        if self._anchor is not None:
            self._span = (min(self._anchor, self._cursor), max(self._anchor, self._cursor) + HALF_HOUR)
        row, top, page = self._place[1], self._top, self._page
        if row < top:
            self._scroll(row)
        elif row >= top + page:
            self._scroll(row - page + 1)
        self._update()

    @property
    def _top(self) -> int:
        return round(self.scroll_y)

    @property
    def _page(self) -> int:
        return max(self.size.height - 1, 1)

    def _scroll(self, row: int) -> None:
        last = max(len(self._week.rows) - self._page, 0)
        self.scroll_to(y=max(min(row, last), 0), animate=False, force=True)

    def _fit(self) -> None:
        """The days and widths that suit the size, and the length of the scroll."""
        width = self.scrollable_content_region.width
        days = 1 if self.app.size.width <= NARROW else DAYS
        utc = self._week.offset_is_one()
        self._layout = Layout.of(width, days, utc=utc)
        size = Size(max(width, 1), len(self._week.rows) + 1)
        if self.virtual_size != size:
            self.virtual_size = size

    def _update(self) -> None:
        """Paint the cells that differ, and tell who listens."""
        if not self.is_attached or not self.size.width:
            return
        looks = [self._line(y) for y in range(self.size.height)]
        if len(looks) != len(self._looks):
            self.refresh()
        else:
            regions = [
                self._layout.region(x, y)
                for y, (new, old) in enumerate(zip(looks, self._looks, strict=True))
                if new != old
                for x in range(len(new))
                if len(new) != len(old) or new[x] != old[x]
            ]
            if regions:
                self.refresh(*regions)
        self._looks = looks
        self._tell()

    def _tell(self) -> None:
        told = (self._cursor, self.cursor_slot)
        if told != self._told:
            self._told = told
            self.post_message(self.Highlighted(*told))
        past = self._span is not None and self._span[0] < now()
        span = (self._span, self.conflict, past)
        if span != self._told_span:
            self._told_span = span
            start, end = self._span or (None, None)
            self.post_message(self.SpanMarked(start, end, self.conflict, past))

    # -- what Textual tells ------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Other widths, one day or seven; at first the working day is in view."""
        self._looks = []
        self._fit()
        if not self._settled:
            self._settled = True
            self._scroll(self._week.row_of(_WORK_BEGINS))
        self._go(*self._place)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are in view; only what differs is painted."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._update()

    def on_click(self, event: events.Click) -> None:
        """To the cell that was clicked; twice chooses it."""
        row = event.y - 1 + self._top
        day = self._layout.day_at(event.x)
        if event.y < 1 or row >= len(self._week.rows) or day is None:
            return
        before = self._cursor
        self._go(self.days_shown[day], row)
        if event.chain == 2 and before == self._cursor:
            self.action_choose()

    def notify_style_update(self) -> None:
        """Colours may be others."""
        self._styles.clear()
        super().notify_style_update()

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _line(self, y: int) -> tuple[CellLook | str, ...]:
        """What a line of the widget is made of: the gutter, then a cell for each day in view."""
        here = now()
        today = here.astimezone(self._zone).date()
        layout = self._layout
        if y == 0:
            titles = [day_title(self._week.days[day], today, layout.width) for day in self.days_shown]
            return (gutter_text(layout, None, None), *titles)
        index = y - 1 + self._top
        if index >= len(self._week.rows):
            return ("",)
        row = self._week.rows[index]
        known = next((cell for cell in row.cells if cell is not None), None)
        current = self._week.place(here)
        gutter = gutter_text(layout, row, known, now=current is not None and current[1] == index)
        before = self._week.rows[index - 1].cells if index else (None,) * DAYS
        looks = [
            cell_look(row.cells[day], before[day], self._slots, self._span, now=here, cursor=self._cursor)
            for day in self.days_shown
        ]
        return (gutter, *looks)

    def render_line(self, y: int) -> Strip:
        """A line from its cells."""
        line = self._looks[y] if y < len(self._looks) else ("",)
        layout = self._layout
        segments: list[Segment] = []
        for index, look in enumerate(line):
            if isinstance(look, str):
                style = "header" if y == 0 else "now" if index == 0 and look.startswith("▸") else "gutter"
                text = look
                if y == 0 and look.endswith("•"):
                    style = "today"
            else:
                style = look.style
                text = cell_text(look, layout.width, ascii=self._ascii, zone=self._zone, wide=layout.days == 1)
            cursor = not isinstance(look, str) and look.cursor
            if index:
                segments.append(Segment(" ", self._style("free", False)))
            segments.append(Segment(text, self._style(style, cursor)))
        return Strip(segments).adjust_cell_length(self.size.width, self._style("free", False))

    def _style(self, name: str, cursor: bool) -> Style:
        found = self._styles.get((name, cursor))
        if found is None:
            names = [f"week-grid--{part}" for part in ((name, "cursor") if cursor else (name,))]
            found = self._styles[name, cursor] = self.get_visual_style(*names).rich_style
        return found
