"""Days as half hours: a calendar's rows and columns, including days on which the clocks change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import TypedDict

HALF_HOUR = timedelta(minutes=30)
# The holder of a slot if the server does not tell a user who it is.
UNKNOWN = "taken"

# A row of the calendar: the time of day, and whether it is its second occurrence in that night.
RowKey = tuple[time, bool]


class Slot(TypedDict):
    """A booked slot: `start` and `end` are aware, `who` is its holder's name."""

    id: str
    start: datetime
    end: datetime
    own: bool
    who: str


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the start of a local day, in UTC; if the clocks skip midnight, the first moment of the day."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(64)
def half_hours(day: date, zone: tzinfo) -> tuple[datetime, ...]:
    """Return the starts of a local day's half hours, in UTC: 48, but 46 or 50 when the clocks change by an hour."""
    moment, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    found = []
    while moment < end:
        found.append(moment)
        moment += HALF_HOUR
    return tuple(found)


def row_key(moment: datetime, zone: tzinfo) -> RowKey:
    """Return the row of a half hour."""
    here = moment.astimezone(zone)
    return here.time().replace(fold=0), bool(here.fold)


@dataclass(frozen=True)
class Week:
    """Days side by side: `rows` from midnight to midnight, `cells[row][day]` a time or None.

    A time that occurs twice on one day has its own row, where other days have no cell; a skipped time is a None cell.
    """

    days: tuple[date, ...]
    rows: tuple[RowKey, ...]
    cells: tuple[tuple[datetime | None, ...], ...]

    def place(self, moment: datetime) -> tuple[int, int] | None:
        """Return row and column of the half hour that starts at a time."""
        return _places(self).get(moment)


@lru_cache(16)
def _places(week: Week) -> dict[datetime, tuple[int, int]]:
    return {
        moment: (row, column)
        for row, line in enumerate(week.cells)
        for column, moment in enumerate(line)
        if moment is not None
    }


@lru_cache(16)
def week_of(first: date, days: int, zone: tzinfo) -> Week:
    """Return `days` days from `first` on."""
    dates = tuple(first + timedelta(days=n) for n in range(days))
    columns = [{row_key(moment, zone): moment for moment in half_hours(day, zone)} for day in dates]
    longest = max(len(column) for column in columns)
    rows = list(next(column for column in columns if len(column) == longest))
    for column in columns:
        for key in column:
            if key not in rows:
                at = next((n for n, row in enumerate(rows) if row[0] > key[0]), len(rows))
                rows.insert(at, key)
    return Week(dates, tuple(rows), tuple(tuple(column.get(row) for column in columns) for row in rows))


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def snap(moment: datetime, zone: tzinfo) -> datetime:
    """Return the start of the half hour that contains a time, counted from local midnight, in UTC."""
    moment = moment.astimezone(UTC)
    start = midnight(moment.astimezone(zone).date(), zone)
    return start + (moment - start) // HALF_HOUR * HALF_HOUR


def same_time_on(moment: datetime, days: int, zone: tzinfo) -> datetime:
    """Return the half hour at the same time of day, some days later; the next one if that day skips it."""
    here = moment.astimezone(zone)
    there = datetime.combine(here.date() + timedelta(days=days), here.time(), zone).replace(fold=here.fold)
    return snap(there.astimezone(UTC), zone)


def overlapping(slots: Iterable[Slot], start: datetime, end: datetime) -> list[Slot]:
    """Return the slots that overlap a span, by start."""
    return sorted((s for s in slots if s["start"] < end and start < s["end"]), key=lambda s: s["start"])


def conflict(slots: Sequence[Slot], zone: tzinfo) -> str:
    """Return a sentence on the slots that a span overlaps; empty without any. `who` must be sanitized; it is `UNKNOWN`
    for an unknown holder.
    """
    if not slots:
        return ""
    first = slots[0]
    start, end = first["start"].astimezone(zone), first["end"].astimezone(zone)
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %H:%M}"
    whose = (
        "your own booking"
        if first["own"]
        else "another booking"
        if first["who"] == UNKNOWN
        else f"{first['who']}'s booking"
    )
    more = f", and {len(slots) - 1} more" if len(slots) > 1 else ""
    return f"conflicts with {whose}, {start:%a %H:%M} – {until}{more}"
