"""Columns: cell, sort key, priority, and properties for filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

WIDE = 110
"""Columns of the terminal from which there is room for all columns of a list, or for a detail beside it."""
Style = Literal["", "ok", "bad", "warn", "muted", "accent"]


class HasId(Protocol):
    """A record with an `id`, which a table can show. Rows with a `search` text are filtered by it."""

    @property
    def id(self) -> str:
        """The record's identity."""


class Cell(NamedTuple):
    """A cell's text and what it means: a state has a colour, and a shape too."""

    text: str
    style: Style = ""


class Column(NamedTuple):
    """A column of a table of rows.

    `width` is in cells; a `flex` column takes what is left. `need`: the higher, the sooner it is left out when there is
    no room. `least`: it may be cut to this before any other is left out (0: never, a flexible one to twelve). `sort`
    gives something comparable; without it the text sorts. A `hidden` one is searched and sorted by, and not shown.
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
    """What a list says of a field beside its column.

    Args:
        texts: The texts of a row that a value is looked for in, in place of the column's.
        id: The attribute with the id of what the field refers to: it is matched whole only, and rows with the same id
            have the same texts.
        choices: The values that there are, each with other words for it; anything else is a mistake.
    """

    texts: Callable[[Any], Sequence[str]] | None = None
    id: str = ""
    choices: Mapping[str, Sequence[str]] = MappingProxyType({})
