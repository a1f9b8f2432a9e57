"""How tests wait: for a condition, within a deadline. Nothing else in the tests sleeps (tests/test_sleeps.py)."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

# Seconds. A busy machine takes its time; only what fails waits for so long.
DEADLINE = 60.0
PAUSE = 0.01


class NotInTime(AssertionError):
    """What was waited for did not come."""


def wait_for(condition: Callable[[], Any], what: str, deadline: float = DEADLINE) -> Any:
    """Wait until `condition` gives something true, and give that; fail after `deadline` seconds, naming `what`."""
    end = time.monotonic() + deadline
    while not (result := condition()):
        if time.monotonic() > end:
            raise NotInTime(f"waited {deadline:.0f} s in vain for {what}")
        time.sleep(PAUSE)
    return result


async def until(condition: Callable[[], Any], what: str = "a condition", deadline: float = DEADLINE) -> Any:
    """As `wait_for`, while the event loop goes on; `condition` may be a coroutine function."""
    end = time.monotonic() + deadline
    while not (result := await _outcome(condition())):
        if time.monotonic() > end:
            raise NotInTime(f"waited {deadline:.0f} s in vain for {what}")
        await asyncio.sleep(PAUSE)
    return result


async def _outcome(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result


async def turns(count: int = 20) -> None:
    """Let the event loop go round so often: whatever is due at once has happened then."""
    for _ in range(count):
        await asyncio.sleep(0)
