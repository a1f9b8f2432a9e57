"""A week as a grid of days and half hours on Textual's line API: layout and painting only.

With enough room the days are side by side; otherwise one day has the full width, below a line with the week.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from qpi_tui.domain import clock
from qpi_tui.domain import week_days as days
from qpi_tui.domain.sanitize import cells
from qpi_tui.domain.week_days import Slot
from qpi_tui.widgets.week_blocks import LABEL, Part, Span, View
from qpi_tui.widgets.week_day import DayView

_DAY = 13  # Columns per day for fewer than seven days.
_WIDE = 100  # Columns from which a whole week is shown.
_OPENS = time(8)


class WeekCanvas(ScrollView):
    """Paints slots, a marked span, the cursor and the current time; only changed cells are sent."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"week-grid--{name}"
        for name in (
            "free", "header", "today", "clock", "now", "own", "other", "mark", "clash", "none", "cursor",
            "own-fill", "other-fill", "mark-fill", "clash-fill",
        )
    }  # fmt: skip
    DEFAULT_CSS = """
    WeekCanvas { background: $background; color: $foreground; }
    WeekCanvas { scrollbar-size: 1 1; overflow-x: hidden; overflow-y: scroll; }
    WeekCanvas > .week-grid--header { color: $text-muted; text-style: bold; }
    WeekCanvas > .week-grid--today { color: $text-accent; text-style: bold; }
    WeekCanvas > .week-grid--clock { color: $text-muted; }
    WeekCanvas > .week-grid--now { color: $text-accent; text-style: bold; }
    WeekCanvas > .week-grid--own { color: $text-success; }
    WeekCanvas > .week-grid--other { color: $text-warning; }
    WeekCanvas > .week-grid--mark { color: $text-accent; text-style: bold; }
    WeekCanvas > .week-grid--clash { color: $text-error; text-style: bold; }
    WeekCanvas > .week-grid--own-fill { background: $success-muted; color: $foreground; text-style: bold; }
    WeekCanvas > .week-grid--other-fill { background: $primary-muted; color: $foreground; }
    WeekCanvas > .week-grid--mark-fill { background: $accent-muted; color: $text-accent; text-style: bold; }
    WeekCanvas > .week-grid--clash-fill { background: $error-muted; color: $text-error; text-style: bold; }
    WeekCanvas > .week-grid--none { color: $text-disabled; }
    WeekCanvas > .week-grid--cursor { background: $primary 30%; color: $foreground; }
    WeekCanvas:focus > .week-grid--cursor { background: $primary 60%; color: $foreground; text-style: bold; }
    WeekCanvas:ansi > .week-grid--cursor { text-style: reverse; }
    """

    def __init__(self, zone: tzinfo, *, now: Callable[[], datetime] = clock.now, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = zone
        self._now = now
        self._slots: list[Slot] = []
        self._cursor = self._opened_at = days.snap(now(), zone)
        self._monday = days.monday(self._cursor.astimezone(zone).date())
        self._lines: dict[int, list[Part]] = {}
        self._painted: View | None = None
        self._styles: dict[str, Style] = {}
        self._opened = False
        # Whether several days are side by side; None: if a week fits.
        self._several: bool | None = None

    @property
    def span(self) -> Span | None:
        """The marked span in UTC; None without one."""
        return None

    @property
    def shown_days(self) -> tuple[date, ...]:
        """The visible days."""
        return self._days().days

    @property
    def cursor_time(self) -> datetime:
        """The start of the half hour under the cursor, in the grid's time zone."""
        return self._cursor.astimezone(self._zone)

    @property
    def solid(self) -> bool:
        """Whether blocks are filled: hatching is for ASCII, and for terminals with sixteen colours, which cannot be
        mixed.
        """
        app = self.app
        if getattr(app, "plain", False) or app.current_theme.ansi:
            return False
        return app.is_headless or app.console.color_system not in (None, "standard", "windows")

    # -- layout ------------------------------------------------------------------------------------------------------

    def _width(self) -> int:
        return self.scrollable_content_region.width

    @property
    def several(self) -> bool:
        """Whether several days are side by side, not one in full width."""
        return self.size.width >= _WIDE if self._several is None else self._several

    def _count(self) -> int:
        if not self.several:
            return 1
        return 7 if self.size.width >= _WIDE else max(min((self._width() - LABEL) // _DAY, 7), 1)

    def _head(self) -> int:
        """Return the number of lines above the rows."""
        return 2 if self._count() == 1 else 1

    def _day_width(self) -> int:
        return max((self._width() - LABEL) // self._count(), 1)

    def _days(self) -> days.Week:
        """Return the visible days: the whole week, or those around the cursor."""
        count = self._count()
        first = min(max((self.cursor_time.date() - self._monday).days - count // 2, 0), 7 - count)
        return days.week_of(self._monday + timedelta(days=first), count, self._zone)

    def toggle_days(self) -> None:
        """Toggle between one day and as many as fit."""
        self._several = not self.several
        self._lay_out()

    def on_resize(self) -> None:
        """Adapt the number of days; on the first layout, scroll to working hours or now."""
        self._lay_out()

    def _lay_out(self) -> None:
        self._measure()
        if not self._opened and self.size.height > 1:
            self._opened = True
            self._scroll(next((n for n, row in enumerate(self._days().rows) if row[0] >= _OPENS), 0))
        self._keep_cursor_in_sight()
        self._lines.clear()
        self.refresh()

    def _measure(self) -> None:
        size = Size(max(self._width(), 1), len(self._days().rows) + self._head())
        if size != self.virtual_size:
            self.virtual_size = size

    def _keep_cursor_in_sight(self) -> None:
        place = self._days().place(self._cursor)
        room = self.size.height - self._head()
        if place is not None and room > 0:
            self._scroll(min(max(self.scroll_offset.y, place[0] - room + 1), place[0]))

    def _scroll(self, top: int) -> None:
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Move the scrollbar; paint only differences, not the whole grid as the base class does."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self.repaint()

    # -- painting ----------------------------------------------------------------------------------------------------

    def repaint(self) -> None:
        """Paint only changed cells, including the line of the current time."""
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

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render lines of the widget, all from one view."""
        self._painted = self._view()
        try:
            return super().render_lines(crop)
        finally:
            self._painted = None

    def render_line(self, y: int) -> Strip:
        """Render a line of the widget."""
        parts = self._line(self._painted or self._view(), y)
        self._lines[y] = parts
        base = self.rich_style
        segments = [Segment(text, self._style(name)) for text, name in parts]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _style(self, name: str) -> Style:
        found = self._styles.get(name)
        if found is None:
            # With the background, so that contrasting colours suit it.
            found = self._styles[name] = self.get_visual_style(f"week-grid--{name}").rich_style
            if self.get_component_styles(f"week-grid--{name}").text_style.reverse:
                found = self._styles[name] = found + Style(reverse=True)
        return found

    def notify_style_update(self) -> None:
        """Redraw: a theme or a parent may have changed the colours."""
        self._styles.clear()
        super().notify_style_update()

    def _view(self) -> View:
        now = days.snap(self._now(), self._zone)
        kind = DayView if self._count() == 1 else View
        top, width = self.scroll_offset.y, self._day_width()
        return kind(self._days(), self._slots, self.span, self._cursor, now, width, top, self._zone, self.solid)

    def _line(self, view: View, y: int) -> list[Part]:
        head = self._head()
        if y < head:
            return view.head()[y]
        row = y - head + self.scroll_offset.y
        return view.line(row) if row < len(view.week.rows) else []
