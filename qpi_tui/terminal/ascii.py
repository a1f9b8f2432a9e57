"""Plain ASCII output: each character that the console draws → an ASCII one of the same width.

Letters in names and texts stay the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter
from textual.widget import Widget

from qpi_tui.terminal.textual_internals import open_screens

# A warning's ▲ precedes a word; that of a column in ascending order follows one.
_WARNS = "▲(?= (?! ))"
# A gate's text has a blank behind it, which the longer name of π uses.
_PI = r"π([^\s│┤├─]*) "
_SIGNS = {
    "▲": "^", "▼": "v", "▶": ">", "▸": ">", "◂": "<", "▾": "v", "►": ">",
    "●": "*", "○": "o", "◐": "%", "◆": "#", "✓": "+", "✗": "x", "⊘": "/", "■": "*", "•": "*",
    "·": "|", "…": "~", "–": "-", "—": "-", "−": "-", "×": "x", "²": "'", "π": "p", "µ": "u", "↺": "@",
    "→": ">", "←": "<", "↑": "^", "↓": "v", "«": "<", "»": ">", "␊": "|", "�": "?", "≤": "<", "≥": ">",
    "░": ":", "▒": "+", "▓": "#", "▀": "=", "▔": "-", "▕": "|", "▐": "|",
    **dict.fromkeys("▁▂", "_"), **dict.fromkeys("▃▄▅", "="), **dict.fromkeys("▆▇█▉▊▋", "#"),
    **dict.fromkeys("▌▍▎▏", "|"),
}  # fmt: skip


def _box(char: str) -> str:
    """Return the ASCII for a line of a frame or circuit: `-`, `=`, `|`, and `+` where lines meet."""
    name = unicodedata.name(char)
    if "DIAGONAL" in name:
        return "X" if "CROSS" in name else "/" if "UPPER RIGHT TO" in name else "\\"
    across = re.search(r"HORIZONTAL|LEFT|RIGHT", name)
    along = re.search(r"VERTICAL|UP|DOWN", name)
    if across and along:
        # The side of a gate where a wire ends.
        return "|" if "VERTICAL" in name and "HORIZONTAL" not in name else "+"
    return "|" if along else "=" if "DOUBLE HORIZONTAL" in name else "-"


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    table = {ord(sign): plain for sign, plain in _SIGNS.items()}
    for code in range(0x2500, 0x2580):
        table.setdefault(code, _box(chr(code)))
    for code in range(0x2580, 0x25A0):
        table.setdefault(code, "#")
    for code in range(0x2800, 0x2900):
        table[code] = " " if code == 0x2800 else "." if (code - 0x2800).bit_count() < 3 else ":"
    return table


def plain(text: str) -> str:
    """Return the text in as many cells, with ASCII characters."""
    return text if text.isascii() else re.sub(_WARNS, "!", text).translate(_table())


def plain_circuit(text: str) -> str:
    """Return a drawn circuit in ASCII; π is spelled out if its gate has room."""
    return plain(re.sub(_PI, r"pi\1", text) if "π" in text else text)


class PlainFilter(LineFilter):
    """Converts every line of the screen on its way to the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with ASCII characters."""
        return [
            segment if segment.control or segment.text.isascii() else Segment(plain(segment.text), segment.style)
            for segment in segments
        ]


class AsciiMode(App[Any]):
    """An app that draws in plain ASCII while `plain` is set. Mix it in before `App`."""

    plain = False

    @cached_property
    def _plain_filter(self) -> LineFilter:
        return PlainFilter()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The filters of every line on its way to the terminal."""
        found = super().get_line_filters()
        return [*found, self._plain_filter] if self.plain else found

    def use_plain(self, plain: bool) -> None:
        """Draw everything in plain ASCII, or with all characters."""
        self.plain = plain
        for screen in open_screens(self):
            for node in screen.walk_children(Widget, with_self=True):
                node.refresh()
