"""A week as a grid of days and half hours, on Textual's line API: own slots, others', a marked span, now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from qpi_tui import clock
from qpi_tui.text import cells, clean
from qpi_tui.widgets import week_days as days
from qpi_tui.widgets.week_blocks import LABEL, Part, Span, View
from qpi_tui.widgets.week_days import HALF_HOUR, Slot

_DAY = 13  # columns that a day needs where there is not room for seven
_WIDE = 100  # columns from which a whole week is shown
_OPENS = time(8)
_PAGE = 8 * HALF_HOUR


class WeekGrid(ScrollView, can_focus=True):
    """Slots of a week in a time zone. Names are made safe here; times are UTC inside, wall-clock on the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "cursor_down", show=False),
        Binding("up", "cursor_up", show=False),
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("home", "cursor_top", show=False),
        Binding("end", "cursor_bottom", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"week-grid--{name}"
        for name in ("free", "header", "today", "clock", "now", "own", "other", "mark", "clash", "none", "cursor")
    }
    DEFAULT_CSS = """
    WeekGrid { background: $background; color: $foreground; }
    WeekGrid { scrollbar-size: 1 1; overflow-x: hidden; overflow-y: scroll; }
    WeekGrid > .week-grid--header { color: $text-muted; text-style: bold; }
    WeekGrid > .week-grid--today { color: $text-accent; text-style: bold; }
    WeekGrid > .week-grid--clock { color: $text-muted; }
    WeekGrid > .week-grid--now { color: $text-accent; text-style: bold; }
    WeekGrid > .week-grid--own { color: $text-success; }
    WeekGrid > .week-grid--other { color: $text-warning; }
    WeekGrid > .week-grid--mark { color: $text-accent; text-style: bold; }
    WeekGrid > .week-grid--clash { color: $text-error; text-style: bold; }
    WeekGrid > .week-grid--none { color: $text-disabled; }
    WeekGrid > .week-grid--cursor { background: $primary 30%; color: $foreground; }
    WeekGrid:focus > .week-grid--cursor { background: $primary 60%; color: $foreground; text-style: bold; }
    WeekGrid:ansi > .week-grid--cursor { text-style: reverse; }
    """

    @dataclass
    class Moved(Message):
        """The cursor is on another half hour; `turned`: in another week, whose slots are to be read."""

        moment: datetime
        slot: Slot | None
        turned: bool

    @dataclass
    class SpanChanged(Message):
        """Another span is marked (None: no more); `conflict` says what is in the way, empty for nothing."""

        start: datetime | None
        end: datetime | None
        conflict: str

    def __init__(self, zone: tzinfo, *, now: Callable[[], datetime] = clock.now, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._now = now
        self._slots: list[Slot] = []
        self._cursor = days.snap(now(), zone)
        self._monday = days.monday(self.cursor_time.date())
        self._anchor: datetime | None = None
        self._fixed: datetime | None = None
        self._lines: dict[int, list[Part]] = {}
        self._opened = False

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def slots(self) -> list[Slot]:
        """The slots, in order of their beginning."""
        return self._slots

    def set_slots(self, slots: Iterable[Slot]) -> None:
        """Show these; cursor, marked span and scroll stay."""
        before = self.conflict
        safe = [Slot({**slot, "who": clean(slot["who"], 64)}) for slot in slots]
        self._slots = sorted(safe, key=lambda slot: (slot["start"], slot["id"]))
        self.repaint()
        if self.conflict != before:
            self._tell_span()

    @property
    def week(self) -> Span:
        """The week to which the days on the screen belong, Monday to Monday, in UTC."""
        following = self._monday + timedelta(days=7)
        return days.midnight(self._monday, self._zone), days.midnight(following, self._zone)

    @property
    def shown_days(self) -> tuple[date, ...]:
        """The days on the screen."""
        return self._days().days

    @property
    def cursor_time(self) -> datetime:
        """The beginning of the half hour under the cursor, in the grid's zone."""
        return self._cursor.astimezone(self._zone)

    @property
    def slot_at_cursor(self) -> Slot | None:
        """The slot under the cursor."""
        return next(iter(days.overlapping(self._slots, self._cursor, self._cursor + HALF_HOUR)), None)

    # -- the marked span ---------------------------------------------------------------------------------------------

    @property
    def span(self) -> Span | None:
        """The marked span in UTC, from the beginning of its first half hour to the end of its last."""
        if self._anchor is None:
            return None
        other = self._cursor if self._fixed is None else self._fixed
        return min(self._anchor, other), max(self._anchor, other) + HALF_HOUR

    @property
    def marking(self) -> bool:
        """Whether the span follows the cursor."""
        return self._anchor is not None and self._fixed is None

    @property
    def conflict(self) -> str:
        """What is in the way of the marked span, in words; empty for nothing."""
        span = self.span
        return days.in_the_way(days.overlapping(self._slots, *span), self._zone) if span else ""

    def toggle_mark(self) -> None:
        """Begin a span at the cursor, or end it there; inside a span that was ended, drop it."""
        span = self.span
        if self.marking:
            self._fixed = self._cursor
        elif span and span[0] <= self._cursor < span[1]:
            self._anchor = self._fixed = None
        else:
            self._anchor, self._fixed = self._cursor, None
        self.repaint()
        self._tell_span()

    def clear_mark(self) -> None:
        """Mark nothing."""
        if self._anchor is not None:
            self._anchor = self._fixed = None
            self.repaint()
            self._tell_span()

    def _tell_span(self) -> None:
        start, end = self.span or (None, None)
        self.post_message(self.SpanChanged(start, end, self.conflict))

    # -- moving ------------------------------------------------------------------------------------------------------

    def go_to(self, moment: datetime) -> None:
        """The cursor to the half hour of a moment, and its week on the screen."""
        cursor = days.snap(moment, self._zone)
        if cursor == self._cursor:
            return
        self._cursor = cursor
        week = days.monday(self.cursor_time.date())
        turned, self._monday = week != self._monday, week
        self._measure()
        self._keep_cursor_in_sight()
        self.repaint()
        self.post_message(self.Moved(self.cursor_time, self.slot_at_cursor, turned))
        if self.marking:
            self._tell_span()

    def action_cursor_down(self) -> None:
        """Half an hour later; after midnight it is the next day."""
        self.go_to(self._cursor + HALF_HOUR)

    def action_cursor_up(self) -> None:
        """Half an hour earlier."""
        self.go_to(self._cursor - HALF_HOUR)

    def action_cursor_left(self) -> None:
        """The same time a day before."""
        self.go_to(days.same_time_on(self._cursor, -1, self._zone))

    def action_cursor_right(self) -> None:
        """The same time a day later."""
        self.go_to(days.same_time_on(self._cursor, 1, self._zone))

    def action_page_down(self) -> None:
        """Four hours later, within the day."""
        self.go_to(min(self._cursor + _PAGE, self._day()[-1]))

    def action_page_up(self) -> None:
        """Four hours earlier, within the day."""
        self.go_to(max(self._cursor - _PAGE, self._day()[0]))

    def action_cursor_top(self) -> None:
        """The first half hour of the day."""
        self.go_to(self._day()[0])

    def action_cursor_bottom(self) -> None:
        """The last half hour of the day."""
        self.go_to(self._day()[-1])

    def action_previous_week(self) -> None:
        """The same time a week before."""
        self.go_to(days.same_time_on(self._cursor, -7, self._zone))

    def action_next_week(self) -> None:
        """The same time a week later."""
        self.go_to(days.same_time_on(self._cursor, 7, self._zone))

    def action_today(self) -> None:
        """Now."""
        self.go_to(self._now())

    def action_toggle_mark(self) -> None:
        """Begin or end a span."""
        self.toggle_mark()

    def _day(self) -> tuple[datetime, ...]:
        return days.half_hours(self.cursor_time.date(), self._zone)

    def on_click(self, event: events.Click) -> None:
        """The cursor to where it was clicked."""
        week, row, column = self._days(), event.y - 1 + self.scroll_offset.y, (event.x - LABEL) // self._day_width()
        if event.y > 0 and event.x >= LABEL and row < len(week.rows) and column < len(week.days):
            moment = week.cells[row][column]
            if moment is not None:
                self.go_to(moment)

    # -- layout ------------------------------------------------------------------------------------------------------

    def _width(self) -> int:
        return self.scrollable_content_region.width

    def _count(self) -> int:
        return 7 if self.size.width >= _WIDE else max(min((self._width() - LABEL) // _DAY, 7), 1)

    def _day_width(self) -> int:
        return max((self._width() - LABEL) // self._count(), 1)

    def _days(self) -> days.Week:
        """The days on the screen: the whole week, or those of it around the cursor."""
        count = self._count()
        first = min(max((self.cursor_time.date() - self._monday).days - count // 2, 0), 7 - count)
        return days.week_of(self._monday + timedelta(days=first), count, self._zone)

    def on_resize(self) -> None:
        """Another number of days may fit; the first time, open at working hours, or now."""
        self._measure()
        if not self._opened and self.size.height > 1:
            self._opened = True
            self._scroll(next((n for n, row in enumerate(self._days().rows) if row[0] >= _OPENS), 0))
        self._keep_cursor_in_sight()
        self._lines.clear()
        self.refresh()

    def _measure(self) -> None:
        size = Size(max(self._width(), 1), len(self._days().rows) + 1)
        if size != self.virtual_size:
            self.virtual_size = size

    def _keep_cursor_in_sight(self) -> None:
        place = self._days().place(self._cursor)
        room = self.size.height - 1
        if place is not None and room > 0:
            self._scroll(min(max(self.scroll_offset.y, place[0] - room + 1), place[0]))

    def _scroll(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Move the scrollbar; paint what differs, not the whole grid as the base does."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.repaint()

    # -- painting ----------------------------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Paint the cells that changed, and only those; also moves the line of now."""
        view = self._view()
        regions: list[Region] = []
        for y, painted in list(self._lines.items()):
            line = self._line(view, y)
            x = 0
            for new, old in zip(line, painted, strict=False):
                width = cells(new[0])
                if new != old:
                    regions.append(Region(x, y, width, 1))
                x += width
            if len(line) != len(painted):
                regions.append(Region(0, y, self.size.width, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """A line of the widget."""
        parts = self._line(self._view(), y)
        self._lines[y] = parts
        base = self.rich_style
        segments = [
            Segment(text, base + self.get_component_rich_style(f"week-grid--{name}", partial=True))
            for text, name in parts
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _view(self) -> View:
        now = days.snap(self._now(), self._zone)
        return View(self._days(), self._slots, self.span, self._cursor, now, self._day_width())

    def _line(self, view: View, y: int) -> list[Part]:
        row = y - 1 + self.scroll_offset.y
        if y == 0:
            return view.header(self._zone)
        return view.line(row) if row < len(view.week.rows) else []
