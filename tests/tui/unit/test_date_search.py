"""A date is found in a million rows with a handful of single reads."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_tui.domain.clock import stored
from qpi_tui.live.date_search import NEAR, find_moment

START = datetime(2026, 8, 1, tzinfo=UTC)


class History:
    """Dates of rows, the newest first; counts what is read of them."""

    def __init__(self, seconds: list[float]) -> None:
        self.seconds = sorted(seconds, reverse=True)
        self.reads = 0

    async def at(self, position: int) -> str:
        self.reads += 1
        return stored(START + timedelta(seconds=self.seconds[position]))

    async def find(self, seconds: float) -> tuple[int, int]:
        newest = stored(START + timedelta(seconds=self.seconds[0]))
        return await find_moment(START + timedelta(seconds=seconds), newest, len(self.seconds) - 1, self.at)


@pytest.mark.parametrize("day", [0.001, 3, 61, 119, 119.999])
async def test_in_an_even_history_a_few_reads_are_enough(day: float) -> None:
    dice = random.Random(1)  # noqa: S311  # dice, no secret
    count = 1_000_000
    history = History([(number + dice.random()) * 120 * 86_400 / count for number in range(count)])
    low, high = await history.find(day * 86_400)
    assert history.reads <= 5
    assert high - low <= NEAR
    assert history.seconds[low] >= day * 86_400 > history.seconds[high]


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.sampled_from([0.0, 1.0, 60.0, 86_400.0, 5_000_000.0]), min_size=1, max_size=400),
    share=st.floats(-0.1, 1.1),
)
def test_in_any_history_it_ends_and_is_right(gaps: list[float], share: float) -> None:
    seconds = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    history = History(seconds * 3)
    # To the millisecond, as the server keeps dates.
    wanted = round(seconds[0] + (seconds[-1] - seconds[0]) * share, 3)
    low, high = asyncio.run(history.find(wanted))
    assert history.reads <= 30
    assert high - low <= NEAR
    later = [position for position, made in enumerate(history.seconds) if made >= wanted]
    if later:
        assert low <= later[-1] <= high
    else:
        assert (low, high) == (0, 0)
