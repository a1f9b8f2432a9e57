"""QPU time as displayed and as typed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_tui.domain.durations import Amount, duration, parse_amount


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0"),
        (0.32, "0.32 s"),
        (12, "12 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (240, "4 min"),
        (1800, "30 min"),
        (3599.7, "1 h"),
        (3600, "1 h"),
        (6000, "1 h 40 min"),
        (97200, "27 h"),
        (3_600_000, "1,000 h"),
        (-1800, "-30 min"),
        (math.inf, "?"),
        (math.nan, "?"),
    ],
)
def test_seconds_are_formatted_in_the_two_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("typed", "op", "seconds"),
    [
        ("+2h", "add", 7200),
        ("2h", "add", 7200),
        ("-30m", "take", 1800),
        ("−30 min", "take", 1800),
        ("=3600", "set", 3600),
        ("=0", "set", 0),
        ("90", "add", 90),
        (" + 90 ", "add", 90),
        ("1:30:00", "add", 5400),
        ("=1:30", "set", 5400),
        ("1h30m", "add", 5400),
        ("1 h 40 min", "add", 6000),
        ("1.5h", "add", 5400),
        ("1 hour 5 seconds", "add", 3605),
        ("2 d", "add", 172_800),
        ("1,800", "add", 1800),
        ("1_000_000", "add", 1_000_000),
        ("0.5", "add", 0.5),
        ("1000000000", "add", 1e9),
    ],
)
def test_typed_durations_are_parsed(typed: str, op: str, seconds: float) -> None:
    assert parse_amount(typed) == Amount(op, seconds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "not an amount of time"),
        ("soon", "not an amount of time"),
        ("2 hamsters", "not an amount of time"),
        ("--5", "not an amount of time"),
        ("1h x", "not an amount of time"),
        ("1,5", "not an amount of time"),
        ("1e9", "not an amount of time"),
        ("nan", "not an amount of time"),
        ("inf", "not an amount of time"),
        ("1:75", "not an amount of time"),
        ("1000000001", "The limit is"),
        ("9" * 400, "The limit is"),
        ("300000h", "The limit is"),
        ("0", "changes nothing"),
        ("-0", "changes nothing"),
    ],
)
def test_an_invalid_duration_explains_the_accepted_forms(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as told:
        parse_amount(typed)
    assert len(str(told.value)) < 200


@given(st.text(max_size=20))
def test_any_text_is_a_duration_or_an_error_message(typed: str) -> None:
    try:
        amount = parse_amount(typed)
    except ValueError as problem:
        sentence, amount = str(problem), None
    else:
        sentence = ""
    assert sentence.endswith(".") if amount is None else 0 <= amount.seconds <= 1e9


@given(st.integers(1, 599), st.sampled_from([1, 60, 3600]))
def test_formatted_durations_can_be_parsed(count: int, unit: int) -> None:
    seconds = count * unit
    said = duration(seconds)
    again = parse_amount(said).seconds
    # Long times are formatted to the minute, very long ones to the hour.
    assert abs(again - seconds) < (60 if seconds < 360_000 else 1800) or duration(again) == said
