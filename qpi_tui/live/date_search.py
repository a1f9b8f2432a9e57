"""Find the position of a date in a long list by reading a few pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from qpi_tui.domain.clock import parse_date

# Guesses that may be wrong before the rest is halved.
GUESSES = 6
Dated = tuple[int, str]
"""The position of a row, and its date."""


async def find_moment(
    moment: datetime, newest: Dated, oldest: Dated, look: Callable[[int], Awaitable[Sequence[Dated]]]
) -> int:
    """Return the position of the oldest row that is dated at a moment or later; 0 where none is.

    Jobs arrive in the order of their dates, so that the place is guessed from the dates around it. Deep in a history a
    page costs as much as a row, so that pages are looked at: in an even history the first or second guess is right.

    Args:
        moment: What is looked for.
        newest: The row at position 0.
        oldest: The last row.
        look: Reads the page that has a position, and returns its rows.
    """
    begin, end = parse_date(newest[1]), parse_date(oldest[1])
    if begin is None or end is None or begin < moment:
        return 0
    low, high = newest[0], oldest[0]
    if end >= moment:
        return high
    turn = 0
    while high - low > 1:
        turn += 1
        span = (begin - end).total_seconds()
        share = (begin - moment).total_seconds() / span if span > 0 and turn <= GUESSES else 0.5
        guess = min(max(low + round((high - low) * share), low + 1), high - 1)
        before = (low, high)
        for position, created in await look(guess):
            made = parse_date(created)
            if made is not None and low < position < high:
                if made >= moment:
                    low, begin = position, made
                else:
                    high, end = position, made
        if (low, high) == before:
            break
    return low
