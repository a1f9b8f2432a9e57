"""Keep one resource fresh: a loop that reads, waits and reads again.

A change event is merged into the data if it is complete (`merge`), otherwise it triggers a read (`poke`); a timer is
the safety net; one read is in flight at a time; failures back off with jitter. The loop knows nothing of widgets: it
calls back with data and with its health.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, Literal, NamedTuple, TypeVar

from qpi_client.backoff import pause_after

_log = logging.getLogger(__name__)

T = TypeVar("T")
Mood = Literal["waiting", "fresh", "offline"]

# The first retry is quick, a dead server is asked at most twice a minute.
_FIRST_RETRY = 1.0
_LAST_RETRY = 30.0
# A burst of change events becomes one read: the pause between reads is a multiple of the last read's duration, within
# these limits in seconds, so that a busy server is not asked continuously.
_SHARE = 20
# Painting a hundred thousand lines delays keys: that must affect less than one key in a hundred. The first change after
# a pause is painted immediately.
_PAINT_SHARE = 150
_LEAST_GAP, _MOST_GAP = 0.1, 5.0


class Health(NamedTuple):
    """Health of a feed: `read_at` and `next_try` are `time.monotonic()` seconds; `error` is the last read's error."""

    mood: Mood
    read_at: float | None = None
    failing_since: float | None = None
    next_try: float | None = None
    error: Exception | None = None


class Feed(Generic[T]):
    """Calls `read` every `every` seconds while awake, `on_data` with its data and `on_health` with its health.

    `on_data` is called only for changed data. Both callbacks must only paint. `on_missed_event` is called when the
    timer finds a change without an event.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[T]],
        *,
        every: Callable[[], float],
        on_data: Callable[[T], None],
        on_health: Callable[[Health], None],
        on_missed_event: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._read = read
        self._every = every
        self._on_data = on_data
        self._on_health = on_health
        self._on_missed_event = on_missed_event
        self._clock = clock
        self._jitter = jitter
        self._awake = asyncio.Event()
        self._soon = asyncio.Event()
        self._hurry = asyncio.Event()
        # Set once a read went well or failed.
        self.tried = asyncio.Event()
        self._last: T | None = None
        self._failures = 0
        self._done_at = float("-inf")
        self._gap = _LEAST_GAP
        self._reading = False
        self._by_timer = False
        # Showing a hundred thousand lines takes a while: fast events are shown together.
        self._to_paint: asyncio.TimerHandle | None = None
        self._painted_at = float("-inf")
        self._paint_gap = 0.0
        self.reads = 0
        self.health = Health("waiting")

    def wake(self) -> None:
        """The resource is visible: keep it fresh, starting now."""
        if not self._awake.is_set():
            self._awake.set()
            self._soon.set()

    def sleep(self) -> None:
        """The resource is hidden: stop after the read in flight."""
        self._awake.clear()

    @property
    def awake(self) -> bool:
        """Whether the resource is being kept fresh."""
        return self._awake.is_set()

    def poke(self) -> None:
        """Something changed: read now."""
        self._hurry.set()
        self._soon.set()

    @property
    def by_timer(self) -> bool:
        """Whether the current read was started only by the timer."""
        return self._by_timer

    @property
    def data(self) -> T | None:
        """The current data: the last read, with events merged."""
        return self._last

    def merge(self, merged: Callable[[T], T | None]) -> None:
        """Merge an event: `merged` returns the new data, or None if impossible.

        Then the data is read soon; so is everything if the read in flight may have started before the event.
        """
        known = self._last
        data = merged(known) if known is not None and self.health.mood == "fresh" else None
        if data is None or self._reading:
            self._soon.set()
        if data is None or data == self._last:
            return
        self._last = data
        wait = self._painted_at + self._paint_gap - self._clock()
        if wait <= 0:
            self._paint()
        elif self._to_paint is None:
            self._to_paint = asyncio.get_running_loop().call_later(wait, self._paint)

    def show_part(self, data: T) -> None:
        """Show what the first read has found so far. It is not kept: the whole follows."""
        if self._reading and self._last is None:
            self._on_data(data)

    def forget(self) -> None:
        """The data is stale: deliver the next read even if it is the same."""
        self._last = None
        self.health = Health("waiting")

    async def run(self) -> None:
        """Run the loop until cancelled."""
        while True:
            if not self._awake.is_set():
                self._by_timer = False
                await self._awake.wait()
            early = self._done_at + self._gap - self._clock()
            if early > 0:
                with suppress(TimeoutError):
                    async with asyncio.timeout(early):
                        await self._hurry.wait()
            self._hurry.clear()
            self._soon.clear()
            delay = await self._once()
            self.tried.set()
            self._by_timer = False
            try:
                async with asyncio.timeout(delay):
                    await self._soon.wait()
            except TimeoutError:
                self._by_timer = not self._failures

    async def _once(self) -> float:
        self.reads += 1
        self._reading, before, began = True, self._last, self._clock()
        try:
            data = await self._read()
        except Exception as error:
            _log.debug("a read failed", exc_info=True)
            return self._failed(error)
        finally:
            self._reading = False
            self._done_at = self._clock()
            self._gap = min(max((self._done_at - began) * _SHARE, _LEAST_GAP), _MOST_GAP)
        self._failures = 0
        missed_event = self._by_timer and before is not None and self._last is before and data != before
        # Health first: the data may be painted with its age.
        self._tell(Health("fresh", read_at=self._done_at))
        try:
            self._take(data)
        except Exception as error:
            _log.debug("what was read could not be shown", exc_info=True)
            # Data that cannot be shown must not end the loop: the next may be valid.
            self._last = None
            return self._failed(error)
        if missed_event and not self._soon.is_set():
            self._on_missed_event()
        return self._every()

    def _take(self, data: T) -> None:
        if data != self._last or self._to_paint is not None:
            self._last = data
            self._paint()

    def _paint(self) -> None:
        if self._to_paint is not None:
            self._to_paint.cancel()
            self._to_paint = None
        data, began = self._last, self._clock()
        if data is None:
            return
        self._on_data(data)
        self._painted_at = self._clock()
        self._paint_gap = min((self._painted_at - began) * _PAINT_SHARE, _MOST_GAP)

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        delay = pause_after(self._failures, _FIRST_RETRY, _LAST_RETRY, self._jitter)
        now = self._clock()
        since = self.health.failing_since if self.health.mood == "offline" else now
        self._tell(Health("offline", self.health.read_at, since, now + delay, error))
        return delay

    def _tell(self, health: Health) -> None:
        self.health = health
        self._on_health(health)
