"""Plain ASCII, where it is asked for: each sign that the console draws → one of ASCII, so that nothing moves.

Letters of people's names and of what they wrote stay as they are.
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

# A warning's ▲ precedes a word; a column's, that of ascending order, follows one.
_WARNS = re.compile("▲(?= (?! ))")
# A gate's text has a blank behind it, which the longer name of π takes.
_PI = re.compile(r"π([^\s│┤├─]*) ")
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
    """A line of a frame or of a circuit: `-`, `=`, `|`, and `+` where lines meet."""
    name = unicodedata.name(char)
    if "DIAGONAL" in name:
        return "X" if "CROSS" in name else "/" if "UPPER RIGHT TO" in name else "\\"
    across = re.search(r"HORIZONTAL|LEFT|RIGHT", name)
    along = re.search(r"VERTICAL|UP|DOWN", name)
    if across and along:
        # The side of a gate, at which a wire ends, is a side.
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
    """The text in as many cells, its signs in ASCII."""
    return text if text.isascii() else _WARNS.sub("!", text).translate(_table())


def plain_circuit(text: str) -> str:
    """A drawn circuit; π is spelled where its gate has room for it."""
    return plain(_PI.sub(r"pi\1", text) if "π" in text else text)


class PlainFilter(LineFilter):
    """Every line of the screen, on its way to the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, their signs in ASCII."""
        return [
            segment if segment.control or segment.text.isascii() else Segment(plain(segment.text), segment.style)
            for segment in segments
        ]


class AsciiMode(App[Any]):
    """An app that draws in plain ASCII while `plain` is set; mix it in before `App`."""

    plain = False

    @cached_property
    def _plain_filter(self) -> LineFilter:
        return PlainFilter()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line passes on its way to the terminal."""
        found = super().get_line_filters()
        return [*found, self._plain_filter] if self.plain else found

    def use_plain(self, plain: bool) -> None:
        """Draw everything in plain ASCII, or with all signs."""
        self.plain = plain
        for screen in open_screens(self):
            for node in screen.walk_children(Widget, with_self=True):
                node.refresh()
