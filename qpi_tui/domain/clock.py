"""The current time, the server's dates, and ages. Tests and pictures set the clock."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1)
# Minutes at which an age in a column changes.
STEPS = (1, 2, 3, 5, 10, 15, 20, 30, 45)

_clock: Callable[[], datetime] | None = None
_offset: Callable[[], timedelta] = timedelta


def set_clock(clock: Callable[[], datetime] | None) -> None:
    """Set the current time; None returns to the machine's clock."""
    global _clock
    _clock = clock


def follow(offset: Callable[[], timedelta]) -> None:
    """Follow the server's clock: `offset` is added to this machine's time."""
    global _offset
    _offset = offset


def offset() -> timedelta:
    """Return how far this machine's clock is behind the server's."""
    return _offset()


def machine_time() -> datetime:
    """Return the current time of this machine's clock."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the server's time in UTC; `QPI_NOW` (RFC 3339) stops it."""
    if _clock is not None:
        return _clock()
    fixed = os.environ.get("QPI_NOW")
    if fixed and (moment := parse_date(fixed)) is not None:
        return moment
    return machine_time() + _offset()


def whole_minute(moment: datetime) -> datetime:
    """Return the beginning of a time's minute."""
    return moment.replace(second=0, microsecond=0)


def minute() -> datetime:
    """Return the beginning of the server's current minute.

    Queries contain it instead of `now()`, so that the next start can send them before their code is loaded.
    """
    return whole_minute(now())


def parse_date(text: object) -> datetime | None:
    """Parse a server's date (`2026-11-23 05:20:14.198Z`) or RFC 3339 to an aware time in UTC; otherwise return None."""
    return _parsed(text) if isinstance(text, str) and 10 <= len(text) <= 40 else None


# The dates of the rows in memory, at 0.3 kB each; parsing one takes 0.6 µs.
@lru_cache(maxsize=4_096)
def _parsed(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is not UTC:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # Year 1 is Go's "no date"; at either end a change of the zone would leave the calendar.
    return moment if 1970 <= moment.year < 9999 else None


def stored(moment: datetime) -> str:
    """Format a time as the server does, so that text comparison orders times."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}Z"


def age(text: object) -> str:
    """Format how long ago a server's date was: `12 s`, `6 min`, `3 h`, `4 d`; `in 2 h` for the future; empty for no
    date.
    """
    moment = parse_date(text)
    if moment is None:
        return ""
    seconds = (now() - moment).total_seconds()
    if seconds < -59:
        return f"in {coarse(-seconds)}"
    return coarse(max(seconds, 0))


def ago(text: object) -> str:
    """Format how long ago a server's date was, in a sentence: `just now`, `6 min ago`, `in 2 h`; empty for no date."""
    return ago_words(age(text))


def ago_words(said: str) -> str:
    """Return an age for a sentence: `now` → `just now`, `6 min` → `6 min ago`, `in 2 h` unchanged."""
    if not said or said.startswith("in "):
        return said
    return "just now" if said == "now" else f"{said} ago"


def stepped_age(text: object) -> str:
    """Format an age for columns: within the hour in growing steps, so that a list of young records stays quiet."""
    moment = parse_date(text)
    if moment is None:
        return ""
    seconds = (now() - moment).total_seconds()
    if not 0 <= seconds < 3600:
        return age(text)
    return stepped(seconds) if seconds >= 60 else "now"


def stepped(seconds: float) -> str:
    """Format a growing duration in the same steps: `<1 min`, `3 min`, `45 min`, `2 h`."""
    if seconds >= 3600:
        return coarse(seconds)
    reached = [minutes for minutes in STEPS if seconds >= 60 * minutes]
    return f"{reached[-1]} min" if reached else "<1 min"


def coarse(seconds: float) -> str:
    """Format a duration in its largest unit: `now`, `<1 min`, `6 min`, `3 h`, `4 d`."""
    if seconds < 60:
        return "now" if seconds < 20 else "<1 min"
    if seconds < 3600:
        return f"{int(seconds // 60)} min"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h"
    return f"{int(seconds // 86400):,} d"


class _MachineZone(tzinfo):
    """This machine's time zone, from the C library, which knows every name and rule of `TZ`.

    A time takes five times as long as with `zoneinfo`, which would have to be loaded before the first rows.
    """

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        if dt is None:
            return None
        naive = dt.replace(tzinfo=None)
        return timedelta(seconds=round((naive - _EPOCH).total_seconds() - naive.timestamp()))

    def dst(self, dt: datetime | None) -> timedelta | None:
        if dt is None:
            return None
        summer = time.localtime(dt.replace(tzinfo=None).timestamp()).tm_isdst > 0
        return timedelta(hours=1) if summer else timedelta(0)

    def tzname(self, dt: datetime | None) -> str | None:
        return None if dt is None else time.localtime(dt.replace(tzinfo=None).timestamp()).tm_zone

    def fromutc(self, dt: datetime) -> datetime:
        seconds = int(dt.replace(tzinfo=UTC).timestamp())
        return datetime.fromtimestamp(seconds).replace(microsecond=dt.microsecond, tzinfo=self)


_ZONE = _MachineZone()


def local(moment: datetime) -> datetime:
    """Convert a time to this machine's time zone; a naive one is local time."""
    return moment.replace(tzinfo=_ZONE) if moment.tzinfo is None else moment.astimezone(_ZONE)


def day_text(here: datetime) -> str:
    """Format a day, with its year if not the current: `Tue 24 Nov`, `Sat 2 Jan 2027`."""
    year = "" if here.year == local(now()).year else f" {here.year}"
    return f"{here:%a} {here.day} {here:%b}{year}"


def short_day(here: datetime) -> str:
    """Format a day for a narrow column: `Tue 24 Nov`, `2 Jan 2027`."""
    return f"{here:%a} {here.day} {here:%b}" if here.year == local(now()).year else f"{here.day} {here:%b %Y}"


def short_moment(here: datetime) -> str:
    """Format a time for a narrow column: `24 Nov 14:00`, `2 Jan 2027`."""
    return f"{here.day} {here:%b %H:%M}" if here.year == local(now()).year else f"{here.day} {here:%b %Y}"
