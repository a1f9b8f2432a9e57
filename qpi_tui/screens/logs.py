"""The server's log: the newest entries, read every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from qpi_tui.domain.columns import Column
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources.server import LOG_COLUMNS
from qpi_tui.rows.decode import decode_all
from qpi_tui.rows.server import LogRow
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection

_LEVELS = ("", "warning", "error")
_WORDS = {"": "all levels", "warning": "warnings and errors", "error": "errors"}
# A server writes its log after 3 s without new entries, and each request is an entry.
_EVERY, _NEVER = 5.0, float("inf")
_MOST = 200


class LogsScreen(ListScreen[LogRow]):
    """The newest entries of the server's log."""

    area = "logs"
    topics: ClassVar[tuple[str, ...]] = ()
    noun: ClassVar[tuple[str, str]] = ("entry", "entries")
    brief_height = 3

    def __init__(self) -> None:
        super().__init__()
        self._level = ""
        self._set_following(True)

    @property
    def empty(self) -> str:  # type: ignore[override]  # depends on what is looked at
        """The message for an empty list."""
        return f"No log entries ({_WORDS[self._level]}). The server's settings decide whether it keeps a log."

    def columns(self) -> Sequence[Column]:
        """Time, level, status, message, account."""
        return LOG_COLUMNS

    async def read(self, connection: Connection) -> list[LogRow]:
        """The newest entries."""
        lenient: Any = connection.client
        return decode_all(LogRow, await lenient.list_logs(level=self._level or None, limit=_MOST))

    def merge(self, data: list[LogRow], events: Sequence[object]) -> list[LogRow] | None:
        """No event reports an entry."""
        return data

    def summary(self) -> list[Part]:
        """Return how many, of which levels, and whether it follows."""
        follows = f"following every {_EVERY:.0f} s" if self._following else "not following"
        newest = f"newest {len(self.records)}" if len(self.records) == _MOST else f"{len(self.records)}"
        return [(f"{newest} entries · {_WORDS[self._level]}", "bold"), (f" · {follows}", "$text-muted")]

    def detail(self, record: LogRow) -> list[list[Part]]:
        """Return the detail."""
        style = {"error": "bold $text-error", "warning": "bold $text-warning"}.get(record.level_word, "bold")
        lines: list[list[Part]] = [[(record.level_word, style)], [(record.message, "")], [("", "")]]
        lines += [[(f"{name:<10} ", "$text-muted"), (value, "")] for name, value in record.lines]
        return [*lines, [("UTC        ", "$text-muted"), (record.created, "")]]

    def brief(self, record: LogRow) -> list[list[Part]]:
        """Return the message and the error."""
        told = dict(record.lines)
        return [
            [(self.in_brief(record.message, 1), "bold")],
            [(self.in_brief(told.get("error", ""), 1), "$text-error")],
            [(self.in_brief(told.get("details", ""), 1), "$text-muted")],
        ]

    def key_words(self) -> list[tuple[str, str]]:
        """Marking has no use here."""
        return [(key, word) for key, word in super().key_words() if word != "mark"]

    def do_level(self) -> None:
        """Cycle all entries, warnings and errors, errors only."""
        self._level = _LEVELS[(_LEVELS.index(self._level) + 1) % len(_LEVELS)]
        self.feed.forget()
        self.feed.poke()

    def do_follow(self) -> None:
        """Toggle reading new entries every few seconds."""
        self._set_following(not self._following)
        self.feed.poke()
        self.repaint_summary()

    def _set_following(self, following: bool) -> None:
        self._following = following
        self.at_most, self.at_least = (_EVERY, 0.0) if following else (_NEVER, 3600.0)  # type: ignore[misc]  # it varies

    def do_app_back(self) -> None:
        """Close the filter, then return to the server."""
        if self._filter_made and self.filter_bar.display:
            super().do_app_back()
        else:
            self.dismiss()
