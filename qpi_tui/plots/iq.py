"""IQ points as a scatter: in-phase to the right, quadrature up, scaled to the data."""

from __future__ import annotations

import math
from collections.abc import Iterable

from qpi_tui.plots.parts import Line, number, padded

# Braille: two columns and four rows of dots in a cell, each dot a bit.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_DENSITY = " .:+*#"
_MARGIN = 9  # Columns of the labels at the left.


def scatter(points: Iterable[complex], *, width: int, height: int, ascii: bool = False) -> list[Line]:
    """Return `height` lines of exactly `width` columns: braille dots (ASCII: density), axes with their scale.

    Both axes have the same scale, as far as cells allow that are twice as high as wide, so that distances and angles
    are right. Points that are not finite are left out and counted in the last line.
    """
    given = list(points)
    good = [point for point in given if math.isfinite(point.real) and math.isfinite(point.imag)]
    if not good:
        return [padded([("no IQ points", "$text-muted")], width)]
    # Differences of the largest numbers overflow: such points are scaled by the largest.
    most = max(max(abs(point.real), abs(point.imag)) for point in good)
    unit = most if most > 1e150 else 1.0
    good = [complex(point.real / unit, point.imag / unit) for point in good]
    columns, rows = max(width - _MARGIN - 1, 2), max(height - 2, 1)
    across, down = (columns, rows) if ascii else (columns * 2, rows * 4)
    # A cell is twice as high as it is wide; a braille dot is as high as it is wide.
    left, bottom, step_x, step_y = _frame(good, across, down, 2.0 if ascii else 1.0)
    grid: dict[tuple[int, int], int] = {}
    for point in good:
        x = min(max(round((point.real - left) / step_x), 0), across - 1)
        y = down - 1 - min(max(round((point.imag - bottom) / step_y), 0), down - 1)
        if ascii:
            grid[y, x] = grid.get((y, x), 0) + 1
        else:
            cell = (y // 4, x // 2)
            grid[cell] = grid.get(cell, 0) | _DOTS[y % 4][x % 2]
    low_q, span_q = bottom * unit, step_y * (down - 1) * unit
    lines = [_row(row, rows, columns, grid, low_q, span_q, ascii, width) for row in range(rows)]
    right = left + step_x * (across - 1)
    line_end = ("+" if ascii else "└") + ("-" if ascii else "─") * columns
    lines.append(padded([(" " * _MARGIN + line_end, "$text-muted")], width))
    low, high = number(left * unit), number(right * unit)
    many = f"I, {len(good):,} point{'s' * (len(good) != 1)}"
    bad = f"{len(given) - len(good):,} not finite" if len(given) > len(good) else ""
    gap = max(columns - len(low) - len(high), 1)
    words = (", ".join(filter(None, (many, bad))), bad or "I", "")
    middle = next(text for text in words if len(text) + 2 <= gap or not text)
    scale = low + middle.center(gap) + high
    lines.append(padded([(" " * (_MARGIN + 1) + scale, "$text-muted")], width))
    return lines


def _frame(points: list[complex], across: int, down: int, ratio: float) -> tuple[float, float, float, float]:
    """Return the corner of the picture and the size of a dot; `ratio` is a dot's height by its width."""
    low_x, high_x = min(p.real for p in points), max(p.real for p in points)
    low_y, high_y = min(p.imag for p in points), max(p.imag for p in points)
    span_x, span_y = high_x - low_x, high_y - low_y
    largest = max(abs(low_x), abs(high_x), abs(low_y), abs(high_y), 1e-300)
    step = max(span_x * 1.1 / max(across - 1, 1), span_y * 1.1 / max(down - 1, 1) / ratio)
    if not math.isfinite(step):
        step = 4 * largest / max(across - 1, 1) if math.isfinite(4 * largest) else largest / max(across - 1, 1)
    if step <= largest * 1e-12:
        step = largest / max(across - 1, 1)
    step_y = step * ratio
    return (
        low_x / 2 + high_x / 2 - step * (across - 1) / 2,
        low_y / 2 + high_y / 2 - step_y * (down - 1) / 2,
        step,
        step_y,
    )


def _row(
    row: int,
    rows: int,
    columns: int,
    grid: dict[tuple[int, int], int],
    bottom: float,
    span: float,
    ascii: bool,
    width: int,
) -> Line:
    label = ""
    if row == 0:
        label = number(bottom + span)
    elif row == rows - 1:
        label = number(bottom)
    elif row == rows // 2:
        label = "Q"
    if ascii:
        most = max(grid.values())
        text = "".join(_density(grid.get((row, x), 0), most) for x in range(columns))
    else:
        text = "".join(chr(0x2800 + grid[row, x]) if (row, x) in grid else " " for x in range(columns))
    side = "|" if ascii else "┤" if label and label != "Q" else "│"
    return padded([(f"{label:>{_MARGIN}}{side}", "$text-muted"), (text, "$text-accent")], width)


def _density(count: int, most: int) -> str:
    if count == 0:
        return " "
    return _DENSITY[max(math.ceil(count / most * (len(_DENSITY) - 1)), 1)]
