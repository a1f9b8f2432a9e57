"""The end of the terminal is the end of the program, and a request to end leaves the terminal as it was."""

from __future__ import annotations

import asyncio
import select
import signal
from functools import partial
from typing import Any

from textual.app import App

# Seconds between two looks at a terminal; where the program ignores hang-ups (nohup), nothing else tells of its end.
_LOOK = 2.0
_ENDS = (signal.SIGHUP, signal.SIGTERM)


def end_with_terminal(app: App[Any], fd: int) -> None:
    """Leave when the terminal goes, or when asked to by a signal, with the exit status that shells give to it."""
    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, partial(_end, app, number))
    poll = select.poll()
    poll.register(fd, 0)

    def look() -> None:
        if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)):
            _end(app, signal.SIGHUP)

    app.set_interval(_LOOK, look)


def _end(app: App[Any], number: int) -> None:
    app.exit(None, return_code=128 + number)
