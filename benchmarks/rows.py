"""Sorting and filtering a hundred thousand jobs in the record table, compared with Textual's with the same rows."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.table import run

ROWS = 100_000


def rows(count: int = ROWS) -> list[Figure]:
    """Measure times until the screen is drawn."""
    ours, theirs = run("ours", count), run("textuals", count)
    what = f"{count:,} jobs"
    return [
        Figure(f"{what}: sort by another column", ours["sort"], "ms", 80, "DataTable", theirs["sort"]),
        Figure(f"{what}: filter, one more letter", ours["filter_next"], "ms", 30, "DataTable", theirs["filter_next"]),
        Figure(
            f"{what}: filter, first letters",
            ours["filter_first"],
            "ms",
            None,
            "DataTable",
            theirs["filter_first"],
        ),
        Figure(f"{what}: refresh with one changed cell", ours["one_cell"], "ms", None, "DataTable", theirs["one_cell"]),
    ]
