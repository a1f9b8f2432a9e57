"""Times as they are typed on the command line: read by the server's clock, which is known once somebody signed in.

Each function refuses at once what cannot be read, before anything is sent, and gives a function that reads it again
when the server's clock is known.
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
    """A moment in the past: `2h` is two hours ago, `fri 9:00` the last Friday; nothing typed is None."""

    def read() -> datetime | None:
        with as_usage(f"{option}: "):
            return parse_past(text) if text.strip() else None

    read()
    return read


def coming(text: str, option: str, *, end: bool = False) -> Moment:
    """A moment to come: `+7d`, `fri 9:00`; a day is its beginning, or with `end` its end; nothing typed is None."""

    def read() -> datetime | None:
        with as_usage(f"{option}: "):
            return parse_moment(text, end=end)

    read()
    return read


def span(text: str) -> Callable[[], tuple[datetime, datetime]]:
    """A slot: when it starts and when it ends."""

    def read() -> tuple[datetime, datetime]:
        here = local(now())
        with as_usage():
            assert here.tzinfo is not None  # noqa: S101  # `local` gives a zone
            return parse_slot(text, now=now(), zone=here.tzinfo)

    read()
    return read
