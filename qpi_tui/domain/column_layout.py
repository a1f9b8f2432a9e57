"""Fit columns into a width, and render a record as one line of styled pieces. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from qpi_tui.domain.columns import Column
from qpi_tui.domain.sanitize import cells, fit

GUTTER = 3  # The cursor's bar, the mark, a space.
GAP = 2
_FLEX_LEAST = 12
_LEAST = 4
_MOST = 500  # Number of lines to cache.
Piece = tuple[str, str]
"""A text and the name of its style."""
Pieces = tuple[Piece, ...]


class Placed(NamedTuple):
    """A column and its cells."""

    column: Column
    width: int


def place(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """Return the columns that fit, with widths: those with the highest need are dropped first, then the last are cut.

    Flexible columns share the remaining space.
    """
    kept = [column for column in columns if not column.hidden]
    room = width - GUTTER
    while _least(kept) > room:
        spare = max(kept, key=lambda column: column.need, default=None)
        if spare is None or spare.need <= 0:
            break
        last = max(index for index, column in enumerate(kept) if column.need == spare.need)
        del kept[last]
    widths = [_narrowest(column) for column in kept]
    left = room - sum(widths) - GAP * max(len(kept) - 1, 0)
    for index, column in enumerate(kept):
        if not column.flex:
            grown = max(min(column.width - widths[index], left), 0)
            widths[index] += grown
            left -= grown
    flexible = [index for index, column in enumerate(kept) if column.flex]
    for count, index in enumerate(flexible):
        share = left // (len(flexible) - count) if left > 0 else max(left, _LEAST - widths[index])
        widths[index] += share
        left -= share
    placed: list[Placed] = []
    for column, wanted in zip(kept, widths, strict=True):
        gap = GAP if placed else 0
        given = min(wanted, room - gap)
        if given < min(_LEAST, wanted):
            break
        placed.append(Placed(column, given))
        room -= given + gap
    return tuple(placed)


def header(placed: Sequence[Placed], width: int, sort: tuple[str, bool] | None) -> Pieces:
    """Return the header line, with ▲ or ▼ at the sort column (in the gutter if the default order is reversed)."""
    gutter = " " * GUTTER
    if sort is not None and not sort[0]:
        gutter = f" {'▼' if sort[1] else '▲'} "
    texts = []
    for place in placed:
        label = place.column.label
        if sort is not None and sort[0] == place.column.key:
            arrow = "▼" if sort[1] else "▲"
            label = f"{fit(label, min(cells(label), max(place.width - 2, 0)))} {arrow}".lstrip()
        texts.append(_aligned(label, place))
    return ((fit(gutter + (" " * GAP).join(texts), max(width, 0)), ""),)


def line(placed: Sequence[Placed], record: Any, width: int, *, cursor: bool, marked: bool) -> Pieces:
    """Return a record as parts that fill exactly `width` cells, with neighbours of the same style joined."""
    pieces: list[Piece] = [("▌" if cursor else " ", "bar" if cursor else ""), ("✓ " if marked else "  ", "mark")]
    for index, place in enumerate(placed):
        if index:
            pieces.append((" " * GAP, ""))
        cell = place.column.cell(record)
        text, style = (cell, "") if isinstance(cell, str) else (cell.text, cell.style)
        pieces.append((_aligned(text, place), style))
    used = GUTTER + sum(place.width for place in placed) + GAP * max(len(placed) - 1, 0)
    if used < width:
        pieces.append((" " * (width - used), ""))
    return joined(pieces)


def coming(width: int, *, cursor: bool) -> Pieces:
    """Return the line of a record that is still being read."""
    bar: Piece = ("▌" if cursor else " ", "bar" if cursor else "")
    return joined((bar, (fit("  …", max(width - 1, 0)).ljust(max(width - 1, 0)), "muted")))


def joined(pieces: Sequence[Piece]) -> Pieces:
    """Join neighbours of one style; blank ones take the style of the previous part."""
    found: list[Piece] = []
    for text, style in pieces:
        if found and (style == found[-1][1] or text.isspace()):
            found[-1] = (found[-1][0] + text, found[-1][1])
        else:
            found.append((text, style))
    return tuple(found)


def column_at(placed: Sequence[Placed], x: int) -> Column | None:
    """Return the column at this cell of the line."""
    start = GUTTER
    for place in placed:
        if start <= x < start + place.width:
            return place.column
        start += place.width + GAP
    return None


def _aligned(text: str, place: Placed) -> str:
    if place.column.align == "right":
        room = place.width - cells(text)
        if room > 0:
            return " " * room + text
    return fit(text, place.width)


def _least(columns: Sequence[Column]) -> int:
    return sum(map(_narrowest, columns)) + GAP * max(len(columns) - 1, 0)


def _narrowest(column: Column) -> int:
    return column.least or (min(column.width, _FLEX_LEAST) if column.flex else column.width)


def empty_line(text: str, width: int) -> Pieces:
    """Return a sentence in the middle of a line."""
    room = max(width - cells(text), 0)
    return ((fit(" " * (room // 2) + text, max(width, 0)), "muted"),)


class MadeLines:
    """A cache of record lines, so that a key renders only the changed ones."""

    def __init__(self) -> None:
        self._lines: dict[str, tuple[Any, tuple[int, bool, bool], Pieces]] = {}

    def line(self, placed: Sequence[Placed], record: Any, width: int, *, cursor: bool, marked: bool) -> Pieces:
        """Return the line of a record; rendered again if the record or its display changed."""
        how = (width, cursor, marked)
        made = self._lines.get(record.id)
        if made is not None and made[0] is record and made[1] == how:
            return made[2]
        if len(self._lines) > _MOST:
            self._lines.clear()
        new = line(placed, record, width, cursor=cursor, marked=marked)
        self._lines[record.id] = (record, how, new)
        return new

    def forget(self) -> None:
        """Cells may say something else: other records, other columns, another minute."""
        self._lines.clear()
