"""A timeline as a bar: the periods between events in proportion, with the times above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qpi_tui.domain.sanitize import cells, fit
from qpi_tui.plots.parts import Line, padded

LEAST = 60
"""Minimum columns of the bar."""


class Stretch(NamedTuple):
    """The period between two stops: in words, its seconds, and its style."""

    said: str
    seconds: float
    sign: str
    ascii_sign: str
    style: str


def timeline(stops: Sequence[str], stretches: Sequence[Stretch], *, width: int, ascii: bool = False) -> list[Line]:
    """Return two lines of exactly `width` columns; none if they do not fit.

    There is a period for each stop if the last one continues, otherwise one less. Each is as wide as its duration, and
    wide enough for its words; so is the distance between stops.
    """
    least = [max(cells(stretch.said) + 4, cells(stop) + 2) for stretch, stop in zip(stretches, stops, strict=False)]
    # The last stop is at the right end.
    if len(stops) > len(stretches):
        least[-1] += cells(stops[-1])
    if not stretches or sum(least) > width:
        return []
    widths = _shared([stretch.seconds for stretch in stretches], least, width)
    head: Line = []
    for stop, room in zip(stops, widths, strict=False):
        head.append((fit(stop, room), ""))
    if len(stops) > len(stretches):
        last = stops[-1]
        text, style = head.pop()
        head += [(fit(text.rstrip(), widths[-1] - cells(last)), style), (last, "bold")]
    bars: Line = []
    for stretch, room in zip(stretches, widths, strict=True):
        sign = stretch.ascii_sign if ascii else stretch.sign
        inner = f" {stretch.said} "
        left = (room - cells(inner)) // 2
        bars += [(sign * left, stretch.style), (inner, "bold"), (sign * (room - left - cells(inner)), stretch.style)]
    return [padded(head, width), padded(bars, width)]


def _shared(shares: Sequence[float], least: Sequence[int], width: int) -> list[int]:
    """Return widths in proportion to the shares, none below its minimum."""
    total = sum(max(share, 0.0) for share in shares) or 1.0
    widths = [max(round(max(share, 0.0) / total * width), need) for share, need in zip(shares, least, strict=True)]
    while (over := sum(widths) - width) != 0:
        if over < 0:
            widths[max(range(len(widths)), key=lambda at: shares[at])] -= over
        else:
            at = max(range(len(widths)), key=lambda each: widths[each] - least[each])
            widths[at] -= min(over, widths[at] - least[at])
    return widths
