"""The interactive week grid: the cursor over days and half hours, and the marked span."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from qpi_tui.domain import clock
from qpi_tui.domain import week_days as days
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.week_days import HALF_HOUR, Slot
from qpi_tui.widgets.week_blocks import LABEL, Span
from qpi_tui.widgets.week_canvas import WeekCanvas
from qpi_tui.widgets.week_day import pitch

_PAGE = 8 * HALF_HOUR


class WeekGrid(WeekCanvas, can_focus=True):
    """Slots of a week in a time zone. Names are sanitized here; times are UTC inside, local on the screen."""

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

    @dataclass
    class Moved(Message):
        """The cursor moved to another half hour; `turned`: into another week, whose slots must be read."""

        moment: datetime
        slot: Slot | None
        turned: bool

    @dataclass
    class SpanChanged(Message):
        """The marked span changed (None: cleared); `conflict` names overlapping bookings."""

        start: datetime | None
        end: datetime | None
        conflict: str

    def __init__(self, zone: tzinfo, *, now: Callable[[], datetime] = clock.now, id: str | None = None) -> None:
        super().__init__(zone, now=now, id=id)
        self._anchor: datetime | None = None
        self._fixed: datetime | None = None
        # Where the mouse was pressed, and whether it moved since.
        self._pressed: datetime | None = None
        self._dragged = False

    # -- what is shown -----------------------------------------------------------------------------------------------

    @property
    def slots(self) -> list[Slot]:
        """The slots, by start."""
        return self._slots

    def set_slots(self, slots: Iterable[Slot]) -> None:
        """Show these; cursor, marked span and scroll position stay."""
        before = self.conflict
        safe = [Slot({**slot, "who": clean(slot["who"], 64)}) for slot in slots]
        self._slots = sorted(safe, key=lambda slot: (slot["start"], slot["id"]))
        self.repaint()
        if self.conflict != before:
            self._tell_span()

    @property
    def week(self) -> Span:
        """The week of the visible days, Monday to Monday, in UTC."""
        following = self._monday + timedelta(days=7)
        return days.midnight(self._monday, self._zone), days.midnight(following, self._zone)

    @property
    def slot_at_cursor(self) -> Slot | None:
        """The slot under the cursor."""
        return next(iter(days.overlapping(self._slots, self._cursor, self._cursor + HALF_HOUR)), None)

    # -- the marked span ---------------------------------------------------------------------------------------------

    @property
    def span(self) -> Span | None:
        """The marked span in UTC, from the start of its first half hour to the end of its last."""
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
        """Return the bookings that overlap the marked span, in words."""
        span = self.span
        return days.conflict(days.overlapping(self._slots, *span), self._zone) if span else ""

    def toggle_mark(self) -> None:
        """Start a span at the cursor, or end it there; inside a finished span, clear it."""
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
        """Clear the span."""
        if self._anchor is not None:
            self._anchor = self._fixed = None
            self.repaint()
            self._tell_span()

    def _tell_span(self) -> None:
        start, end = self.span or (None, None)
        self.post_message(self.SpanChanged(start, end, self.conflict))

    # -- moving ------------------------------------------------------------------------------------------------------

    def go_to(self, moment: datetime) -> None:
        """Move the cursor to the half hour of a time, and show its week."""
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

    def follow_clock(self) -> None:
        """Use another clock: a cursor that was not moved goes to its current time."""
        if self._cursor == self._opened_at and self._anchor is None:
            self.go_to(self._now())
            self._opened_at = self._cursor
        self.repaint()

    def action_cursor_down(self) -> None:
        """Go to the next half hour; after midnight, the next day."""
        self.go_to(self._cursor + HALF_HOUR)

    def action_cursor_up(self) -> None:
        """Go to the previous half hour."""
        self.go_to(self._cursor - HALF_HOUR)

    def action_cursor_left(self) -> None:
        """Go to the same time a day before."""
        self.go_to(days.same_time_on(self._cursor, -1, self._zone))

    def action_cursor_right(self) -> None:
        """Go to the same time a day later."""
        self.go_to(days.same_time_on(self._cursor, 1, self._zone))

    def action_page_down(self) -> None:
        """Go four hours later, within the day."""
        self.go_to(min(self._cursor + _PAGE, self._day()[-1]))

    def action_page_up(self) -> None:
        """Go four hours earlier, within the day."""
        self.go_to(max(self._cursor - _PAGE, self._day()[0]))

    def action_cursor_top(self) -> None:
        """Go to the first half hour of the day."""
        self.go_to(self._day()[0])

    def action_cursor_bottom(self) -> None:
        """Go to the last half hour of the day."""
        self.go_to(self._day()[-1])

    def action_previous_week(self) -> None:
        """Go to the same time a week before."""
        self.go_to(days.same_time_on(self._cursor, -7, self._zone))

    def action_next_week(self) -> None:
        """Go to the same time a week later."""
        self.go_to(days.same_time_on(self._cursor, 7, self._zone))

    def action_today(self) -> None:
        """Go to now."""
        self.go_to(self._now())

    def action_toggle_mark(self) -> None:
        """Start or end a span."""
        self.toggle_mark()

    def _day(self) -> tuple[datetime, ...]:
        return days.half_hours(self.cursor_time.date(), self._zone)

    # -- the mouse ---------------------------------------------------------------------------------------------------

    def _moment_at(self, event: events.MouseEvent) -> datetime | None:
        """Return the half hour under the mouse."""
        at = event.get_content_offset(self)
        if at is None or at.x < LABEL:
            return None
        y = at.y - self._head()
        week, row, column = self._days(), y + self.scroll_offset.y, (at.x - LABEL) // self._day_width()
        if y < 0 or row >= len(week.rows) or column >= len(week.days):
            return None
        return week.cells[row][column]

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A span may start here."""
        self._pressed, self._dragged = self._moment_at(event), False

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Mark the dragged span."""
        moment = self._moment_at(event) if self._pressed is not None and event.button else None
        if moment is None or self._pressed is None or (moment == self._pressed and not self._dragged):
            return
        if not self._dragged:
            self._dragged = True
            self.capture_mouse()
            self.clear_mark()
            self.go_to(self._pressed)
            self.toggle_mark()
        self.go_to(moment)

    def on_mouse_up(self) -> None:
        """End the dragged span."""
        self._pressed = None
        if self._dragged:
            self.release_mouse()
            if self.marking:
                self.toggle_mark()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the click; in the line above a single day, to that day."""
        if self._dragged:
            self._dragged = False
            return
        at = event.get_content_offset(self)
        if at is None or at.x < LABEL:
            return
        if at.y < self._head() and self._count() == 1:
            day = (at.x - LABEL) // pitch(self._day_width())
            if day < 7:
                self.go_to(days.same_time_on(self._cursor, day - self.cursor_time.weekday(), self._zone))
        elif (moment := self._moment_at(event)) is not None:
            self.go_to(moment)
