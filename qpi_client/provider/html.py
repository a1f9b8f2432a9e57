"""Backends, jobs and results as small tables and histograms for notebooks. All text is escaped."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

MOST_BARS = 16
"""Maximum outcomes in a histogram; the rest is summed up."""
_LONGEST = 200
_CELL = "text-align:left;padding:2px 10px;font-variant-numeric:tabular-nums"


def table(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Return an HTML table with a title and name-value rows, without rows that have no value."""
    lines = [
        f'<tr><th style="{_CELL}">{safe(word)}</th><td style="{_CELL}">{safe(value)}</td></tr>'
        for word, value in rows
        if value not in (None, "")
    ]
    return f"<div><b>{safe(title)}</b><table>{''.join(lines)}</table></div>"


def histogram(counts: Mapping[str, int], title: str = "") -> str:
    """Return counts as bars, largest first."""
    total = sum(counts.values())
    if not total:
        return f"<div>{safe(title)} no counts</div>"
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [(bits, count) for bits, count in ranked[:MOST_BARS] if count]
    rest = total - sum(count for _, count in shown)
    most = max(count for _, count in shown)
    lines = [_bar(bits, count, count / total, count / most) for bits, count in shown]
    if rest:
        others = sum(1 for _, count in ranked[MOST_BARS:] if count)
        lines.append(_bar(f"{others:,} others", rest, rest / total, 0.0))
    head = f"<b>{safe(title)}</b>" if title else ""
    return f"<div>{head}<table>{''.join(lines)}</table></div>"


def _bar(bits: str, count: int, share: float, length: float) -> str:
    bar = f'<div style="background:#4c78a8;height:10px;width:{round(200 * length)}px"></div>'
    return (
        f'<tr><td style="{_CELL};font-family:monospace">{safe(bits)}</td><td>{bar}</td>'
        f'<td style="{_CELL}">{count:,}</td><td style="{_CELL}">{100 * share:.1f} %</td></tr>'
    )


def safe(value: object) -> str:
    """Return a value as escaped HTML text."""
    text = "".join(letter if letter.isprintable() else "·" for letter in str(value))
    return html.escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")
