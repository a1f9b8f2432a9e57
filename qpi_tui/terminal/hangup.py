"""The end of the terminal is the end of the program, and a request to end leaves the terminal as it was.

The program gets a moment to leave in order. If it does not, because a write to the terminal hangs or the event loop is
busy, a thread restores the terminal and ends the process.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import threading
from typing import Any

from textual.app import App

from qpi_tui.terminal.textual_internals import restore_terminal

# Seconds between two looks at a terminal; where the program ignores hang-ups (nohup), nothing else tells of its end.
_LOOK = 2.0
# Seconds to leave in order, by signal; after a hang-up nobody is there who could wait.
_ENDS = {signal.SIGHUP: 0.7, signal.SIGTERM: 5.0, signal.SIGQUIT: 1.0}


def end_with_terminal(app: App[Any], fd: int) -> None:
    """Leave when the terminal goes, or when asked to by a signal, with the exit status that shells give to it."""
    loop = asyncio.get_running_loop()

    def ended(number: int, _: object) -> None:
        # The limit not through the loop, which may be what hangs: a write that nobody takes holds it up.
        _limit(app, signal.Signals(number))
        loop.call_soon_threadsafe(_end, app, signal.Signals(number))

    for number in _ENDS:
        signal.signal(number, ended)
    poll = select.poll()
    poll.register(fd, 0)

    def look() -> None:
        if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)):
            _limit(app, signal.SIGHUP)
            _end(app, signal.SIGHUP)

    app.set_interval(_LOOK, look)


def _end(app: App[Any], number: signal.Signals) -> None:
    if number is signal.SIGHUP:
        # Keys that were typed before the line dropped are not acted on: nobody sees what comes of them.
        app.hung_up = True  # type: ignore[attr-defined]  # the console has it
    app.exit(None, return_code=128 + number)


def _limit(app: App[Any], number: signal.Signals) -> None:
    """End the process in a while, if it has not ended by then."""

    def end() -> None:
        restore_terminal(app)
        os._exit(128 + number)

    timer = threading.Timer(_ENDS[number], end)
    timer.daemon = True
    timer.start()
