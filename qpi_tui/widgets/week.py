"""A week as days of half hours in a time zone, and the slots in it. Pure; right in the nights when clocks change.

Every cell of the grid is one half hour of real time or none: an hour that a day skips has no cells, an hour that comes
twice has two rows. Times are aware and in UTC; only what is shown is local.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from qpi_tui import facts
from qpi_tui.clock import parse_date

HALF_HOUR = timedelta(minutes=30)
DAYS = 7
RowKey = tuple[int, int]
"""Minutes after midnight on the clock, and whether the day shows them for the second time (0 or 1)."""


@dataclass(frozen=True)
class Slot:
    """A booked span of time, UTC: whose (`own`, or a name), from when to when."""

    id: str
    start: datetime
    end: datetime
    name: str
    own: bool = False

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it shares time with a span; back to back it does not."""
        return self.start < end and start < self.end

    @property
    def label(self) -> str:
        """`you`, or the name's part before the @."""
        return "you" if self.own else self.name.partition("@")[0]


@dataclass(frozen=True)
class Row:
    """A line of the grid: what the clock says, and the beginning of that half hour on each day (None: it has none)."""

    minutes: int
    again: bool
    cells: tuple[datetime | None, ...]

    @property
    def label(self) -> str:
        """`03:30`, and `03:30'` where the clock shows it for the second time."""
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}{chr(39) if self.again else ''}"


class Week:
    """Seven days from `monday` (any first day will do) in `zone`, as rows of half hours."""

    def __init__(self, monday: date, zone: tzinfo) -> None:
        self.monday = monday
        self.zone = zone
        self.days = tuple(monday + timedelta(days=n) for n in range(DAYS))
        self.rows = _rows([_half_hours(day, zone) for day in self.days])
        self._places = {
            cell: (day, row)
            for row, line in enumerate(self.rows)
            for day, cell in enumerate(line.cells)
            if cell is not None
        }

    @property
    def start(self) -> datetime:
        """The first moment, UTC."""
        return midnight(self.monday, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it, UTC."""
        return midnight(self.monday + timedelta(days=DAYS), self.zone)

    def place(self, moment: datetime) -> tuple[int, int] | None:
        """The (day, row) of the half hour that holds a moment; None outside the week."""
        here = moment.astimezone(self.zone)
        minutes = timedelta(minutes=here.minute % 30, seconds=here.second, microseconds=here.microsecond)
        return self._places.get(moment.astimezone(UTC) - minutes)

    def nearest(self, day: int, row: int) -> tuple[int, int]:
        """The cell there, or where the day skips that hour the next one that it has (at its end, the last)."""
        rows = [*range(row, len(self.rows)), *range(row - 1, -1, -1)]
        return day, next((n for n in rows if self.rows[n].cells[day] is not None), row)

    def row_of(self, minutes: int) -> int:
        """The row that begins at, or holds, these minutes after midnight."""
        return max((n for n, row in enumerate(self.rows) if row.minutes <= minutes and not row.again), default=0)

    def offset_is_one(self) -> bool:
        """Whether the whole week has one distance from UTC."""
        return len({moment.astimezone(self.zone).utcoffset() for moment in (*self._places, self.end)}) <= 1


def monday_of(moment: datetime, zone: tzinfo) -> date:
    """The Monday of the week in which a moment is, by the clock of a zone."""
    here = moment.astimezone(zone).date()
    return here - timedelta(days=here.weekday())


def midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day in a zone, UTC; where midnight is skipped, the first moment after the gap."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def slots_of(records: Iterable[Mapping[str, Any]], own_id: str | None) -> list[Slot]:
    """Records of slots → slots in order of time; those without two dates in their order are left out."""
    slots = []
    for record in records:
        start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
        if start is not None and end is not None and start < end:
            own = own_id is not None and record.get("booked_by") == own_id
            slots.append(Slot(str(record.get("id")), start, end, facts.who(record, "booked_by"), own))
    return sorted(slots, key=lambda slot: (slot.start, slot.id))


def in_the_way(slots: Sequence[Slot], start: datetime, end: datetime) -> Slot | None:
    """The first slot that shares time with a span."""
    return next((slot for slot in slots if slot.overlaps(start, end)), None)


def _half_hours(day: date, zone: tzinfo) -> dict[RowKey, datetime]:
    """A day's half hours in order of time, by what the clock shows."""
    found: dict[RowKey, datetime] = {}
    moment, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    while moment < end:
        here = moment.astimezone(zone)
        minutes = here.hour * 60 + here.minute
        found[minutes, int((minutes, 0) in found)] = moment
        moment += HALF_HOUR
    return found


def _rows(days: Sequence[Mapping[RowKey, datetime]]) -> tuple[Row, ...]:
    """All rows that some day has, repeated hours where they come in time."""
    order: list[RowKey] = sorted({key for day in days for key in day if not key[1]})
    for day in days:
        before: RowKey | None = None
        for key in day:
            if key[1] and key not in order:
                order.insert(order.index(before) + 1 if before is not None else 0, key)
            before = key
    return tuple(Row(key[0], bool(key[1]), tuple(day.get(key) for day in days)) for key in order)
