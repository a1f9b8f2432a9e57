"""A date is found in a million rows with a handful of single-row reads."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_tui.domain.clock import stored
from qpi_tui.live.date_search import find_moment

START = datetime(2026, 8, 1, tzinfo=UTC)


PAGE = 200


class History:
    """Dates of rows, newest first; counts the reads."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = sorted(seconds, reverse=True)
        self.reads = 0

    def dated(self, position: int) -> tuple[int, str]:
        return position, stored(START + timedelta(seconds=self.seconds[position]))

    async def look(self, position: int) -> list[tuple[int, str]]:
        self.reads += 1
        first = position // PAGE * PAGE
        return [self.dated(at) for at in range(first, min(first + PAGE, len(self.seconds)))]

    async def find(self, seconds: float) -> int:
        wanted = START + timedelta(seconds=seconds)
        last = len(self.seconds) - 1
        # The newest page is known.
        known = dict.fromkeys([*range(min(100, last)), last])
        return await find_moment(wanted, [self.dated(position) for position in known], self.look)


@pytest.mark.parametrize("day", [0.001, 3, 61, 119, 119.999])
async def test_in_an_even_history_a_few_pages_are_enough(day: float) -> None:
    dice = random.Random(1)  # noqa: S311  # dice, no secret
    count = 1_000_000
    history = History([(number + dice.random()) * 120 * 86_400 / count for number in range(count)])
    found = await history.find(day * 86_400)
    assert history.reads <= 2
    assert history.seconds[found] >= day * 86_400 > history.seconds[found + 1]


@pytest.mark.parametrize("day", [0.5, 3, 61, 90, 119, 119.99])
@pytest.mark.parametrize("power", [0.7, 1.5, 2.5])
async def test_in_an_uneven_history_a_few_pages_are_enough_too(day: float, power: float) -> None:
    """Jobs were rarer in the beginning, as in the sandbox, or more frequent."""
    dice = random.Random(1)  # noqa: S311  # dice, no secret
    count = 1_000_000
    history = History([120 * 86_400 * (1 - ((number + dice.random()) / count) ** power) for number in range(count)])
    found = await history.find(day * 86_400)
    assert history.reads <= 2
    assert history.seconds[found] >= day * 86_400 > history.seconds[found + 1]


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.sampled_from([0.0, 1.0, 60.0, 86_400.0, 5_000_000.0]), min_size=1, max_size=400),
    share=st.floats(-0.1, 1.1),
)
def test_in_any_history_the_search_ends_and_is_correct(gaps: list[float], share: float) -> None:
    seconds = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    history = History(seconds * 3)
    # To the millisecond, like the server's dates.
    wanted = round(seconds[0] + (seconds[-1] - seconds[0]) * share, 3)
    found = asyncio.run(history.find(wanted))
    assert history.reads <= 20
    later = [position for position, made in enumerate(history.seconds) if made >= wanted]
    assert found == (later[-1] if later else 0)
