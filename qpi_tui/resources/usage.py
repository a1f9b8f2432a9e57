"""Usage, what jobs used by user, QPU or time: columns and descriptor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from qpi_tui.domain.action import action
from qpi_tui.domain.clock import day_text, local, now
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.durations import duration, short_duration
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.usage_totals import By, UsageRow

LABELS: Mapping[By, str] = {
    "user": "user", "qpu": "QPU", "status": "status", "day": "day", "week": "week", "month": "month"
}  # fmt: skip
"""What usage is added up by, in words."""


def moment_words(moment: datetime) -> str:
    """A moment since which usage is counted: `today`, `Sun 15 Nov`, with the time where it is not midnight."""
    here = local(moment)
    time = "" if (here.hour, here.minute) == (0, 0) else f" {here:%H:%M}"
    return f"{'today' if here.date() == local(now()).date() else day_text(here)}{time}"


def wait_words(seconds: float | None) -> str:
    """Format a waiting time for a column: `<1 s`, `42 s`, `1 h 20`, `–` if unknown."""
    return "–" if seconds is None else "<1 s" if seconds < 1 else short_duration(int(seconds))


def rate_words(rate: float | None) -> str:
    """Format a share in percent; `–` if unknown."""
    if rate is None:
        return "–"
    return "0 %" if not rate else "<0.1 %" if rate < 0.001 else f"{100 * rate:.1f} %"


def _failed(row: UsageRow) -> Cell:
    rate = row.failure_rate
    return Cell(f"✗ {rate_words(rate)}" if rate else rate_words(rate), "bad" if rate and rate >= 0.1 else "")


COLUMNS = [
    Column("name", "name", 24, lambda row: row.name, flex=True, least=14),
    Column("jobs", "jobs", 7, lambda row: f"{row.jobs:,}", align="right", sort=lambda row: row.jobs),
    Column("seconds", "QPU time", 10, lambda row: duration(row.seconds), align="right", sort=lambda row: row.seconds),
    Column("bar", "", 12, lambda row: Cell(row.bar, "accent"), need=1),
    Column("failed", "failed", 8, _failed, align="right", sort=lambda row: row.failure_rate or 0.0),
    Column("wait", "med. wait", 9, lambda row: wait_words(row.wait_50), align="right", sort=lambda r: r.wait_50 or 0.0),
    Column(
        "wait_90", "90 % wait", 9, lambda row: wait_words(row.wait_90), align="right", need=2,
        sort=lambda row: row.wait_90 or 0.0,
    ),
]  # fmt: skip


def columns_by(by: By) -> list[Column]:
    """The columns, the first of which says what is added up by."""
    return [column._replace(label=LABELS[by]) if column.key == "name" else column for column in COLUMNS]


RESOURCE: Resource[UsageRow] = Resource(
    id="usage",
    title="Usage",
    help="What jobs used, by user, QPU or time",
    key="A",
    row="qpi_tui.rows.usage_totals:UsageRow",
    screen="usage:UsageScreen",
    noun=("line", "lines"),
    roles=SESSIONS,
    columns=COLUMNS,
    tab=False,
    actions=(
        action("usage.by", "t", "by", "Cycle the grouping: user, QPU, day, week, month, status", SESSIONS),
        action("usage.since", "b", "further back", "Cycle the period: a week, 30 days, 90 days, a year", SESSIONS),
    ),
)
