"""End the program when the terminal hangs up, and restore the terminal on a signal.

The program gets a moment to quit cleanly. If it does not, because a write to the terminal hangs or the event loop is
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

# Seconds between checks of the terminal; a program that ignores hang-ups (nohup) has no other way to notice.
_LOOK = 2.0
# Seconds to quit cleanly, by signal; after a hang-up nobody is there to wait.
_ENDS = {signal.SIGHUP: 0.7, signal.SIGTERM: 5.0, signal.SIGQUIT: 1.0}


def end_with_terminal(app: App[Any], fd: int) -> None:
    """Quit when the terminal hangs up or a signal asks for it, with the exit status that shells use for it."""
    loop = asyncio.get_running_loop()

    def ended(number: int, _: object) -> None:
        # The limit must not depend on the event loop, which a blocked write may hang.
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
        # Keys typed before the hang-up are dropped: nobody would see their effect.
        app.hung_up = True  # type: ignore[attr-defined]  # the console has it
    app.exit(None, return_code=128 + number)


def _limit(app: App[Any], number: signal.Signals) -> None:
    """End the process after a while if it has not ended by then."""

    def end() -> None:
        restore_terminal(app)
        os._exit(128 + number)

    timer = threading.Timer(_ENDS[number], end)
    timer.daemon = True
    timer.start()
