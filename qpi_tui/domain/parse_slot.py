"""Parse a slot: `tomorrow 14:00 2h`, `fri 9-11`, `2026-12-01 13:00 +90m`, or two RFC 3339 times."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from qpi_tui.domain.durations import parse_amount

EXAMPLES = "tomorrow 14:00 2h, fri 9-11 or 2026-12-01 13:00 +90m"
# The maximum length of a slot.
LONGEST = timedelta(days=31)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# From evening to morning, an end before its start is on the next day; longer ones are mistakes.
_LONGEST_NIGHT = timedelta(hours=14)
# Beyond these, a change of the zone or an added month would leave the calendar.
_FIRST_YEAR, _LAST_YEAR = 1971, 9990
_CLOCK = r"(?:noon|midnight|\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm)?)"
_DASH = r"\s*(?:-|–|—|\bto\b|\buntil\b)\s*"
_RANGE = re.compile(rf"({_CLOCK}){_DASH}({_CLOCK})")
_SPAN = re.compile(rf"({_CLOCK}|now)\s+(?:for\s+)?\+?\s*(\d.*[a-z])")
_DAY = re.compile(r"(today|tomorrow|\d{4}-\d{1,2}-\d{1,2}|[a-z]+)\s*,?\s+(?=\S)")
_STAMP = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})"
_STAMPS = re.compile(rf"({_STAMP})\s*(?:/|,|{_DASH}|\s)\s*({_STAMP}|\+?\s*\d.*[a-z])", re.IGNORECASE)


class NotATime(ValueError):
    """A word of the text cannot be read as a day, a time or a length."""


class ClockChange(ValueError):
    """The clocks change at this time: it does not exist, or occurs twice."""


def parse_slot(text: str, *, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """Parse a slot into (start, end), both in UTC.

    Days and times are in `zone`; without a day it is today, or tomorrow if that time has passed; a weekday is the next
    one. Raises `ValueError` with a sentence that has an example.
    """
    typed = " ".join(text.split())
    if not typed:
        raise ValueError(f"When? For example {EXAMPLES}.")
    stamps = _STAMPS.fullmatch(typed)
    if stamps:
        start = _stamp(stamps[1])
        end = _stamp(stamps[2]) if re.fullmatch(_STAMP, stamps[2], re.IGNORECASE) else start + _length(stamps[2])
    else:
        start, end = _words(typed, now, zone)
    if end <= start:
        raise ValueError(f"The end must be after the start. Type for example {EXAMPLES}.")
    if end - start > LONGEST:
        raise ValueError(f"That is longer than {LONGEST.days} days. Type for example {EXAMPLES}.")
    return start, end


def in_zone(day: date, clock: time, zone: tzinfo) -> datetime:
    """Convert a local time to UTC. Raises `ValueError` if it does not exist, or occurs twice."""
    first = datetime.combine(day, clock, zone)
    second = first.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    if before == after:
        return first.astimezone(UTC)
    said = f"{clock:%H:%M} on {day:%a} {day.day} {day:%b %Y}"
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        jump = first.astimezone(UTC).astimezone(zone)
        raise ClockChange(f"{said} does not exist: the clocks go forward then. Type for example {jump:%H:%M}.")
    raise ClockChange(
        f"{said} occurs twice: the clocks go back. Type {first.isoformat(timespec='minutes')} (the first) or "
        f"{second.isoformat(timespec='minutes')} (the second), then the length, for example 1h."
    )


def _words(typed: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    lower = typed.lower()
    today = now.astimezone(zone).date()
    day, any_day = today, True
    found = _DAY.match(lower)
    if found and found[1] not in {"now", "noon", "midnight"}:
        day, any_day = read_day(found[1], typed, today), False
        lower = lower[found.end() :].removeprefix("at ")
    weekday = found is not None and not any_day and found[1].isalpha() and found[1] not in {"today", "tomorrow"}

    def build(day: date) -> tuple[datetime, datetime]:
        between = _RANGE.fullmatch(lower)
        if between:
            begin, end = read_clock(between[1], typed), read_clock(between[2], typed)
            if _hour_only(between[1]) and between[2].endswith("pm") and begin.hour < 12 and begin.hour + 12 < end.hour:
                begin = begin.replace(hour=begin.hour + 12)
            first = day + timedelta(days=1) if is_days_end(between[1]) else day
            whole = between[2] == "midnight" or is_days_end(between[2])
            # 22-2 goes over midnight. 9-24 ends with the day.
            end_day = first + timedelta(days=1) if whole or end < begin else first
            start, stop = in_zone(first, begin, zone), in_zone(end_day, end, zone)
            if end_day != first and not whole and stop - start > _LONGEST_NIGHT:
                raise ValueError(f"{typed[:60]!r} ends before it starts. Type for example {EXAMPLES}.")
            return start, stop
        span = _SPAN.fullmatch(lower)
        if span is None:
            raise NotATime(f"{typed[:60]!r} is not a time. Type for example {EXAMPLES}.")
        if span[1] == "now":
            if not any_day:
                raise ValueError(
                    f"`now` cannot be combined with another day. Type now {span[2]}, or for example {EXAMPLES}."
                )
            start = now.astimezone(UTC) + timedelta(seconds=59, microseconds=999_999)
            start = start.replace(second=0, microsecond=0)
        else:
            # 24:00 is the start of the next day.
            first = day + timedelta(days=1) if is_days_end(span[1]) else day
            start = in_zone(first, read_clock(span[1], typed), zone)
        # Lengths are in real time, even over a night in which the clocks change.
        return start, start + _length(span[2])

    try:
        start, end = build(day)
    except ValueError:
        if not (any_day or weekday) or day != today:
            raise
        return build(day + timedelta(days=7 if weekday else 1))
    if start < now and day == today and (any_day or (weekday and end <= now)) and not lower.startswith("now"):
        return build(day + timedelta(days=7 if weekday else 1))
    return start, end


def read_day(word: str, typed: str, today: date) -> date:
    """Parse a day: `today`, `fri`, `2026-12-01`; a weekday is the next one. Raises `ValueError`."""
    if word == "today":
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    if word[0].isdigit():
        try:
            year, month, day = map(int, word.split("-"))
            found = date(year, month, day)
        except ValueError:
            raise NotATime(f"No such day: {word}. Type for example {EXAMPLES}.") from None
        _check_year(year)
        return found
    matches = [n for n, name in enumerate(_DAYS) if name.startswith(word) and len(word) >= 2]
    if len(matches) != 1:
        raise NotATime(
            f"{typed[: len(word)][:20]!r} in {typed[:60]!r} is not a day. Type today, tomorrow, fri, or {EXAMPLES}."
        )
    return today + timedelta(days=(matches[0] - today.weekday()) % 7)


def _check_year(year: int) -> None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(
            f"The year {year} is out of range: {_FIRST_YEAR} to {_LAST_YEAR}. Type for example {EXAMPLES}."
        )


def is_days_end(word: str) -> bool:
    """Whether a time of day is `24:00`, the start of the next day."""
    return re.fullmatch(r"24(?:[:.]00)?", word) is not None


def read_clock(word: str, typed: str = "") -> time:
    """Parse a time of day: `9`, `9:30`, `2pm`, `noon`; `24:00` is 0:00. Raises `ValueError`."""
    typed = typed or word
    if word in {"noon", "midnight"}:
        return time(12 if word == "noon" else 0)
    match = re.fullmatch(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", word)
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (99, 0)
    half = match[3] if match else None
    if half and not 1 <= hour <= 12:
        hour = 99
    elif half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    if hour > 23 or minute > 59:
        raise NotATime(f"{word!r} in {typed[:60]!r} is not a time of day. Type for example 14:00 2h, or 9-11.")
    return time(hour, minute)


def _hour_only(word: str) -> bool:
    return not word.endswith(("am", "pm")) and word not in {"noon", "midnight"}


def _length(word: str) -> timedelta:
    body = word.strip().removeprefix("+").strip()
    try:
        return timedelta(seconds=parse_amount(body).seconds)
    except (ValueError, OverflowError):
        raise NotATime(f"{body[:20]!r} is not a length. Type for example 2h, 90m or 1h30m.") from None


def _stamp(word: str) -> datetime:
    _check_year(int(word[:4]))
    try:
        return datetime.fromisoformat(word.upper().replace("Z", "+00:00").replace(" +", "+")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotATime(f"No such time: {word}. Type for example 2026-12-01T13:00+02:00 2h.") from None
