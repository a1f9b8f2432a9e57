"""Details of a record: read after the cursor has rested, and cached while they are valid."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from qpi_tui.session.connection import Connection

_log = logging.getLogger(__name__)

T = TypeVar("T")
# Seconds that the cursor must rest before details are read: scrolling reads nothing.
REST = 0.3
AGAIN = 30.0
LONG = 1.0
_KEPT = 200


class DetailOwner(Protocol):
    """The screen of the detail."""

    @property
    def is_mounted(self) -> bool:
        """Whether it can be painted."""
        ...

    @property
    def signed_in(self) -> bool:
        """Whether there is a connection."""
        ...

    @property
    def connection(self) -> Connection:
        """The connection. Only after sign-in."""
        ...

    def run_worker(self, work: Any, *, exit_on_error: bool = True) -> Any:
        """Run this in the background."""

    def set_timer(self, delay: float, callback: Callable[[], Any]) -> Any:
        """Call this once after this many seconds."""


class DetailCache(Generic[T]):
    """Answers by key, for one screen. `read` requests the answer of a key; `paint` is called when it arrives.

    An answer is cached until `forget`: a key includes everything that it depends on. A failed read is retried after
    `AGAIN` seconds.
    """

    def __init__(
        self, screen: DetailOwner, read: Callable[[Connection, Hashable], Awaitable[T]], paint: Callable[[], None]
    ) -> None:
        self._screen = screen
        self._read = read
        self._paint = paint
        self._known: dict[Hashable, T] = {}
        self._failed: dict[Hashable, float] = {}
        self._wanted: Hashable = None
        # After a slow answer, leave the server alone for twice as long.
        self._not_before = float("-inf")

    def of(self, key: Hashable) -> T | None:
        """Return the cached answer; otherwise read it, unless another key is requested first."""
        if key in self._known:
            return self._known[key]
        if time.monotonic() < self._failed.get(key, float("-inf")) + AGAIN:
            return None
        if key != self._wanted and self._screen.is_mounted:
            self._wanted = key
            wait = max(REST, self._not_before - time.monotonic())
            self._screen.set_timer(wait, lambda: self._begin(key))
        return None

    @property
    def waiting(self) -> bool:
        """Whether an answer is pending."""
        return self._wanted is not None

    def forget(self) -> None:
        """Discard the cache."""
        # An answer that is under way goes to the old ones, which nobody looks up.
        self._known, self._failed = {}, {}
        self._wanted = None

    def _begin(self, key: Hashable) -> None:
        if key == self._wanted and self._screen.signed_in:
            self._screen.run_worker(self._ask(key), exit_on_error=False)

    async def _ask(self, key: Hashable) -> None:
        if len(self._known) + len(self._failed) >= _KEPT:
            self._known.clear()
            self._failed.clear()
        began, known, failed = time.monotonic(), self._known, self._failed
        try:
            known[key] = await self._read(self._screen.connection, key)
        except Exception:
            _log.debug("a detail could not be read", exc_info=True)
            # The screen's own read reports the server's problem.
            failed[key] = time.monotonic()
            if self._screen.is_mounted:
                # Automatically, if the cursor still rests there.
                self._screen.set_timer(AGAIN, self._paint)
        took = time.monotonic() - began
        if took > LONG:
            self._not_before = time.monotonic() + min(took * 2, AGAIN)
        if key == self._wanted:
            self._wanted = None
        if self._screen.is_mounted:
            self._paint()
