"""Draw small line charts with a logarithmic axis and the limit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, COLUMNS = 380, 210, 2
LEFT, RIGHT, TOP, BOTTOM = 16, 16, 48, 34
# Visible on light and dark pages.
INK, LINE, LIMIT = "#808890", "#3b82f6", "#e05252"


@dataclass(frozen=True)
class Curve:
    """Values over the number of jobs. `limit` is the maximum allowed."""

    title: str
    unit: str
    values: Sequence[tuple[int, float]]
    limit: float | None = None


def number(value: float) -> str:
    """Format a value for people."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def svg(curves: Sequence[Curve]) -> str:
    """Return the charts as one picture."""
    rows = math.ceil(len(curves) / COLUMNS)
    width, height = WIDTH * COLUMNS, HEIGHT * rows
    charts = [_chart(curve, (n % COLUMNS) * WIDTH, (n // COLUMNS) * HEIGHT) for n, curve in enumerate(curves)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="11" fill="{INK}">'
    )
    return "\n".join([head, *charts, "</svg>", ""])


def _chart(curve: Curve, left: int, top: int) -> str:
    points = sorted(curve.values)
    most = max([value for _, value in points] + ([curve.limit] if curve.limit else [])) * 1.12 or 1.0
    first, last = math.log10(points[0][0]), math.log10(points[-1][0])

    def x(jobs: int) -> float:
        share = 0.5 if last == first else (math.log10(jobs) - first) / (last - first)
        return LEFT + 22 + share * (WIDTH - LEFT - RIGHT - 44)

    def y(value: float) -> float:
        return TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM)

    bottom = HEIGHT - BOTTOM
    parts = [
        f'<g transform="translate({left} {top})">',
        f'<text x="{LEFT}" y="20" font-weight="600">{escape(curve.title)}</text>',
        f'<path d="M{LEFT} {bottom}H{WIDTH - RIGHT}" stroke="{INK}" stroke-width="0.7" opacity="0.6"/>',
    ]
    if curve.limit is not None:
        at = y(curve.limit)
        parts += [
            f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="{LIMIT}" stroke-dasharray="4 3"/>',
            f'<text x="{LEFT}" y="36" fill="{LIMIT}">limit {number(curve.limit)} {escape(curve.unit)}</text>',
        ]
    path = " ".join(f"{'L' if n else 'M'}{x(jobs):.1f} {y(value):.1f}" for n, (jobs, value) in enumerate(points))
    parts.append(f'<path d="{path}" fill="none" stroke="{LINE}" stroke-width="2"/>')
    for jobs, value in points:
        here, there = x(jobs), y(value)
        parts += [
            f'<circle cx="{here:.1f}" cy="{there:.1f}" r="3" fill="{LINE}"/>',
            f'<text x="{here:.1f}" y="{there - 7:.1f}" text-anchor="middle">{number(value)}</text>',
            f'<text x="{here:.1f}" y="{bottom + 15}" text-anchor="middle">{jobs:,}</text>',
        ]
    parts.append(f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end">{escape(curve.unit)}</text></g>')
    return "\n".join(parts)
