"""The user's choice of columns of a list, their order and widths. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from qpi_tui.domain.columns import WIDE, Column

LEAST, MOST = 3, 120
"""The allowed widths of a column."""


class Chosen(NamedTuple):
    """A column by its key, and its width; 0: the default."""

    key: str
    width: int = 0

    def __str__(self) -> str:
        return f"{self.key}:{self.width}" if self.width else self.key


class ColumnSets(NamedTuple):
    """The chosen columns in order, and others for a narrow terminal. Empty: the defaults."""

    wide: tuple[Chosen, ...] = ()
    narrow: tuple[Chosen, ...] = ()

    def at(self, width: int) -> tuple[Chosen, ...]:
        """Return the columns for a terminal of this width."""
        return self.narrow if self.narrow and width < WIDE else self.wide

    def with_choice(self, width: int, choice: Sequence[Chosen]) -> ColumnSets:
        """Return the choice with other columns for a terminal of this width."""
        if width < WIDE:
            return self._replace(narrow=tuple(choice))
        return self._replace(wide=tuple(choice))


def arranged(columns: Sequence[Column], choice: Sequence[Chosen]) -> list[Column]:
    """The chosen columns in their order; the others behind them, hidden: they are still searched and sorted by.

    What is chosen and not among the columns is passed over: a role may not have it.
    """
    by_key = {column.key: column for column in columns}
    shown = [_sized(by_key[each.key], each.width) for each in choice if each.key in by_key]
    if not shown:
        return list(columns)
    taken = {column.key for column in shown}
    return [*shown, *[column._replace(hidden=True) for column in columns if column.key not in taken]]


def visible(columns: Sequence[Column]) -> list[Column]:
    """Return the visible columns."""
    return [column for column in columns if not column.hidden]


def read_choice(words: Sequence[str]) -> tuple[Chosen, ...]:
    """Parse `["id", "qpu:20"]`; an invalid width is a `ValueError` with a sentence."""
    found = []
    for word in words:
        key, colon, width = word.partition(":")
        if colon and not (width.isdecimal() and LEAST <= int(width) <= MOST):
            raise ValueError(f"the width of {key!r} must be a number from {LEAST} to {MOST}")
        found.append(Chosen(key, int(width) if colon else 0))
    return tuple(found)


def _sized(column: Column, width: int) -> Column:
    return column._replace(width=width, flex=False, least=0) if width else column
