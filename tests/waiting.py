"""How tests wait: for a condition, with a deadline. No other test code sleeps (tests/test_sleeps.py)."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

# In seconds. A busy machine takes longer; only a failing test waits this long.
DEADLINE = 60.0
PAUSE = 0.01


class NotInTime(AssertionError):
    """The condition was not met in time."""


def wait_for(condition: Callable[[], Any], what: str, deadline: float = DEADLINE) -> Any:
    """Wait until `condition` returns a true value, and return it. Fail after `deadline` seconds, naming `what`."""
    end = time.monotonic() + deadline
    while not (result := condition()):
        if time.monotonic() > end:
            raise NotInTime(f"waited {deadline:.0f} s in vain for {what}")
        time.sleep(PAUSE)
    return result


async def until(condition: Callable[[], Any], what: str = "a condition", deadline: float = DEADLINE) -> Any:
    """Like `wait_for`, while the event loop runs. `condition` may be a coroutine function."""
    end = time.monotonic() + deadline
    while not (result := await _outcome(condition())):
        if time.monotonic() > end:
            raise NotInTime(f"waited {deadline:.0f} s in vain for {what}")
        await asyncio.sleep(PAUSE)
    return result


async def _outcome(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def turns(count: int = 20) -> None:
    """Let the event loop run this many iterations, so that everything due has happened."""
    for _ in range(count):
        await asyncio.sleep(0)


class Starvation:
    """Measures for how many seconds this process waits for a processor: how late its loop wakes, less what it computes.

    Use it as an asynchronous context; `seconds` is what was measured so far.
    """

    STEP = 0.05

    def __init__(self) -> None:
        self._late = 0.0
        self._computed = time.process_time()

    @property
    def seconds(self) -> float:
        """The seconds without a processor."""
        return max(self._late - (time.process_time() - self._computed), 0.0)

    async def _measure(self) -> None:
        while True:
            asked = time.monotonic() + self.STEP
            await asyncio.sleep(self.STEP)
            self._late += max(time.monotonic() - asked, 0.0)

    async def __aenter__(self) -> Starvation:
        self._task = asyncio.create_task(self._measure())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
