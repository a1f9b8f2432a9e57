"""Back-off: how long to wait before a retry."""

from __future__ import annotations

import random
from collections.abc import Callable


def pause_after(failures: int, first: float, longest: float, chance: Callable[[], float] = random.random) -> float:
    """Return the seconds to wait: exponential back-off with jitter for half of it.

    Args:
        failures: Number of consecutive failures, from 1.
        first: Maximum wait after the first failure, in seconds.
        longest: Maximum wait after any number of failures, in seconds.
        chance: Random number from 0 to 1, so that clients that failed together do not retry together.
    """
    whole: float = min(longest, first * 2 ** min(failures - 1, 64))
    return whole * (0.5 + chance() / 2)
