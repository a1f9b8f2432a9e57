"""Find the position of a date in a long list by reading a few pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from math import log

from qpi_tui.domain.clock import parse_date

# Wrong guesses before bisection.
GUESSES = 6
Dated = tuple[int, str]
"""The position of a row, and its date."""
Aged = tuple[int, timedelta]
"""The position of a row, and how much older than the newest it is."""


async def find_moment(
    moment: datetime, known: Sequence[Dated], look: Callable[[int], Awaitable[Sequence[Dated]]]
) -> int:
    """Return the position of the oldest row that is dated at a moment or later; 0 where none is.

    Jobs arrive in the order of their dates, so that the place is guessed from the dates around it. Deep in a history a
    page costs as much as a row, so that pages are looked at. A laboratory grows: positions are taken to follow a power
    of the age, so that in a steadily growing history, as in an even one, the first or second guess is right.

    Args:
        moment: What is looked for.
        known: Rows in the order of their positions, the newest and the last row of all among them.
        look: Reads the page that has a position, and returns its rows.
    """
    dated = [(position, made) for position, created in known if (made := parse_date(created)) is not None]
    if not dated or dated[0][1] < moment:
        return 0
    newest = dated[0][1]
    low, begin = max((each for each in dated if each[1] >= moment), key=lambda each: each[0])
    high, end = next((each for each in dated if each[0] > low), (low, moment))
    turn = 0
    while high - low > 1:
        turn += 1
        share = _share((low, newest - begin), (high, newest - end), newest - moment) if turn <= GUESSES else 0.5
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


def _share(low: Aged, high: Aged, age: timedelta) -> float:
    """How far between two rows one of this age is, by a power of the age; evenly where one of them has none."""
    (first, young), (last, old) = low, high
    if first > 0 and young > timedelta() and old > young:
        power = log(last / first) / log(old / young)
        return float((first * (age / young) ** power - first) / (last - first))
    return (age - young) / (old - young) if old > young else 0.5
