"""A benchmark result: a number, its limit, and a baseline measured in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row of the table.

    `limit` is the maximum of the ratio if `of_ratio`, otherwise of the number itself. `exact` figures (bytes,
    counts) are the same on every machine, so they can fail a check; times cannot.
    """

    what: str
    value: float
    unit: str = ""
    limit: float | None = None
    beside: str = ""
    other: float | None = None
    of_ratio: bool = False
    exact: bool = False

    @property
    def ratio(self) -> float | None:
        """Return the number divided by its baseline."""
        return self.value / self.other if self.other else None

    @property
    def kept(self) -> bool | None:
        """Whether the limit is met; None if there is none."""
        if self.limit is None:
            return None
        measured = self.ratio if self.of_ratio else self.value
        return measured is not None and measured <= self.limit

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the row: metric, value, limit, baseline, ratio, verdict."""
        must = "" if self.limit is None else f"≤ {number(self.limit)}{' ×' if self.of_ratio else f' {self.unit}'}"
        beside = self.beside if self.other is None else f"{self.beside}: {number(self.other)} {self.unit}".rstrip()
        ratio = f"{self.ratio:.3g} ×" if self.ratio is not None else ""
        verdict = {None: "", True: "OK", False: "EXCEEDED"}[self.kept]
        return self.what, f"{number(self.value)} {self.unit}".rstrip(), must.rstrip(), beside, ratio, verdict


HEADS = ("Metric", "Measured", "Limit", "Baseline, same run", "Ratio", "Result")


def number(value: float) -> str:
    """Format a number for people."""
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(figures: Iterable[Figure]) -> str:
    """Format the figures for a terminal."""
    rows = [HEADS, *[figure.cells() for figure in figures]]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown(figures: Iterable[Figure]) -> str:
    """Format the figures as a Markdown table."""
    rows = [HEADS, ("---",) * len(HEADS), *[figure.cells() for figure in figures]]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
