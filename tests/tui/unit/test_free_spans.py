"""The next free spans: between bookings, from now on, and in nights with clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_tui.domain.free_spans import free_spans, read_length

NOW = datetime(2026, 11, 24, 9, 10, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: float, day: int = 0) -> datetime:
    return datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=day, hours=hour)


def spans(*booked: tuple[float, float], length: float = 2, count: int = 3) -> list[tuple[float, float]]:
    """Return free spans in hours of that day."""
    found = islice(free_spans([(at(a), at(b)) for a, b in booked], length * HOUR, NOW), count)
    return [((a - at(0)) / HOUR, (b - at(0)) / HOUR) for a, b in found]


def test_free_spans_follow_one_another_from_the_next_half_hour() -> None:
    assert spans() == [(9.5, 11.5), (11.5, 13.5), (13.5, 15.5)]
    assert spans((10, 12), (13, 14), (16, 20)) == [(14, 16), (20, 22), (22, 24)]
    # A running booking, and one inside another.
    assert spans((8, 12), (9, 10)) == [(12, 14), (14, 16), (16, 18)]
    # Only a start on the minute fits.
    ((first, _), *_) = spans((11.25, 12))
    assert first == pytest.approx(9 + 11 / 60)


def test_what_is_offered_begins_and_lasts_whole_minutes_as_it_is_typed() -> None:
    taken = [(at(9, 0), at(10, 0) + timedelta(seconds=90))]
    found = list(islice(free_spans(taken, timedelta(seconds=90), NOW), 2))
    assert found == [(at(10) + timedelta(minutes=n), at(10) + timedelta(minutes=n + 2)) for n in (2, 4)]


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 40)), max_size=12),
    st.integers(1, 30),
)
def test_offered_spans_are_free_ordered_and_of_the_given_length(booked: list[tuple[int, int]], length: int) -> None:
    taken = [(NOW + a * HOUR / 4, NOW + (a + b) * HOUR / 4) for a, b in booked]
    found = list(islice(free_spans(taken, length * HOUR / 4, NOW), 5))
    assert len(found) == 5
    assert found == sorted(found)
    for start, end in found:
        assert start >= NOW
        assert end - start == length * HOUR / 4
        assert not [each for each in taken if each[0] < end and start < each[1]]


@pytest.mark.parametrize(
    ("typed", "length"),
    [("2h", 2 * HOUR), (" +90m ", 1.5 * HOUR), ("1h 30m", 1.5 * HOUR), ("2", None), ("14:00 2h", None), ("", None),
     ("40d", None), ("0h", None), ("fri", None), ("2h x", None)],
)  # fmt: skip
def test_a_duration_alone_is_distinguished_from_a_time(typed: str, length: timedelta | None) -> None:
    assert read_length(typed) == length
