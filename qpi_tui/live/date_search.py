"""Where in a long list a moment stands: a handful of single rows are read, not the list."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from qpi_tui.domain.clock import parse_date

# Rows: as close as one page is read anyhow.
NEAR = 100
# Guesses that may be wrong before the rest is halved.
GUESSES = 6


async def find_moment(
    moment: datetime, newest: str, last: int, created_at: Callable[[int], Awaitable[str]]
) -> tuple[int, int]:
    """Return positions, at most `NEAR` apart, between which a list passes a moment.

    Jobs arrive in the order of their dates, so that the place is guessed from the dates around it.

    Args:
        moment: What is looked for.
        newest: The date of the row at position 0.
        last: The position of the oldest row.
        created_at: Reads the date of the row at a position; empty where there is none.

    Returns:
        The position of a row that is dated at the moment or later, or 0; and of one that is older, or `last`.
    """
    begin = parse_date(newest)
    end = parse_date(await created_at(last))
    if begin is None or end is None or begin < moment:
        return 0, 0
    if end >= moment:
        return last, last
    low, high, turn = 0, last, 0
    up = False
    while high - low > NEAR:
        turn += 1
        span = (begin - end).total_seconds()
        guess = low + round((high - low) * ((begin - moment).total_seconds() / span)) if span > 0 else (low + high) // 2
        if turn > GUESSES:
            guess = (low + high) // 2
        elif turn > 1:
            # A little to the side that is far away still, so that both come near.
            guess += NEAR // 2 if up else -NEAR // 2
        guess = min(max(guess, low + 1), high - 1)
        found = parse_date(await created_at(guess))
        if found is None:
            break
        up = found >= moment
        if up:
            low, begin = guess, found
        else:
            high, end = guess, found
    return low, high
