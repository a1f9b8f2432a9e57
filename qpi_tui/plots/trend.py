"""A series over time as a line of bars, with its minimum, maximum and last value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime

from qpi_tui.plots.parts import Line, number, padded

Point = tuple[datetime, float | None]
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "_.-=+*#@"
_GAP = "·"


def sparkline(series: Sequence[Point], *, width: int, ascii: bool = False) -> str:
    """Return `width` columns of equal time, each the mean of its values as a level; `·` (ASCII: a space) for none."""
    means = _means(series, width)
    values = [value for value in means if value is not None]
    if not values:
        return (" " if ascii else _GAP) * width
    low, high = min(values), max(values)
    levels = _ASCII_LEVELS if ascii else _LEVELS
    # A constant series is a line in the middle, not at the bottom.
    flat = levels[len(levels) // 2 - 1]

    def level(value: float) -> str:
        if high == low:
            return flat
        return levels[min(int((value / 2 - low / 2) / (high / 2 - low / 2) * len(levels)), len(levels) - 1)]

    return "".join((" " if ascii else _GAP) if value is None else level(value) for value in means)


def levels(values: Sequence[float | None], *, ascii: bool = False) -> str:
    """Return a character for each count, from nothing up to the largest; `·` (ASCII: a space) if unknown."""
    signs = _ASCII_LEVELS if ascii else _LEVELS
    most = max((value for value in values if value is not None), default=0)

    def level(value: float | None) -> str:
        if value is None:
            return " " if ascii else _GAP
        # A value above 0 is visible.
        return signs[0] if value <= 0 else signs[max(math.ceil(value / most * (len(signs) - 1)), 1)]

    return "".join(map(level, values))


def chart(
    series: Sequence[Point], *, width: int, height: int, say: Callable[[float], str] = number, ascii: bool = False
) -> list[Line]:
    """Return a `sparkline` of `height` lines: maximum and minimum at the left, start and end below."""
    low_high = [value for _, value in series if value is not None and math.isfinite(value)]
    if not low_high or height < 2:
        return [padded([("nothing measured", "$text-muted")], width)]
    low, high = min(low_high), max(low_high)
    labels = max(len(say(low)), len(say(high)))
    means = _means(series, width - labels - 1)
    steps = 2 if ascii else 8
    full = height * steps

    def filled(value: float | None) -> int:
        if value is None:
            return 0
        # Halves, for numbers whose difference overflows; the minimum is still visible.
        share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
        return max(round(share * full), 1)

    levels = " .:" if ascii else " ▁▂▃▄▅▆▇█"
    lines: list[Line] = []
    for row in range(height):
        below = (height - 1 - row) * steps
        bars = "".join(levels[min(max(filled(value) - below, 0), steps)] for value in means)
        label = say(high) if row == 0 else say(low) if row == height - 1 else ""
        lines.append(padded([(f"{label:>{labels}} ", "$text-muted"), (bars, "$text-accent")], width))
    begin, end = f"{series[0][0]:%H:%M}", f"{series[-1][0]:%H:%M}"
    room = max(width - labels - 1 - len(begin), 6)
    lines.append(padded([(" " * (labels + 1) + begin + end.rjust(room), "$text-muted")], width))
    return lines


def trend(
    series: Sequence[Point], *, width: int, say: Callable[[float], str] = number, ascii: bool = False
) -> list[Line]:
    """Return two lines of exactly `width` columns: the sparkline; minimum, maximum, last value, start and end.

    `series` is (time, value or None) in order of time; `say` formats a value.
    """
    known = [(time, value) for time, value in series if value is not None and math.isfinite(value)]
    if not known:
        return [padded([("nothing measured", "$text-muted")], width)]
    values = [value for _, value in known]
    last_time, last_value = known[-1]
    said: Line = [
        ("min ", "$text-muted"), (say(min(values)), ""), ("  max ", "$text-muted"), (say(max(values)), ""),
        ("  last ", "$text-muted"), (say(last_value), "bold"),
    ]  # fmt: skip
    missing = len(series) - len(known)
    if missing:
        said.append((f"  {missing:,} missing", "$text-warning"))
    said.append((f"  {series[0][0]:%H:%M} – {last_time:%H:%M}", "$text-muted"))
    return [
        padded([(sparkline(series, width=width, ascii=ascii), "$text-accent")], width),
        padded(said, width),
    ]


def _means(series: Sequence[Point], width: int) -> list[float | None]:
    """Return the mean of each of `width` equal periods; the ends belong to the first and the last."""
    if width <= 0 or not series:
        return [None] * max(width, 0)
    start = series[0][0].timestamp()
    span = series[-1][0].timestamp() - start
    buckets: list[list[float]] = [[] for _ in range(width)]
    seen = [False] * width
    for time, value in series:
        x = min(int((time.timestamp() - start) / span * width), width - 1) if span > 0 else width - 1
        seen[x] = True
        if value is not None and math.isfinite(value):
            buckets[x].append(value)
    means: list[float | None] = [_mean(bucket) if bucket else None for bucket in buckets]
    # Fewer measurements than columns: a value holds until the next measurement, a missing one too.
    for x in range(1, width):
        if not seen[x]:
            means[x] = means[x - 1]
    return means


def _mean(values: Sequence[float]) -> float:
    """Return the mean, also of numbers whose sum overflows."""
    mean = math.fsum(value / 2 / len(values) for value in values) * 2
    return min(max(mean, min(values)), max(values))
