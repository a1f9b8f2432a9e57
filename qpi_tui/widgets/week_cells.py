"""The cells of a week's grid as text: what a half hour looks like, and where it stands. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from textual.geometry import Region

from qpi_tui.text import cells, fit
from qpi_tui.widgets.week import HALF_HOUR, Row, Slot, in_the_way

Span = tuple[datetime, datetime]
_FILL = {"own": "▓", "other": "░", "mark": "▒", "conflict": "╳", "gone": "·"}
_ASCII_FILL = {"own": "#", "other": ":", "mark": "%", "conflict": "X", "gone": "."}


@dataclass(frozen=True)
class CellLook:
    """All that the look of a half hour depends on.

    `kind`: free, own, other, mark, conflict, now, or gone (the day has no such hour).

    `slot` is the slot whose name stands in this cell, else None.
    """

    kind: str
    past: bool = False
    cursor: bool = False
    slot: Slot | None = None
    span: Span | None = None

    @property
    def style(self) -> str:
        """The name of its style."""
        if self.kind == "gone" or (self.past and self.kind in {"own", "other", "free"}):
            return "past"
        return self.kind


@dataclass(frozen=True)
class Layout:
    """Where the days stand: a gutter with the clock, then cells of one width, one column apart."""

    gutter: int
    width: int
    days: int
    utc: bool

    @classmethod
    def of(cls, width: int, days: int, *, utc: bool) -> Layout:
        """What suits a width; the clock of UTC stands beside the local one where cells keep ten columns."""
        with_utc = utc and (width - 13 - days) // max(days, 1) >= 10
        gutter = 13 if with_utc else 7
        return cls(gutter, max((width - gutter - days) // max(days, 1), 1), days, with_utc)

    def region(self, x: int, y: int) -> Region:
        """The place of a piece of a line: 0 is the gutter, then the days."""
        if x == 0:
            return Region(0, y, self.gutter, 1)
        return Region(self.gutter + 1 + (x - 1) * (self.width + 1), y, self.width, 1)

    def day_at(self, x: int) -> int | None:
        """Which of the shown days is at a column."""
        day, rest = divmod(x - self.gutter - 1, self.width + 1)
        return day if 0 <= day < self.days and rest < self.width else None


def cell_look(
    start: datetime | None,
    before: datetime | None,
    slots: Sequence[Slot],
    span: Span | None,
    *,
    now: datetime,
    cursor: datetime,
) -> CellLook:
    """The look of the half hour that begins at `start`; `before` is the one above it on the same day."""
    if start is None:
        return CellLook("gone")
    end = start + HALF_HOUR
    slot = in_the_way(slots, start, end)
    past, here = end <= now, cursor == start
    if span is not None and span[0] < end and start < span[1]:
        first = not (before is not None and span[0] <= before)
        return CellLook("conflict" if slot else "mark", past, here, slot, span if first else None)
    if slot is not None:
        above = before is not None and in_the_way(slots, before, start) == slot
        two_above = above and before is not None and slot.overlaps(before - HALF_HOUR, before)
        # The name stands on the second line of a slot that has one, on the first line of a short one.
        long = not above and slot.end > end
        named = slot if (above and not two_above) or (not above and not long) else None
        return CellLook("own" if slot.own else "other", past, here, named)
    if start <= now < end:
        return CellLook("now", False, here)
    return CellLook("free", past, here)


def cell_text(look: CellLook, width: int, *, ascii: bool, zone: tzinfo, wide: bool) -> str:
    """A cell in exactly `width` columns; with `wide` a slot says its hours too. The cursor is in brackets."""
    fills = _ASCII_FILL if ascii else _FILL
    fill = fills.get(look.kind, " ")
    words = ""
    if look.kind in {"own", "other", "conflict"} and look.slot is not None:
        words = look.slot.label
        if wide:
            words += f" {_hours(look.slot.start, look.slot.end, zone)}"
    elif look.kind == "mark" and look.span is not None:
        words = _hours(*look.span, zone) if width >= 13 else "marked"
    elif look.kind == "now":
        dash = "-" if ascii else "─"
        text = " now ".center(width, dash) if width >= 7 else dash * width
        return _bracketed(text, width) if look.cursor else text
    if words:
        room = width - 2
        words = words if cells(words) <= room else fit(words, max(room, 1))
        text = fill + words + fill * max(width - 1 - cells(words), 0)
    else:
        text = fill * width
    return _bracketed(text, width) if look.cursor else fit(text, width)


def gutter_text(layout: Layout, row: Row | None, moment: datetime | None, *, now: bool = False) -> str:
    """The clock beside a row, local and where there is room UTC; `▸` where it is now."""
    if row is None:
        return fit("  local   UTC" if layout.utc else "", layout.gutter)
    beside = f" {moment.astimezone(UTC):%H:%M}" if layout.utc and moment is not None else ""
    return fit(f"{'▸' if now else ' '}{row.label:<6}{beside}", layout.gutter)


def day_title(day: date, today: date, width: int) -> str:
    """`Mon 23`, with the month where there is room; today ends in `•`."""
    words = f"{day:%a} {day.day}" + (f" {day:%B %Y}" if width >= 24 else f" {day:%b}" if width >= 12 else "")
    return fit(words, width) if day != today else fit(words, max(width - 2, 1)).rstrip().ljust(width - 1) + "•"


def _hours(start: datetime, end: datetime, zone: tzinfo) -> str:
    return f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}"


def _bracketed(text: str, width: int) -> str:
    return f"[{fit(text[1:-1], width - 2)}]" if width >= 3 else text
