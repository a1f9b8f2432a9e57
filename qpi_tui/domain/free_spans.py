"""Find the next free spans of a given length. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from qpi_tui.domain.durations import parse_amount
from qpi_tui.domain.parse_slot import LONGEST

HALF_HOUR, MINUTE = timedelta(minutes=30), timedelta(minutes=1)
# How far ahead to search.
HORIZON = timedelta(days=365)
_LENGTH = re.compile(r"\+?\s*\d[\d.,]*\s*[a-z][\da-z.,\s]*", re.IGNORECASE)

Span = tuple[datetime, datetime]


def read_length(text: str) -> timedelta | None:
    """Return the length that was typed without a time, such as `2h`; None for anything else, or too long for a slot."""
    typed = text.strip().lower()
    if not _LENGTH.fullmatch(typed):
        return None
    try:
        length = timedelta(seconds=parse_amount(typed.removeprefix("+").strip()).seconds)
    except (ValueError, OverflowError):
        return None
    return length if timedelta() < length <= LONGEST else None


def free_spans(booked: Iterable[Span], length: timedelta, start: datetime) -> Iterator[Span]:
    """Yield the free spans of a length within a year, one after another, in UTC.

    Args:
        booked: The bookings, as starts and ends.
        length: The length of each, rounded up to whole minutes.
        start: The earliest start. The first begins at the next full half hour, or at the next minute if only that fits
            before a booking.
    """
    start = start.astimezone(UTC)
    # What is offered is typed in whole minutes.
    length += -length % MINUTE
    for begin, end in _gaps(sorted(booked), start, start + HORIZON):
        at = _rounded(begin, HALF_HOUR if begin == start else MINUTE)
        if at + length > end:
            at = _rounded(begin, MINUTE)
        while at + length <= end:
            yield at, at + length
            at += length


def _gaps(booked: list[Span], start: datetime, end: datetime) -> Iterator[Span]:
    """Yield the gaps between bookings."""
    at = start
    for begin, over in booked:
        if begin > at:
            yield at, min(begin, end)
        at = max(at, over)
        if at >= end:
            return
    if at < end:
        yield at, end


def _rounded(moment: datetime, step: timedelta) -> datetime:
    """Return the next full step after a time."""
    return moment + (-timedelta(seconds=moment.timestamp()) % step)
