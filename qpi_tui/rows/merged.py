"""A row of one of several servers, in a list that shows them all."""

from __future__ import annotations

from typing import Any

from qpi_tui.rows.base import Row


class MergedRow:
    """The row's data and its server: `at` is the server's number, `server` its name.

    Its id includes the server: two servers may use the same id.
    """

    __slots__ = ("at", "id", "row", "server")

    def __init__(self, at: int, server: str, row: Row) -> None:
        self.at = at
        self.server = server
        self.row = row
        self.id = f"{at}/{row.id}"

    def __getattr__(self, name: str) -> Any:
        if name in MergedRow.__slots__:
            raise AttributeError(name)
        return getattr(self.row, name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MergedRow) and (self.id, self.row) == (other.id, other.row)

    def __hash__(self) -> int:
        return hash(self.id)
