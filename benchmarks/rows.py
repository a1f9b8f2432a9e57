"""Sorting and filtering a hundred thousand jobs in our table, beside Textual's with the same rows."""

from __future__ import annotations

from benchmarks.figures import Figure
from benchmarks.table import run

ROWS = 100_000


def rows(count: int = ROWS) -> list[Figure]:
    """Times until the screen is drawn."""
    ours, theirs = run("ours", count), run("textuals", count)
    what = f"{count:,} jobs"
    return [
        Figure(f"{what}: sorted by another column", ours["sort"], "ms", 80, "DataTable", theirs["sort"]),
        Figure(
            f"{what}: filtered, a further letter", ours["filter_next"], "ms", 30, "DataTable", theirs["filter_next"]
        ),
        Figure(
            f"{what}: filtered, the first letters",
            ours["filter_first"],
            "ms",
            None,
            "DataTable",
            theirs["filter_first"],
        ),
        Figure(
            f"{what}: a refresh with one changed cell", ours["one_cell"], "ms", None, "DataTable", theirs["one_cell"]
        ),
    ]
