"""How long to wait before what failed is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable


def pause_after(failures: int, first: float, longest: float, chance: Callable[[], float] = random.random) -> float:
    """Return the seconds to wait: doubling with each failure in a row, half of them by chance.

    Args:
        failures: How often it has failed in a row, from 1 on.
        first: Seconds after the first failure, at most.
        longest: Seconds after any number of failures, at most.
        chance: A number from 0 to 1, so that those who failed together do not come back together.
    """
    whole: float = min(longest, first * 2 ** min(failures - 1, 64))
    return whole * (0.5 + chance() / 2)
