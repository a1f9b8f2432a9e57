"""The estimated start is ordered, later with more jobs ahead, and absent without a basis. Run lengths exclude the
wait.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qpi_tui.domain.start_estimate import (
    FARTHEST,
    FEWEST,
    Queue,
    Run,
    StartEstimate,
    estimate,
    estimate_words,
    range_words,
    run_lengths,
    start_range,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
seconds = st.floats(0, 1e5)
lengths_known = st.lists(seconds, min_size=FEWEST, max_size=50)
sent_ages = st.lists(seconds, max_size=4).map(tuple)


# On a busy machine 400 examples may take longer than the deadline.
@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(lengths_known, st.integers(0, 60), sent_ages, st.integers(1, 3))
def test_the_range_is_ordered_and_more_ahead_is_never_earlier(
    lengths: list[float], ahead: int, sent: tuple[float, ...], drivers: int
) -> None:
    queue = Queue(ahead, sent, drivers=drivers)
    low, high = start_range(queue, lengths) or (math.nan, math.nan)
    assert 0 <= low < high
    assert (low, high) == start_range(queue, lengths)
    more = start_range(queue._replace(ahead=ahead + 1), lengths) or (math.nan, math.nan)
    assert low <= more[0]
    assert high <= more[1]
    assert high <= 2 + ahead * max(lengths) + sum(max(*lengths, age) for age in sent)


@given(st.lists(seconds, max_size=FEWEST - 1), st.integers(0, 5))
def test_without_a_basis_there_is_no_estimate(lengths: list[float], ahead: int) -> None:
    assert start_range(Queue(ahead), lengths) is None
    known = estimate(Queue(ahead), lengths, NOW)
    assert (known.earliest, known.latest, known.basis) == (None, None, "")
    assert "5 are needed" in known.reason
    assert "more than" in estimate(Queue(FARTHEST + 1), [1.0] * 9, NOW).reason


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 50)), min_size=1, max_size=20))
def test_waiting_at_the_driver_does_not_count_as_run_time(jobs: list[tuple[float, float]]) -> None:
    free, runs = 0.0, []
    for dispatched, length in sorted(jobs):
        free = max(free, dispatched) + length
        runs.append(Run(dispatched, free))
    expected = [length for _, length in sorted(jobs)][::-1]
    assert run_lengths(runs) == pytest.approx(expected, abs=1e-6)


def test_a_running_job_counts_with_its_remaining_time() -> None:
    lengths = [100.0] * 9
    assert start_range(Queue(0, (70.0,)), lengths) == (29.5, 30.5)
    # Dispatched together with another job, it has only run since that one ended.
    assert start_range(Queue(0, (90.0,), idle_since=20.0), lengths) == (79.5, 80.5)
    assert start_range(Queue(2, (70.0, 10.0)), lengths) == (329.5, 330.5)
    assert start_range(Queue(2, (70.0, 10.0), drivers=2), lengths) == (129.5, 130.5)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (3, 50, "in less than 1 min"),
        (3, 61, "in up to 2 min"),
        (245, 530, "in about 4–9 min"),
        (3500, 7000, "in about 55 min – 2 h"),
        (30_000, 90_000, "in about 8 h – 25 h"),
        (-90, -5, "later than estimated"),
    ],
)
def test_an_estimate_is_described_in_words(low: float, high: float, words: str) -> None:
    known = StartEstimate(NOW + timedelta(seconds=low), NOW + timedelta(seconds=high), "3 jobs ahead")
    assert range_words(known, NOW) == words
    assert estimate_words(known, NOW) == f"{words} · 3 jobs ahead"
    if high > 0:
        assert range_words(known._replace(at_least=True), NOW) == f"{words} or later"
    assert estimate_words(StartEstimate(reason="no run"), NOW) == "not estimated: no run"
