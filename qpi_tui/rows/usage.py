"""A user's own QPU time: the cost of this month's jobs beside the balance, as a bar. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.domain.durations import duration
from qpi_tui.domain.styled_text import Part
from qpi_tui.rows import job_times

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

_LEAST = 10
MOST_JOBS = 1000
"""Number of a user's jobs to read for a detail."""


class Month(NamedTuple):
    """Seconds and jobs of a month; `start` is its start in local time. `more`: older jobs were not read."""

    start: datetime
    used: float = 0.0
    jobs: int = 0
    failed: int = 0
    more: bool = False


def month_start() -> datetime:
    """Return the start of this month, in local time."""
    return local(local(now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None))


def month_of(jobs: Iterable[JobRow], start: datetime) -> Month:
    """Return the cost of the jobs that ended since `start`."""
    ended = [job for job in jobs if (moment := parse_date(job.finished_at)) is not None and moment >= start]
    costs = [cost for job in ended if (cost := job_times.cost(job)) is not None]
    return Month(start, sum(costs), len(costs), sum(1 for job in ended if job.status == "failed"))


def use_words(use: Month) -> str:
    """`3 h 20 min in 41 jobs, 2 failed`."""
    if not use.jobs and not use.failed:
        return "no recent use" if use.more else "nothing used"
    jobs = f"{use.jobs:,}{' or more' if use.more or use.jobs >= MOST_JOBS else ''} job{'s' * (use.jobs != 1)}"
    return f"{duration(use.used)} in {jobs}" + (f", {use.failed:,} failed" if use.failed else "")


def month_parts(month: Month, balance: float | None, width: int, *, ascii: bool = False) -> list[Part]:
    """Return the line: this month's use as a bar against the total, and the balance."""
    said = f"{month.start:%B}: used {duration(month.used)}"
    left = f"{duration(balance)} left" if balance is not None else "balance not known"
    jobs = f"{month.jobs:,} job{'s' * (month.jobs != 1)}"
    failed = f", {month.failed:,} failed" if month.failed else ""
    room = width - len(said) - len(left) - len(jobs) - len(failed) - 6
    # A server may report durations whose sum is infinite: no bar shows that.
    if balance is None or not 0 < month.used + balance < math.inf or room < _LEAST:
        bar: list[Part] = [("  ", "")]
    else:
        cells = min(room, 40)
        full = round(month.used / (month.used + balance) * cells)
        full = max(full, 1) if month.used else 0
        used, rest = "#." if ascii else "█░"
        bar = [(" ", ""), (used * full, "$text-accent"), (rest * (cells - full), "$text-muted"), (" ", "")]
    empty = balance is not None and balance <= 0
    return [(said, "bold"), *bar, (left, "bold $text-error" if empty else ""), (f" · {jobs}{failed}", "$text-muted")]
