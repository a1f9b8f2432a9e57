"""Parse a time: `tomorrow 14:00`, `fri 9:00`, `now`, `+2h`, `30d`, `2026-12-31`, or RFC 3339.

`parse_moment` parses future times, `parse_past` past ones: for it, `fri 9:00` is last Friday, `30d` thirty days ago.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo

from qpi_tui.domain import parse_slot
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.durations import parse_amount

EXAMPLES = "tomorrow 14:00, +2h, 30d or 2026-12-31 18:00"
PAST_EXAMPLES = "yesterday, 2h, 30d, fri 9:00 or 2026-11-01 08:00"
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|today|tomorrow")
_PAST = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|[a-z]+)(?:\s*,?\s+(?:at\s+)?(\S.*))?")
_CLOCK_TIME = re.compile(r"\d{1,2}:\d{2}")
_YEAR = re.compile(r"(?:19|20|21)\d\d")
_BARE = re.compile(r"(?:in )?[+−-]?\s*(\d[\d.,_ ]*)")


def parse_moment(text: str, *, end: bool = False) -> datetime | None:
    """Parse a future time into an aware datetime; an empty text is None.

    A day without a time is its start, or with `end` its end. Raises `ValueError` with a message.
    """
    typed = " ".join(text.lower().split())
    if not typed or typed in {"never", "none", "-", "–"}:
        return None
    if typed == "now":
        return now()
    if _YEAR.fullmatch(typed):
        typed = text = f"{typed}-{'12-31' if end else '01-01'}"
    _refuse_bare(typed)
    if (later := _later(typed)) is not None:
        return now() + later
    try:
        if _DAY.fullmatch(typed):
            begin, _ = parse_slot.parse_slot(f"{typed} 00:00 1m", now=now(), zone=_zone())
            return local(begin) + timedelta(days=1) if end else begin
        # A time is the start of a slot of a minute.
        begin, _ = parse_slot.parse_slot(f"{text.strip()} 1m", now=now(), zone=_zone())
    except parse_slot.NotATime:
        raise ValueError(f"{text.strip()[:40]!r} is not a time. Type for example {EXAMPLES}.") from None
    except parse_slot.ClockChange as error:
        raise parse_slot.ClockChange(str(error).replace(parse_slot.EXAMPLES, EXAMPLES)) from None
    except ValueError as error:
        raise ValueError(str(error).replace(parse_slot.EXAMPLES, EXAMPLES)) from None
    return begin


def parse_past(text: str) -> datetime:
    """Parse a past time into an aware datetime; with a plus sign, or as a date, it may be in the future.

    Raises `ValueError` with a message that quotes the text.
    """
    typed = " ".join(text.lower().split()).removesuffix(" ago")
    if _YEAR.fullmatch(typed):
        typed = f"{typed}-01-01"
    _refuse_bare(typed)
    try:
        found = _past(typed)
    except parse_slot.ClockChange:
        raise
    except ValueError:
        found = None
    if found is None:
        raise ValueError(f"{text.strip()[:40]!r} is not a time. Type for example {PAST_EXAMPLES}.")
    return found


def _refuse_bare(typed: str) -> None:
    """Raise a `ValueError` for a number without a unit: seconds would be no good guess."""
    number = _BARE.fullmatch(typed)
    if number is None:
        return
    if not re.fullmatch(r"\d{1,4}(\.\d+)?", number[1]):
        raise ValueError(f"{typed[:40]!r} is not a time. Type for example {EXAMPLES}.")
    hour = f", or {number[1]}:00" if number[1].isdigit() and int(number[1]) <= 24 else ""
    raise ValueError(f"{number[1]} what? Type {number[1]}min, {number[1]}h or {number[1]}d{hour}.")


def _past(typed: str) -> datetime | None:
    moment, zone = now(), _zone()
    if typed == "now":
        return moment
    if typed.startswith("+"):
        return parse_moment(typed)
    if _CLOCK_TIME.fullmatch(typed):
        at = _at(moment.astimezone(zone).date(), typed, zone)
        return at if at <= moment else _at(moment.astimezone(zone).date() - timedelta(days=1), typed, zone)
    body = typed.removeprefix("-").removeprefix("−").strip()
    if weeks := re.fullmatch(r"(\d{1,4})\s*(w|weeks?)", body):
        return moment - timedelta(weeks=int(weeks[1]))
    with suppress(ValueError):
        return moment - timedelta(seconds=parse_amount(body).seconds)
    day = _PAST.fullmatch(typed)
    if day is None:
        return parse_moment(typed)
    today, clock = moment.astimezone(zone).date(), day[2] or "0:00"
    if day[1] in {"today", "yesterday", "tomorrow"}:
        return _at(today + timedelta(days=("yesterday", "today", "tomorrow").index(day[1]) - 1), clock, zone)
    if day[1][0].isdigit():
        return _at(parse_slot.read_day(day[1], typed, today), clock, zone)
    last = parse_slot.read_day(day[1], typed, today)
    while (found := _at(last, clock, zone)) > moment:
        last -= timedelta(days=7)
    return found


def _at(day: date, clock: str, zone: tzinfo) -> datetime:
    return parse_slot.in_zone(day + timedelta(days=parse_slot.is_days_end(clock)), parse_slot.read_clock(clock), zone)


def said(moment: datetime | None, none: str) -> str:
    """Format a time in this machine's time zone."""
    return none if moment is None else f"{local(moment):%a %-d %b %Y %H:%M}"


def as_typed(moment: datetime | None) -> str:
    """Format a time so that it can be typed again."""
    return "" if moment is None else f"{local(moment):%Y-%m-%d %H:%M}"


def _later(typed: str) -> timedelta | None:
    body = typed.removeprefix("in ").removeprefix("+").strip()
    marked = body != typed
    if not marked and not re.fullmatch(r"\d+(\.\d+)?\s*(d|days?|w|weeks?|h|hours?|m|min|minutes?)", body):
        return None
    weeks = re.fullmatch(r"(\d+)\s*(w|weeks?)", body)
    if weeks:
        return timedelta(weeks=min(int(weeks[1]), 5000))
    try:
        return timedelta(seconds=parse_amount(body).seconds)
    except ValueError:
        return None


def _zone() -> tzinfo:
    return local(now()).tzinfo or UTC
