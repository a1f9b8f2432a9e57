"""Keys that come faster than screens open: each goes to the screen that those before it led to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.events import Key

from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.widgets.modal import Modal

if TYPE_CHECKING:
    from textual.timer import Timer

    from qpi_tui.screens.shell import Navigation

# Seconds after a key within which the next one may be of the same burst: the first may not have been taken yet, and
# may open a form, into which the next belongs.
BURST = 0.05
# Seconds in which Esc closes a dialog, where it closes one.
LEAVES = 0.1


class KeyQueue:
    """Hands keys out one after the other; `take` is Textual's own way from a key to who wants it."""

    def __init__(self, console: Navigation, take: Callable[[Key], Awaitable[None]]) -> None:
        self._console = console
        self._take = take
        self._waiting: deque[Key] = deque()
        self._last = float("-inf")
        self._leaving: Timer | None = None

    @property
    def busy(self) -> bool:
        """Whether keys wait for a screen that opens, or for a dialog that goes."""
        return bool(self._waiting) or self._leaving is not None

    async def key(self, event: Key) -> None:
        """A key was pressed."""
        if self._waiting or self._opens or self._leaving is not None:
            self._waiting.append(event)
        else:
            await self._hand_out(event)

    async def screen_is_there(self) -> None:
        """A screen can be used: the keys that came ahead of it are for it, until one of them opens another."""
        if self._leaving is not None:
            self._leaving.stop()
            self._leaving = None
        while self._waiting and not self._opens and self._leaving is None:
            await self._hand_out(self._waiting.popleft())

    @property
    def _opens(self) -> bool:
        stack = self._console.screen_stack
        return bool(stack) and isinstance(stack[-1], ConsoleScreen) and not stack[-1].is_mounted

    async def _hand_out(self, event: Key) -> None:
        if event.key == "escape" and isinstance(self._console.screen, Modal):
            # What comes behind it is for the screen that it leads back to.
            self._leaving = self._console.set_timer(LEAVES, self.screen_is_there)
        now = time.monotonic()
        alone, self._last = now - self._last > BURST, now
        place = self._console.keys.screen_of(event.key) if alone else ""
        screen = self._console.screen if place else None
        if isinstance(screen, ConsoleScreen) and not self._console.typing and screen.check_action("do", (place,)):
            # At once, not when the screen that is left has come to it: the next key is for the one that opens.
            self._last = float("-inf")
            screen.action_do(place)
        else:
            await self._take(event)
