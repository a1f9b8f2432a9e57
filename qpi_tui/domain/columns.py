"""Columns: cell, sort key, priority, and properties for filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

WIDE = 110
"""Terminal columns from which all columns of a list, or a detail beside it, fit."""
Style = Literal["", "ok", "bad", "warn", "muted", "accent"]


class HasId(Protocol):
    """A record with an `id` for a table. Rows with a `search` text are filtered by it."""

    @property
    def id(self) -> str:
        """The record's identity."""


class Cell(NamedTuple):
    """A cell's text and style: a state has a colour and a sign."""

    text: str
    style: Style = ""


class Column(NamedTuple):
    """A column of a table of rows.

    `width` is in cells; a `flex` column takes the remaining space. `need`: higher ones are left out first without room.
    `least`: the width it may be cut to before another is left out (0: never, a flexible one to twelve). `sort` returns
    a comparable value; without it the text sorts. A `hidden` one is used by filter and sorting, but not shown.
    """

    key: str
    label: str
    width: int
    cell: Callable[[Any], str | Cell]
    flex: bool = False
    align: Literal["left", "right"] = "left"
    need: int = 0
    least: int = 0
    sort: Callable[[Any], Any] | None = None
    hidden: bool = False


class Rule(NamedTuple):
    """A list's settings for a field beside its column.

    Args:
        texts: The texts of a row to search for a value, instead of the column's.
        id: The attribute with the id of the related record: it matches in full only, and rows with the same id have the
            same texts.
        choices: The allowed values, each with synonyms; anything else is a mistake.
    """

    texts: Callable[[Any], Sequence[str]] | None = None
    id: str = ""
    choices: Mapping[str, Sequence[str]] = MappingProxyType({})
