"""A line of the overview: something that somebody should know or do."""

from __future__ import annotations

from qpi_tui.rows.base import Row


class NeedRow(Row, frozen=True, kw_only=True):
    """A line: its mark, what is so, and where it leads (a screen, one of its records, words for its filter).

    `where` names the screen and the key that leads there.
    """

    mark: str
    text: str
    place: str
    record: str = ""
    words: str = ""
    where: str = ""

    @property
    def urgent(self) -> bool:
        """Whether somebody should do something."""
        return self.mark in {"▲", "✗"}
