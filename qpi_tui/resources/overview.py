"""Columns of the overview: what needs a hand, and where it is found."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain.columns import Cell, Column, Record, Style
from qpi_tui.resources.base import Resource

_MARKS: dict[str, Style] = {
    "▲": "bad",
    "✗": "bad",
    "◐": "warn",
    "●": "ok",
    "✓": "ok",
    "…": "warn",
    "◆": "accent",
    "○": "muted",
}


def _what(record: Record) -> Cell:
    mark = str(record.get("mark") or " ")
    style = _MARKS.get(mark, "")
    return Cell(f"{mark} {record.get('text') or ''}", style if style == "bad" else "")


COLUMNS = [
    Column("what", "what", 40, _what, flex=True),
    Column("where", "where", 16, lambda record: Cell(str(record.get("where") or ""), "muted")),
]

RESOURCE: Resource[Any] = Resource(
    id="overview",
    title="Overview",
    short_title="Over",
    help="What needs a hand now",
    key="1",
    row="qpi_tui.rows.overview:NeedRow",
    screen="overview:OverviewScreen",
    noun=("line", "lines"),
    columns=COLUMNS,
)
