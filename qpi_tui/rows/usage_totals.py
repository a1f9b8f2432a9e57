"""Totals of usage, by user, QPU, day, week, month or status; and by weekday and hour. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import ClassVar, Literal, get_args

from qpi_client.job_fields import ACTIVE_STATUSES
from qpi_tui.domain.usage_days import HOURS, Group, Tally, UsageDay, percentile
from qpi_tui.rows.base import Row

By = Literal["user", "qpu", "day", "week", "month", "status"]
BYS: tuple[By, ...] = get_args(By)


class UsageRow(Row, frozen=True, kw_only=True):
    """The usage of one user, QPU, day… `seconds` are QPU time; waiting times are None if no job ran.

    `bar` draws the QPU time relative to the largest.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset({"bar"})

    name: str = ""
    jobs: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    active: int = 0
    seconds: float = 0.0
    wait_50: float | None = None
    wait_90: float | None = None
    wait_99: float | None = None
    bar: str = ""

    @property
    def failure_rate(self) -> float | None:
        """The share of finished jobs that failed; None if none finished."""
        over = self.completed + self.failed
        return self.failed / over if over else None


def _key(by: By, day: date, group: Group) -> str:
    if by == "user":
        return group.user
    if by == "qpu":
        return group.qpu
    if by == "status":
        return group.status
    return f"{day:{_TIMES[by]}}"


_TIMES: Mapping[str, str] = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


def totals(days: Iterable[UsageDay], by: By, names: Mapping[str, str] | None = None) -> list[UsageRow]:
    """Return a row for each group, the largest or the latest first. `names` maps ids to names."""
    counts: dict[str, dict[str, Tally]] = {}
    for day in days:
        for group, tally in day.groups():
            statuses = counts.setdefault(_key(by, day.day, group), {})
            statuses.setdefault(group.status, Tally()).add(tally)
    rows = [_row(key, statuses, names or {}) for key, statuses in counts.items()]
    if by in _TIMES:
        return sorted(rows, key=lambda row: row.id, reverse=True)
    return sorted(rows, key=lambda row: (-row.seconds, -row.jobs, row.name))


def total(days: Iterable[UsageDay]) -> UsageRow:
    """Return the sum as one row."""
    counts: dict[str, Tally] = {}
    for day in days:
        for group, tally in day.groups():
            counts.setdefault(group.status, Tally()).add(tally)
    return _row("total", counts, {})


def _row(key: str, statuses: Mapping[str, Tally], names: Mapping[str, str]) -> UsageRow:
    every = Tally()
    for tally in statuses.values():
        every.add(tally)

    def jobs(*words: str) -> int:
        return sum(statuses[word].jobs for word in words if word in statuses)

    return UsageRow(
        id=key or "none",
        name=names.get(key, key) or "none",
        jobs=every.jobs,
        completed=jobs("completed"),
        failed=jobs("failed"),
        cancelled=jobs("cancelled"),
        active=jobs(*ACTIVE_STATUSES),
        seconds=every.seconds,
        wait_50=percentile(every.waits, 0.5),
        wait_90=percentile(every.waits, 0.9),
        wait_99=percentile(every.waits, 0.99),
    )


def by_hour(days: Iterable[UsageDay], by: By | None = None, key: str = "") -> list[list[int]]:
    """Return jobs by weekday, Monday first, and hour, in local time: of one row, or of all.

    A status has no hours of its own: returns those of all.
    """
    counts = [[0] * HOURS for _ in range(7)]
    name = f"{by}/{'' if key == 'none' else key}" if by in ("user", "qpu") else ""
    for day in days:
        if by is not None and by in _TIMES and f"{day.day:{_TIMES[by]}}" != key:
            continue
        row = counts[day.day.weekday()]
        for hour, count in enumerate(day.hours_of(name)):
            row[hour] += count
    return counts
