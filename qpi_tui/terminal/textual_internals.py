"""Every private part of Textual that reading keys and leaving the terminal use, in one place.

Checked against Textual 8.2.8; `tests/tui/terminal/test_input.py` and `test_job_control.py` exercise what they do.

| name | used for | a public way would be |
|---|---|---|
| `XTermParser` | turning one complete escape sequence into events | a `Driver` that takes a parser |
| `LinuxDriver` | reading keys, entering and leaving the terminal | a public `LinuxDriver` |
| `LinuxDriver.attrs_before`, `App._driver` | restoring a terminal at once | a method of the driver that cannot block |
| `LinuxDriver._sigcont_application` | coming back from a suspension, once | a driver that ignores a stray SIGCONT |
| `get_time` | the clock of `Message.time` | documentation of which clock it is |
| `App._disable_notifications`, `_disable_tooltips` | no widgets for toasts and tooltips | parameters of `App.run` |
"""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from typing import Any

from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

__all__ = ["LinuxDriver", "SequenceParser", "get_time", "leave_out_toasts", "restore_terminal"]


# Off: pastes, mouse, reports of focus, the keyboard protocol, the alternate screen; on: wrapping, the cursor.
_OFF = b"".join(b"\x1b[?%dl" % mode for mode in (2004, 1000, 1003, 1015, 1006, 1004))
_RESTORE = _OFF + b"\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[m"


def restore_terminal(app: App[Any]) -> None:
    """Leave the terminal as it was, from any thread and without waiting for what is still to be written."""
    driver = app._driver
    if not isinstance(driver, LinuxDriver):
        return
    fd = driver.fileno
    try:
        if driver.attrs_before is not None:
            termios.tcsetattr(fd, termios.TCSANOW, driver.attrs_before)
        os.set_blocking(fd, False)
        os.write(fd, _RESTORE)
        # The shell that started the program reads from the same open file.
        os.set_blocking(fd, True)
    except (OSError, termios.error):  # the terminal is gone
        return


def leave_out_toasts(app: App[Any]) -> None:
    """Have screens made without the widgets of toasts and tooltips: the console shows neither."""
    app._disable_notifications = app._disable_tooltips = True


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
