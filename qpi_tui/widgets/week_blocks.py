"""The contents of each half hour of the week grid: blocks, names, the current time; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property

from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.domain.week_days import HALF_HOUR, Slot, Week

LABEL = 8  # Columns of the clock at the left.
OWN, OTHER, MARK, NOW = "▓", "░", "▒", "▸"
# Marks a booking that starts right after another.
EDGE = "▔"
# In filled blocks, the first column of own and marked ones, so that nothing depends on colour alone.
OWN_SIDE, MARK_SIDE = "▌", "┆"
_FILLED = {"own", "other", "mark", "clash"}

# A text and the name of its component class, without the prefix.
Part = tuple[str, str]
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class View:
    """The data of the lines; `width` is that of a day, `now` the start of the current half hour.

    `top` is the first visible row: a block that continues there repeats its name. `solid`: blocks are filled with a
    colour, otherwise hatched.
    """

    week: Week
    slots: Sequence[Slot]
    span: Span | None
    cursor: datetime
    now: datetime
    width: int
    top: int
    zone: tzinfo
    solid: bool = False

    def head(self) -> list[list[Part]]:
        """Return the lines above the rows: the days; today is highlighted."""
        today = self.now.astimezone(self.zone).date()
        return [
            [
                (" " * LABEL, "header"),
                *((fit(_name(day), self.width), "today" if day == today else "header") for day in self.week.days),
            ]
        ]

    def clock(self, row: int) -> Part:
        """Return the clock at the left of a row, with a mark at the current time."""
        is_now = self.now in self.week.cells[row]
        at, again = self.week.rows[row]
        return f" {at:%H:%M}{'²' if again else ' '}{NOW if is_now else ' '}".ljust(LABEL), "now" if is_now else "clock"

    def line(self, row: int) -> list[Part]:
        """Return a row: the clock, then two parts per day, the half hour and the gap after it."""
        moments = self.week.cells[row]
        parts: list[Part] = [self.clock(row)]
        width = max(self.width - 1, 1)
        for column, moment in enumerate(moments):
            if moment is None:  # The clocks skip this time, or have it twice on another day.
                parts.append(("╌" * width, "none"))
            else:
                text, style = self._block(row, column, moment, width)
                parts.append((text, "cursor" if moment == self.cursor else self.filled(style)))
            parts.append((" ", "free"))
        return parts

    def filled(self, style: str) -> str:
        """Return the style of a block: filled blocks have their own."""
        return f"{style}-fill" if self.solid and style in _FILLED else style

    @cached_property
    def _taken(self) -> dict[datetime, Slot]:
        """The half hours of the week that are taken, with the first slot in each."""
        moments = sorted({moment for row in self.week.cells for moment in row if moment is not None})
        taken: dict[datetime, Slot] = {}
        for slot in sorted(self.slots, key=lambda slot: slot["start"]):
            first, after = bisect_right(moments, slot["start"] - HALF_HOUR), bisect_left(moments, slot["end"])
            for moment in moments[first:after]:
                taken.setdefault(moment, slot)
        return taken

    def _block(self, row: int, column: int, moment: datetime, width: int) -> Part:
        slot, span = self._taken.get(moment), self.span
        marked = span is not None and span[0] <= moment < span[1]
        if slot is not None:
            name = "you" if slot["own"] else slot["who"]
            style = "clash" if marked else "own" if slot["own"] else "other"
            name = name if self.begins(row, column, slot) else ""
            edge = self.adjoins(row, column, slot)
            if self.solid:
                text = _filled(EDGE if edge else " ", name, width)
                text = OWN_SIDE + text[1:] if slot["own"] and not edge else text
            else:
                text = _filled(OWN if slot["own"] else OTHER, name, width)
                if edge:
                    text = EDGE + text[1:-1] + EDGE if width > 2 and cells(text) == len(text) else EDGE + text[1:]
            return (NOW + text[1:] if moment == self.now else text), style
        if marked and span is not None:
            length = (span[1] - span[0]).total_seconds()
            said = duration(length) if moment == span[0] or row == self.top else ""
            text = _filled(" " if self.solid else MARK, said, width)
            return (MARK_SIDE + text[1:] if self.solid else text), "mark"
        if moment == self.now:
            return ("── now " + "─" * width)[:width], "now"
        return " " * width, "free"

    def begins(self, row: int, column: int, slot: Slot) -> bool:
        """Whether a slot's name is drawn here: at its start, and at the top of the screen and of each day."""
        if row == self.top:
            return True
        above = self._above(row, column)
        shown = None if above is None else self._taken.get(above)
        return shown is None or shown["id"] != slot["id"]

    def adjoins(self, row: int, column: int, slot: Slot) -> bool:
        """Whether a slot is the first one on a row whose previous row shows another."""
        above = self._above(row, column)
        shown = None if above is None else self._taken.get(above)
        return shown is not None and shown["id"] != slot["id"]

    def _above(self, row: int, column: int) -> datetime | None:
        return next((cells[column] for cells in reversed(self.week.cells[:row]) if cells[column] is not None), None)


def _name(day: date) -> str:
    return f"{day:%a} {day.day}" + (f" {day:%b}" if day.day == 1 else "")


def _filled(fill: str, name: str, width: int) -> str:
    """Return a filled block with a name."""
    if not name or width < 4:
        return fill * width
    if cells(name) > width - 2:
        # Of an address, the local part says more than a cut address.
        name = name.partition("@")[0] or name
    text = fill + fit(name, width - 2).rstrip()
    return text + fill * (width - cells(text))
