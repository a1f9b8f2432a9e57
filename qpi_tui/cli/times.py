"""Moments in the past, as they are typed behind `--since`."""

from __future__ import annotations

from datetime import datetime, timedelta

from qpi_tui.cli.problems import as_usage
from qpi_tui.domain.clock import now
from qpi_tui.domain.durations import parse_amount
from qpi_tui.domain.parse_time import parse_moment


def ago(text: str) -> datetime | None:
    """A moment in the past as people say it: `2h` is two hours ago, `today` is midnight."""
    if not text:
        return None
    body = text.strip().removesuffix("ago").strip()
    try:
        return now() - timedelta(seconds=parse_amount(body).seconds)
    except (ValueError, OverflowError):
        pass
    with as_usage(f"--since {text!r}: "):
        return parse_moment(body)
