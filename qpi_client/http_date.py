"""Dates in HTTP headers."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_USUAL = re.compile(r"[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT")


def http_date(text: str) -> datetime | None:
    """Return the time in a header; None if it is no date, or one without a time zone.

    Servers send one form (RFC 9110, section 5.6.7). `email.utils` also reads the older ones, but takes as long to load
    as a short list takes to arrive.
    """
    if found := _USUAL.fullmatch(text):
        day, month, year, hour, minute, second = found.groups()
        with suppress(ValueError):
            at = (int(day), int(hour), int(minute), int(second))
            return datetime(int(year), _MONTHS.index(month) + 1, *at, tzinfo=UTC)
    from email.utils import parsedate_to_datetime

    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return date if date.tzinfo is not None else None
