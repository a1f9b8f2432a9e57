"""Validate values before they are sent: the server accepts some invalid ones and then malfunctions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import index
from typing import Any
from urllib.parse import quote

from qpi_client.errors import InvalidValue
from qpi_client.masking import Secret

Moment = str | datetime
MOST_SECONDS = 1_000_000_000


def part(value: str, what: str = "id") -> str:
    """Return a value quoted as one segment of a path; `InvalidValue` if it would change the path."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidValue(f"The {what} is empty.")
    if value.isascii() and value.isalnum() and len(value) < 256:
        return value
    if value in (".", "..") or "/" in value or "\\" in value or not value.isprintable() or len(value) > 255:
        raise InvalidValue(f"{value[:80]!r} cannot be a {what}.")
    return quote(value, safe="")


def whole(value: Any, what: str, least: int, most: int) -> int:
    """Return an integer of any type (including numpy's) within bounds as an int."""
    try:
        number = index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise InvalidValue(f"{what} must be a whole number from {least} to {most}, not {value!r}.")
    return number


def most_of(limit: int | None) -> int | None:
    """The largest number of records to return; None for all."""
    return None if limit is None else whole(limit, "limit", 0, 1_000_000_000)


def yes_or_no(value: Any, what: str) -> bool:
    """Return a bool. Other types are rejected, because the text "false" would count as true."""
    if not isinstance(value, bool):
        raise InvalidValue(f"{what} must be True or False, not {value!r}.")
    return value


def seconds_of(value: Any, *, zero: bool = False, what: str = "The seconds") -> float | int:
    """Return QPU seconds: positive (or `zero`), at most 10^9. Text is rejected: the server reads it as 0."""
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not good or value > MOST_SECONDS or value < 0 or (value == 0 and not zero):
        least = "from 0" if zero else "above 0,"
        raise InvalidValue(f"{what} must be a number {least} up to {MOST_SECONDS:,}, not {value!r}.")
    number: float | int = value
    return number


def text(value: Any, what: str, most: int = 5000, *, empty: bool = False) -> str:
    """Return a string of limited length. `empty`: it may be empty."""
    if not isinstance(value, str) or (not empty and not value.strip()):
        raise InvalidValue(f"{what} must be a text{'' if empty else ' that is not empty'}.")
    if len(value) > most:
        raise InvalidValue(f"{what} has {len(value):,} characters; at most {most:,} are accepted.")
    return value


def secret_text(secret: Secret, what: str, most: int) -> None:
    """Like `text`, for a secret, which tracebacks then omit."""
    value = secret.reveal()
    problem = ""
    if not isinstance(value, str) or not value.strip():
        problem = f"{what} must be a text that is not empty."
    elif len(value) > most:
        problem = f"{what} has {len(value):,} characters; at most {most:,} are accepted."
    del value
    if problem:
        raise InvalidValue(problem)


def one_of(value: Any, what: str, allowed: Sequence[Any]) -> Any:
    """Return a value that is one of those allowed."""
    if isinstance(value, bool) or value not in allowed:
        raise InvalidValue(f"{what} must be {', '.join(map(repr, allowed[:-1]))} or {allowed[-1]!r}, not {value!r}.")
    return value


def moment(value: Any, what: str) -> datetime:
    """Return a time in UTC from RFC 3339 text with an offset or from an aware datetime."""
    when = value
    if isinstance(value, str):
        try:
            when = datetime.fromisoformat(value.strip())
        except ValueError:
            when = None
    if not isinstance(when, datetime):
        raise InvalidValue(f"{what} must be a time such as 2026-11-24T05:00:00Z, not {value!r}.")
    if when.tzinfo is None:
        raise InvalidValue(f"{what} {value!s} has no time zone. Add Z or an offset.")
    try:
        return when.astimezone(UTC)
    except OverflowError:
        raise InvalidValue(f"{what} {value!s} is out of the range of dates.") from None


def sent_time(value: Any, what: str) -> str:
    """Format a time as sent: RFC 3339 in UTC with milliseconds."""
    return _stamp(moment(value, what), "T")


def stored_time(value: Any, what: str) -> str:
    """Format a time as stored, for filters: with a space, because the server compares it as text."""
    return _stamp(moment(value, what), " ")


def _stamp(when: datetime, between: str) -> str:
    return f"{when.date().isoformat()}{between}{when:%H:%M:%S}.{when.microsecond // 1000:03}Z"


def start_before_end(start: Any, end: Any) -> None:
    """Return two times in order, if both are given."""
    if start is not None and end is not None and moment(start, "start_time") >= moment(end, "end_time"):
        raise InvalidValue(f"The start ({start}) must be before the end ({end}).")


def quoted(value: str) -> str:
    """Return a string as a literal in a PocketBase filter, whatever its content.

    A literal ends at the first quote without a preceding backslash. So every quote is escaped. A backslash at the end
    would escape the closing quote and is rejected, as are control characters, which no name contains.
    """
    if any(ord(letter) < 32 for letter in value):
        raise InvalidValue("A name contains control characters.")
    if value.endswith("\\"):
        raise InvalidValue("A name that ends in a backslash cannot be searched for; use the id.")
    return '"' + value.replace('"', '\\"') + '"'


def either(field: str, values: Iterable[str]) -> str:
    """Return a filter that matches any of these values of a field."""
    return "(" + " || ".join(f"{field} = {quoted(value)}" for value in values) + ")"


def every(*conditions: str | None) -> str | None:
    """Combine filters with "and", ignoring None; None if there is none."""
    return " && ".join(condition for condition in conditions if condition) or None


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the items that are not None."""
    return {name: value for name, value in values.items() if value is not None}
