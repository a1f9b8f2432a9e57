"""Times on the command line, relative to the server's clock, which is known after sign-in.

Each function rejects invalid times immediately, before anything is sent, and returns a function that parses them again
with the server's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from qpi_tui.cli.problems import USAGE, Problem, as_usage
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.parse_slot import parse_slot
from qpi_tui.domain.parse_time import PAST_EXAMPLES, parse_moment, parse_past, said

Moment = Callable[[], datetime | None]
# A program that passes its last start may have a clock ahead of the server's.
_CLOCK_DIFFERENCE = timedelta(minutes=5)


def ago(text: str, option: str = "--since", *, future: bool = False) -> Moment:
    """Parse a time in the past: `2h` is two hours ago, `fri 9:00` last Friday; None for no text.

    The server's clock decides whether it is in the past. With `future`, it may also be ahead.
    """

    def read() -> datetime | None:
        with as_usage(f"{option}: "):
            return parse_past(text) if text.strip() else None

    def read_past() -> datetime | None:
        found = read()
        ahead = timedelta() if text.strip().lower().startswith(("+", "tomorrow")) else _CLOCK_DIFFERENCE
        if found is not None and found > now() + ahead:
            sentence = (
                f"{option} is in the future: {said(found, '')}. Give a time in the past, such as {PAST_EXAMPLES}."
            )
            raise Problem(sentence, USAGE)
        return found

    read()
    return read if future else read_past


def coming(text: str, option: str, *, end: bool = False) -> Moment:
    """Parse a time in the future: `+7d`, `fri 9:00`; a day is its start, or with `end` its end; None for no text."""

    def read() -> datetime | None:
        with as_usage(f"{option}: "):
            return parse_moment(text, end=end)

    read()
    return read


def in_order(begin: datetime | None, end: datetime | None, since: str = "--since") -> None:
    """Raise a `Problem` if nothing can be between two times.

    Args:
        begin: The start; None for now.
        end: The end; None for none.
        since: The option of the start.
    """
    start = begin or now()
    if end is None or end > start:
        return
    if begin is None:
        raise Problem(f"--until is in the past: {said(end, '')}. Give a later time, or an earlier {since} too.", USAGE)
    how = "before" if end < start else "the same time as"
    raise Problem(f"--until is {how} {since}: {said(end, '')}, {said(start, '')}.", USAGE)


def span(text: str) -> Callable[[], tuple[datetime, datetime]]:
    """Parse a slot: its start and end."""

    def read() -> tuple[datetime, datetime]:
        here = local(now())
        with as_usage():
            assert here.tzinfo is not None  # noqa: S101  # `local` gives a zone
            return parse_slot(text, now=now(), zone=here.tzinfo)

    read()
    return read
