"""Counts by weekday and hour as shades."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_tui.plots.parts import Line, padded

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHADES = "·░▒▓█"
_ASCII_SHADES = ".-+*#"
LINES = 8
"""A line for the hours, and one for each day."""
_LABEL = 4


def heat_map(counts: Sequence[Sequence[int]], *, width: int, ascii: bool = False) -> list[Line]:
    """Return seven lines of 24 hours below a line of hours, as wide as there is room: one to four cells per hour."""
    shades = _ASCII_SHADES if ascii else _SHADES
    each = max(min((width - _LABEL) // 24, 4), 1)
    most = max(max(row, default=0) for row in counts) if counts else 0
    hours = "".join(f"{hour:02d}".ljust(6 * each) for hour in range(0, 24, 6))
    lines: list[Line] = [padded([(" " * _LABEL + hours, "$text-muted")], width)]
    for day, row in zip(_DAYS, counts, strict=True):
        drawn = "".join(_shade(count, most, shades) * each for count in row)
        lines.append(padded([(f"{day} ", "$text-muted"), (drawn, "$text-accent")], width))
    return lines


def _shade(count: int, most: int, shades: str) -> str:
    # A value above 0 is visible.
    return shades[-(-count * (len(shades) - 1) // most)] if count and most else shades[0]
