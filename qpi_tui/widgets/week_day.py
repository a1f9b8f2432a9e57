"""One day of the week grid in full width: a line with the whole week on top, holders in full; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from qpi_tui.domain import week_days as days
from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.domain.week_days import HALF_HOUR, Slot
from qpi_tui.widgets.week_blocks import EDGE, LABEL, MARK, MARK_SIDE, NOW, OTHER, OWN, OWN_SIDE, Part, View

_UTC = 10  # Columns of the other clock, at the right.
_FREE = "."
_DAY = timedelta(days=1)
# Possible cells per day in the top line: whole hours each.
_CELLS = (24, 12, 8, 6, 4, 3, 2, 1)


def pitch(width: int) -> int:
    """Return the columns per day in the top line."""
    return max(width // 7, 2)


@dataclass(frozen=True)
class DayView(View):
    """The lines of one day. Two lines of the week above: its days, and the booked hours of each."""

    def head(self) -> list[list[Part]]:
        """Return the week's days, the shown one in brackets; below, the booked hours of each."""
        shown, today = self.week.days[0], self.now.astimezone(self.zone).date()
        names, hours = [(" " * LABEL, "header")], [(" " * LABEL, "header")]
        wide = pitch(self.width)
        for day in (days.monday(shown) + n * _DAY for n in range(7)):
            name = f"{day:%a} {day.day}" if wide > 8 else f"{day:%a}" if wide > 5 else str(day.day)
            text = f"[{name}]" if day == shown else f" {name}"
            style = "cursor" if day == shown else "today" if day == today else "header"
            names += [(fit(text, wide - 1), style), (" ", "header")]
            count = next(count for count in _CELLS if count < wide)
            hours += [*self._hours(day, count), (" " * (wide - count), "header")]
        return [names, hours]

    def line(self, row: int) -> list[Part]:
        """Return a half hour: the clock, the bookings and marks, the other clock."""
        moment = self.week.cells[row][0]
        if moment is None:
            return [self.clock(row)]
        utc = _UTC if moment.astimezone(self.zone).utcoffset() else 1
        width = max(self.width - utc, 4)
        text, style = self._half_hour(row, moment, width)
        other = f" {moment.astimezone(UTC):%H:%M} UTC" if utc > 1 else " "
        return [self.clock(row), (text, "cursor" if moment == self.cursor else self.filled(style)), (other, "clock")]

    def _half_hour(self, row: int, moment: datetime, width: int) -> Part:
        slots, span = days.overlapping(self.slots, moment, moment + HALF_HOUR), self.span
        marked = span is not None and span[0] <= moment < span[1]
        if slots:
            own = any(slot["own"] for slot in slots)
            own_sign, other_sign = (OWN_SIDE, " ") if self.solid else (OWN, OTHER)
            bar = "".join(own_sign if slot["own"] else other_sign for slot in (slots * 3)[: max(3, len(slots))])
            if self.solid and own:
                bar = bar.replace(OWN_SIDE * 3, f"{OWN_SIDE}  ")
            unnamed = self._unnamed_above(row, slots[0], width)
            here = [slot for slot in slots if row == self.top or unnamed or self._starts(row, slot)]
            edge = (unnamed or self._starts(row, slots[0])) and self.adjoins(row, 0, slots[0])
            if edge:
                bar = EDGE + bar[1:]
            full, short = (" ".join([bar, "  ".join(self._words(s, long) for s in here)]) for long in (True, False))
            text = fit(full if cells(full) <= width else short, width)
            if self.solid and edge:
                said = text.rstrip()
                text = f"{said} {EDGE * (width - cells(said) - 1)}" if cells(said) < width else text
            return (NOW + text[1:] if moment == self.now else text), "clash" if marked else "own" if own else "other"
        if marked and span is not None:
            words = f" {duration((span[1] - span[0]).total_seconds())}" if moment == span[0] or row == self.top else ""
            return fit((f"{MARK_SIDE}  " if self.solid else MARK * 3) + words, width), "mark"
        if moment == self.now:
            return ("── now " + "─" * width)[:width], "now"
        return " " * width, "free"

    def _starts(self, row: int, slot: Slot) -> bool:
        """Whether a slot is not in the previous row."""
        above = self._above(row, 0)
        return above is None or not (slot["start"] < above + HALF_HOUR and above < slot["end"])

    def _unnamed_above(self, row: int, slot: Slot, width: int) -> bool:
        """Whether a slot starts in the previous half hour, after another one, without room for its name there."""
        above = self.week.cells[row - 1][0] if row else None
        if above is None or self._starts(row, slot) or not self.adjoins(row, 0, slot):
            return False
        return ("you" if slot["own"] else slot["who"]) not in self._half_hour(row - 1, above, width)[0]

    def _words(self, slot: Slot, long: bool) -> str:
        """Return holder, times, days if more than one, and the length if there is room."""
        start, end = slot["start"].astimezone(self.zone), slot["end"].astimezone(self.zone)
        last = (end - timedelta(microseconds=1)).date()
        one = start.date() == last
        begin, finish = (f"{at:{'%H:%M' if one else '%a %H:%M'}}" for at in (start, end))
        whose = "you" if slot["own"] else slot["who"]
        length = f", {duration((slot['end'] - slot['start']).total_seconds())}" if long else ""
        return f"{whose}  {begin} – {finish}{length}"

    def _hours(self, day: date, count: int) -> list[Part]:
        """Return a day from midnight to midnight in this many cells: own, others', free."""
        # Half as high as the line: the day's blocks begin right below.
        signs = ("█", "▀") if self.solid else (OWN, OTHER)
        own, other = (signs[0], "own"), (signs[1], "other")
        found: list[Part] = [(_FREE, "clock")] * count
        begin, end = days.midnight(day, self.zone), days.midnight(day + _DAY, self.zone)
        for slot in days.overlapping(self.slots, begin, end):
            for moment in _half_hours_of(slot, days.half_hours(day, self.zone)):
                here = moment.astimezone(self.zone)
                at = (here.hour * 60 + here.minute) * count // 1440
                if found[at] != own:
                    found[at] = own if slot["own"] else other
        return found


def _half_hours_of(slot: Slot, moments: Sequence[datetime]) -> list[datetime]:
    return [moment for moment in moments if slot["start"] < moment + HALF_HOUR and moment < slot["end"]]
