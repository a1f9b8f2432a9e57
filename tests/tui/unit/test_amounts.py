"""Amounts of time as said and as typed; the server's dates and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_tui import clock
from qpi_tui.amounts import MOST, Amount, duration, parse_amount

NOW = datetime(2026, 11, 23, 5, 26, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fixed_clock() -> Iterator[None]:
    clock.set_clock(lambda: NOW)
    yield
    clock.set_clock(None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0"), (0.32, "0.32 s"), (12, "12 s"), (59.6, "1 min"), (90, "1 min 30 s"), (1800, "30 min"),
        (3599.7, "1 h"), (6000, "1 h 40 min"), (7200, "2 h"), (99 * 3600, "99 h"), (999_999_999, "277,778 h"),
        (-5400, "-1 h 30 min"), (float("nan"), "?"), (float("inf"), "?"),
    ],
)  # fmt: skip
def test_durations_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("+2h", Amount("add", 7200)), ("-30m", Amount("take", 1800)), ("=3600", Amount("set", 3600)),
        ("90", Amount("add", 90)), ("1:30:00", Amount("add", 5400)), ("1h30m", Amount("add", 5400)),
        (" - 1 h 5 min ", Amount("take", 3900)), ("=0", Amount("set", 0)), ("1.5h", Amount("add", 5400)),
        ("1,800", Amount("add", 1800)), ("−30m", Amount("take", 1800)),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(typed: str, amount: Amount) -> None:
    assert parse_amount(typed) == amount


@pytest.mark.parametrize(
    "typed", ["", "+", "two hours", "--5", "=-5", "1:75:00", "nan", "inf", "1e3", "5 apples", "2 h x", "9" * 400, "0"]
)
def test_what_is_no_amount_gets_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_amount(typed)


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_a_sentence(typed: str) -> None:
    amount, sentence = None, ""
    try:
        amount = parse_amount(typed)
    except ValueError as error:
        sentence = str(error)
    assert sentence.endswith(".") if amount is None else 0 <= amount.seconds <= MOST


@given(st.integers(1, 99 * 3600))
def test_what_is_said_can_be_typed(seconds: int) -> None:
    typed = parse_amount(duration(seconds)).seconds
    assert abs(typed - seconds) < (60 if seconds >= 600 else 1)


@pytest.mark.parametrize(
    "text", ["2026-11-23 05:20:14.198Z", "2026-11-23T05:20:14.198Z", "2026-11-23T07:20:14.198+02:00"]
)
def test_dates_of_the_server(text: str) -> None:
    assert clock.parse_date(text) == datetime(2026, 11, 23, 5, 20, 14, 198_000, tzinfo=UTC)
    assert clock.age(text) == "6 min"


@pytest.mark.parametrize(
    "text", [None, "", 5, [], "soon", "2026-13-45 00:00:00Z", "0001-01-01 00:00:00.000Z", "9" * 50]
)
def test_what_is_no_date_is_none(text: object) -> None:
    assert clock.parse_date(text) is None
    assert clock.age(text) == ""


@given(st.text(max_size=45) | st.datetimes().map(str))
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = clock.parse_date(text)
    assert moment is None or moment.utcoffset() == timedelta(0)


def test_the_future_and_the_clock_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert clock.age("2026-11-23 07:30:00Z") == "in 2 h"
    clock.set_clock(None)
    monkeypatch.setenv("QPI_NOW", "2030-01-02T03:04:05Z")
    assert clock.now() == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
