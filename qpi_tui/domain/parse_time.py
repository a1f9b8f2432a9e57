"""One moment as people type it: `tomorrow 14:00`, `fri 9:00`, `now`, `+2h`, `30d`, `2026-12-31`, or RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from qpi_tui.domain import parse_slot
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.durations import parse_amount

EXAMPLES = "tomorrow 14:00, +2h, 30d or 2026-12-31 18:00"
_DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|today|tomorrow")


def parse_moment(text: str, *, end: bool = False) -> datetime | None:
    """What was typed → a time, aware; empty is None.

    A day without a time of day is its beginning, or with `end` its end. Raises `ValueError` with a sentence.
    """
    typed = " ".join(text.lower().split())
    if not typed or typed in {"never", "none", "-", "–"}:
        return None
    if typed == "now":
        return now()
    if (later := _later(typed)) is not None:
        return now() + later
    try:
        if _DAY.fullmatch(typed):
            begin, _ = parse_slot.parse_slot(f"{typed} 00:00 1m", now=now(), zone=_zone())
            return local(begin) + timedelta(days=1) if end else begin
        # A moment is where a slot of a minute begins.
        begin, _ = parse_slot.parse_slot(f"{text.strip()} 1m", now=now(), zone=_zone())
    except ValueError as error:
        if "not understood" in str(error):
            raise ValueError(f"{text.strip()[:40]!r} is no time. Type for example {EXAMPLES}.") from None
        raise ValueError(str(error).replace(parse_slot.EXAMPLES, EXAMPLES)) from None
    return begin


def said(moment: datetime | None, none: str) -> str:
    """A time in words, in the zone of this machine."""
    return none if moment is None else f"{local(moment):%a %-d %b %Y %H:%M}"


def as_typed(moment: datetime | None) -> str:
    """A time as it would be typed again."""
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
