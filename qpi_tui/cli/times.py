"""Times on the command line, relative to the server's clock, which is known after sign-in.

Each function rejects invalid times immediately, before anything is sent, and returns a function that parses them again
with the server's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from qpi_tui.cli.problems import as_usage
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.parse_slot import parse_slot
from qpi_tui.domain.parse_time import parse_moment, parse_past

Moment = Callable[[], datetime | None]


def ago(text: str, option: str = "--since") -> Moment:
    """Parse a time in the past: `2h` is two hours ago, `fri 9:00` last Friday; None for no text."""

    def read() -> datetime | None:
        with as_usage(f"{option}: "):
            return parse_past(text) if text.strip() else None

    read()
    return read


def coming(text: str, option: str, *, end: bool = False) -> Moment:
    """Parse a time in the future: `+7d`, `fri 9:00`; a day is its start, or with `end` its end; None for no text."""

    def read() -> datetime | None:
        with as_usage(f"{option}: "):
            return parse_moment(text, end=end)

    read()
    return read


def span(text: str) -> Callable[[], tuple[datetime, datetime]]:
    """Parse a slot: its start and end."""

    def read() -> tuple[datetime, datetime]:
        here = local(now())
        with as_usage():
            assert here.tzinfo is not None  # noqa: S101  # `local` gives a zone
            return parse_slot(text, now=now(), zone=here.tzinfo)

    read()
    return read
