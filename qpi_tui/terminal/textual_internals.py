"""Every private part of Textual that reading keys and leaving the terminal use, in one place.

Checked against Textual 8.2.8; `tests/tui/terminal/test_input.py` and `test_job_control.py` exercise what they do.

| name | used for | a public way would be |
|---|---|---|
| `XTermParser` | turning one complete escape sequence into events | a `Driver` that takes a parser |
| `LinuxDriver` | reading keys, entering and leaving the terminal | a public `LinuxDriver` |
| `get_time` | the clock of `Message.time` | documentation of which clock it is |
"""

from __future__ import annotations

from collections.abc import Iterator

from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

__all__ = ["LinuxDriver", "SequenceParser", "get_time"]


class SequenceParser:
    """Turns text without escape sequences, or one complete sequence, into Textual's events."""

    def __init__(self, *, debug: bool = False) -> None:
        self._debug = debug
        self._parser = XTermParser(debug)

    def events(self, text: str) -> Iterator[Message]:
        """The events of a text; an unknown sequence gives none, and takes nothing of what follows with it."""
        yield from self._parser.feed(text)
        if self._parser._timeout_time is not None:
            stuck, self._parser = self._parser, XTermParser(self._debug)
            for name in ("last_x", "last_y", "mouse_pixels", "terminal_size", "terminal_pixel_size"):
                setattr(self._parser, name, getattr(stuck, name))
