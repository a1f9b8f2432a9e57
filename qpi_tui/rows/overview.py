"""A line of the overview: something to know or do."""

from __future__ import annotations

from qpi_tui.rows.base import Row


class NeedRow(Row, frozen=True, kw_only=True):
    """A line: sign, text, and destination (a screen, a record, words for the filter).

    `where` names the screen and its key.
    """

    mark: str
    text: str
    place: str
    record: str = ""
    words: str = ""
    where: str = ""

    @property
    def urgent(self) -> bool:
        """Whether it needs attention."""
        return self.mark in {"▲", "✗"}
