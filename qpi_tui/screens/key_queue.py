"""Keys that arrive faster than screens open: each goes to the screen that the keys before it led to.

A key is handed out once the previous one is processed: by the focused widget, by everything it bubbles through, and by
the app, whose bindings it may have run. A screen or dialog that it opened is composed first.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.events import Key

from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.terminal.bursts import begins, in_burst, is_pasted
from qpi_tui.widgets.modal import Modal

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.screen import Screen
    from textual.timer import Timer

    from qpi_tui.screens.shell import Navigation

# Seconds within which the next key may belong to the same burst: the first one may not be processed yet, and may open a
# form that takes the next.
BURST = 0.05
# Seconds in which Esc closes a dialog, if it closes one.
LEAVES = 0.1
# Seconds after which the next key goes out without word of the last: its widget is gone.
LOST = 1.0
# Seconds for which keys wait for a dialog that reads from the server before it opens.
OPENS = 2.0
# Actions that open a line to type into, which changes nothing on a server.
LINES = ("table.filter", "app.palette", "jobs.date", "json.search")


class KeyQueue:
    """Hands out keys one after the other; `take` is Textual's dispatch of a key."""

    def __init__(self, console: Navigation, take: Callable[[Key], Awaitable[None]]) -> None:
        self._console = console
        self._take = take
        self._waiting: deque[Key] = deque()
        self._last = float("-inf")
        # Where a burst of text began, and whether its first key opened the line that takes it.
        self._began_on: Screen[Any] | None = None
        self._for_line = self._dropping = False
        self._leaving: Timer | None = None
        self._worked_on: asyncio.TimerHandle | None = None
        self._opening: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> bool:
        """Whether keys wait, or one is being processed."""
        return bool(self._waiting) or self._held

    @property
    def _held(self) -> bool:
        """Whether the next key has to wait."""
        timers = (self._leaving, self._worked_on, self._opening)
        return self._opens or any(timer is not None for timer in timers)

    async def key(self, event: Key) -> None:
        """Queue a key."""
        if self._waiting or self._held:
            self._waiting.append(event)
        else:
            await self._hand_out(event)

    async def screen_is_there(self) -> None:
        """A screen or dialog is ready: it gets the keys typed ahead of it, until one of them opens another."""
        if self._leaving is not None:
            self._leaving.stop()
            self._leaving = None
        await self._go_on()

    def opening(self, work: Awaitable[None]) -> Coroutine[Any, Any, None]:
        """Run something that ends with a dialog or a sentence; keys from now on are for what opens."""
        self._opening = asyncio.get_running_loop().call_later(OPENS, self._opened)

        async def until_open() -> None:
            try:
                await work
            finally:
                self._opened()

        return until_open()

    def _opened(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
            self._console.call_later(self._go_on)

    async def _go_on(self) -> None:
        while self._waiting and not self._held:
            await self._hand_out(self._waiting.popleft())

    @property
    def _opens(self) -> bool:
        stack = self._console.screen_stack
        return bool(stack) and isinstance(stack[-1], ConsoleScreen | Modal) and not stack[-1].is_mounted

    async def _hand_out(self, event: Key) -> None:
        before = self._dropping
        if self._drops(event):
            more = before and begins(event) != "text"
            self._console.drop(event, opened=self._console.typing, more=more)
            return
        if event.key == "escape" and isinstance(self._console.screen, Modal):
            # Keys behind it are for the screen that it returns to.
            self._leaving = self._console.set_timer(LEAVES, self.screen_is_there)
        now = time.monotonic()
        alone, self._last = now - self._last > BURST, now
        place = self._console.keys.screen_of(event.key) if alone else ""
        screen = self._console.screen if place else None
        if isinstance(screen, ConsoleScreen) and not self._console.typing and screen.check_action("do", (place,)):
            # Immediately, not when the closing screen gets there: the next key is for the opening one.
            self._last = float("-inf")
            screen.action_do(place)
            return
        # A letter of a text opens nothing.
        follow = not (event.is_printable and self._console.typing)
        widget = self._console.focused or self._console.screen
        await self._take(event)
        if follow:
            self._worked_on = asyncio.get_running_loop().call_later(LOST, self._done)
            # Twice: what the app runs for the key may post a message to the widget, such as a completed line.
            self._behind(self._worked_on, [widget, widget])

    def _drops(self, event: Key) -> bool:
        """Whether a key is pasted text without a target.

        It goes into a field that had the focus before it, or into the line that its first key opens. A single key after
        text with a target is meant for the current focus.
        """
        new = begins(event)
        if new == "text" or (new and not self._dropping):
            self._began_on, self._for_line, self._dropping = self._console.screen, self._opens_line(event), False
        if not is_pasted(event) or not (in_burst(event) or self._dropping):
            return False
        here = self._for_line or self._console.screen is self._began_on
        self._dropping = not (here if self._console.typing else new and self._for_line)
        return self._dropping

    def _opens_line(self, event: Key) -> bool:
        """Whether a key opens a line to type into, which sends nothing."""
        return not self._console.typing and any(event.key in self._console.keys.of(action) for action in LINES)

    def _behind(self, key: object, ways: list[DOMNode], *, again: bool = True) -> None:
        """Follow a key through the message queues from a widget to the app, with its messages, for all `ways`."""
        pump, app = ways[0], self._console.pump

        def reached() -> None:
            if self._worked_on is not key:
                return
            if again:
                self._behind(key, ways, again=False)
            elif pump is not app:
                self._behind(key, [pump.parent or app, *ways[1:]])
            elif ways[1:]:
                self._behind(key, ways[1:])
            else:
                self._done()

        if not pump.call_later(reached) and pump is not app:
            # It is closed: the key went no further.
            self._behind(key, [app, *ways[1:]])

    def _done(self) -> None:
        if self._worked_on is not None:
            self._worked_on.cancel()
            self._worked_on = None
            self._console.call_later(self._go_on)
