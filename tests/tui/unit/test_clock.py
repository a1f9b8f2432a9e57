"""The current time, the server's dates, and ages, by a clock that the test sets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_tui.domain import clock
from qpi_tui.domain.announcements import LOOK, WATCHED, until_due
from qpi_tui.domain.clock import age, local, now, parse_date, set_clock, stepped_age

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    set_clock(lambda: NOON)
    yield
    set_clock(None)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    time.tzset()


def test_the_clock_can_be_set_by_a_test_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert now() == NOON
    set_clock(None)
    monkeypatch.setenv("QPI_NOW", "2026-01-02T03:04:05+02:00")
    assert now() == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    monkeypatch.setenv("QPI_NOW", "yesterday")
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)
    monkeypatch.delenv("QPI_NOW")
    assert now().tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23 05:20:14.198Z", datetime(2026, 11, 23, 5, 20, 14, 198000, tzinfo=UTC)),
        ("2026-11-23T05:20:14Z", datetime(2026, 11, 23, 5, 20, 14, tzinfo=UTC)),
        ("2026-11-23T07:20:14+02:00", datetime(2026, 11, 23, 5, 20, 14, tzinfo=UTC)),
        ("2026-11-23 05:20:14", datetime(2026, 11, 23, 5, 20, 14, tzinfo=UTC)),
        ("", None),
        (None, None),
        ("soon", None),
        ("2026-13-45 99:99:99Z", None),
        ("0001-01-01 00:00:00.000Z", None),
        ("9999-12-31T23:59:59-23:59", None),
        (12, None),
        ([], None),
        ({"a": 1}, None),
        ("2" * 100, None),
    ],
)
def test_server_dates_are_parsed_and_invalid_ones_are_none(text: object, moment: datetime | None) -> None:
    assert parse_date(text) == moment


def test_the_dates_of_a_history_that_scrolls_past_are_not_kept() -> None:
    for second in range(10_000):
        parse_date(f"2026-11-23 0{second // 3600}:{second // 60 % 60:02}:{second % 60:02}.000Z")
    # What two thousand rows show: when they were submitted, and when they ended.
    assert clock._parsed.cache_info().currsize <= 4_096


@given(st.one_of(st.text(max_size=45), st.datetimes().map(str), st.none(), st.integers(), st.lists(st.integers())))
def test_no_date_raises(text: object) -> None:
    moment = parse_date(text)
    assert moment is None or local(moment) == moment
    assert isinstance(age(text), str)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"),
        (19, "now"),
        (40, "<1 min"),
        (60, "1 min"),
        (389, "6 min"),
        (3 * 3600 + 100, "3 h"),
        (4 * 86400, "4 d"),
        (-30, "now"),
        (-7200, "in 2 h"),
        (-86400 * 2000, "in 2,000 d"),
    ],
)
def test_ages_have_one_unit(seconds: int, said: str) -> None:
    assert age((NOON - timedelta(seconds=seconds)).isoformat()) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "now"), (59, "now"), (60, "1 min"), (299, "3 min"), (300, "5 min"), (3599, "45 min"), (3600, "1 h"),
        (90_000, "1 d"), (-30, "now"), (-7200, "in 2 h"),
    ],
)  # fmt: skip
def test_ages_in_columns_change_in_steps(seconds: int, said: str) -> None:
    assert stepped_age((NOON - timedelta(seconds=seconds)).isoformat()) == said


def test_the_age_of_a_missing_date_is_empty() -> None:
    assert age("") == ""
    assert stepped_age("") == ""


@pytest.mark.parametrize("name", ["Europe/Helsinki", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_times_are_shown_in_the_local_time_zone(zone: pytest.MonkeyPatch, name: str) -> None:
    zone.setenv("TZ", name)
    time.tzset()
    expected = ZoneInfo(name)
    # Every hour of a year, with those that are skipped and repeated.
    for hour in range(24 * 366):
        moment = NOON + timedelta(hours=hour, microseconds=999_999)
        here, there = local(moment), moment.astimezone(expected)
        assert here.replace(tzinfo=None) == there.replace(tzinfo=None)
        assert (here.utcoffset(), here.fold, here.tzname()) == (there.utcoffset(), there.fold, there.tzname())
        assert here.astimezone(UTC) == moment


def test_announcements_are_read_soon_after_each_quarter_of_an_hour() -> None:
    def at(hour: int, minute: int, second: int = 0) -> datetime:
        return datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC)

    assert until_due(at(12, 0, 5), 2.0) == LOOK
    assert until_due(at(12, 0, 5), 2.0, watched=True) == WATCHED
    assert until_due(at(12, 14, 59), 2.0, watched=True) == 3.0
    assert until_due(at(12, 13), 2.0) == 122.0
    assert until_due(at(12, 14, 59), 2.0) == 3.0
    assert 1.0 <= until_due(at(12, 29, 59)) - 1.0 <= 6.0
