"""A row of one of several servers, in a list that shows them all."""

from __future__ import annotations

from typing import Any

from qpi_tui.rows.base import Row


class MergedRow:
    """Everything that the row says, and which server it is of: `at` is the server's number, `server` its name.

    Its id is another one on each server: two servers may give out the same.
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
