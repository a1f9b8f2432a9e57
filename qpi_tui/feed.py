"""One resource kept fresh: a loop that reads, waits and reads again.

A change event means "look again soon"; a timer is the safety net; one request is in flight at a time; failures back off
with jitter. The loop knows nothing of widgets: it calls back with data and with its health.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T")
Mood = Literal["waiting", "fresh", "offline"]

# The first retry comes quickly, a dead server is asked twice a minute at most.
_FIRST_RETRY = 1.0
_LAST_RETRY = 30.0
# Bursts of change events become one read: no sooner than this after the last one ended, in seconds.
_GAP = 0.1


@dataclass(frozen=True)
class Health:
    """How a feed is: `read_at` and `next_try` are `time.monotonic()` seconds; `error` is what the last read raised."""

    mood: Mood
    read_at: float | None = None
    failing_since: float | None = None
    next_try: float | None = None
    error: Exception | None = None


class Feed(Generic[T]):
    """Reads with `read` every `every` seconds while awake; tells `on_data` what came and `on_health` how it goes.

    `on_data` is called only when what came differs from what came before. Both callbacks must only paint.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[T]],
        *,
        every: Callable[[], float],
        on_data: Callable[[T], None],
        on_health: Callable[[Health], None],
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._read = read
        self._every = every
        self._on_data = on_data
        self._on_health = on_health
        self._clock = clock
        self._jitter = jitter
        self._awake = asyncio.Event()
        self._soon = asyncio.Event()
        self._last: T | None = None
        self._failures = 0
        self._done_at = float("-inf")
        self.reads = 0
        self.health = Health("waiting")

    def wake(self) -> None:
        """The resource is on the screen: keep it fresh, beginning now."""
        if not self._awake.is_set():
            self._awake.set()
            self._soon.set()

    def sleep(self) -> None:
        """The resource is not on the screen: stop asking after the read in flight."""
        self._awake.clear()

    @property
    def awake(self) -> bool:
        """Whether the resource is being kept fresh."""
        return self._awake.is_set()

    def poke(self) -> None:
        """Something changed: look again soon."""
        self._soon.set()

    def forget(self) -> None:
        """What was read no longer counts: the next read is told even when it is the same."""
        self._last = None
        self.health = Health("waiting")

    async def run(self) -> None:
        """The loop. Ends only when it is cancelled."""
        while True:
            await self._awake.wait()
            early = self._done_at + _GAP - self._clock()
            if early > 0:
                await asyncio.sleep(early)
            self._soon.clear()
            delay = await self._once()
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._soon.wait()

    async def _once(self) -> float:
        self.reads += 1
        try:
            data = await self._read()
        except Exception as error:
            return self._failed(error)
        finally:
            self._done_at = self._clock()
        self._failures = 0
        # Health first: what is painted with the data may show its age.
        self._tell(Health("fresh", read_at=self._done_at))
        if data != self._last:
            self._last = data
            self._on_data(data)
        return self._every()

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        delay: float = min(_FIRST_RETRY * 2 ** (self._failures - 1), _LAST_RETRY) * (0.5 + self._jitter() / 2)
        now = self._clock()
        since = self.health.failing_since if self.health.mood == "offline" else now
        self._tell(Health("offline", self.health.read_at, since, now + delay, error))
        return delay

    def _tell(self, health: Health) -> None:
        self.health = health
        self._on_health(health)
