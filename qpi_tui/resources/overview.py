"""Columns of the overview: what needs attention, and its screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.columns import Cell, Column, Style
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.overview import NeedRow

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


def _what(need: NeedRow) -> Cell:
    mark = need.mark or " "
    style = _MARKS.get(mark, "")
    return Cell(f"{mark} {need.text}", style if style == "bad" else "")


COLUMNS = [
    Column("what", "What", 40, _what, flex=True),
    Column("where", "Where", 17, lambda need: Cell(need.where, "muted")),
]

RESOURCE: Resource[NeedRow] = Resource(
    id="overview",
    title="Overview",
    short_title="Over",
    help="What needs attention now",
    key="1",
    row="qpi_tui.rows.overview:NeedRow",
    screen="overview:OverviewScreen",
    noun=("line", "lines"),
    columns=COLUMNS,
)
