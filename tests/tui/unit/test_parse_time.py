"""Times as users type them, future and past, in zones with and without a name; no input crashes the program."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from qpi_tui.domain import clock
from qpi_tui.domain.clock import day_text, local, set_clock
from qpi_tui.domain.parse_slot import parse_slot
from qpi_tui.domain.parse_time import parse_moment, parse_past
from qpi_tui.resources.jobs import RESOURCE
from qpi_tui.rows.slot_booking import when

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)  # a Tuesday


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    set_clock(lambda: NOON)
    yield
    set_clock(None)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    yield monkeypatch
    monkeypatch.undo()
    assert os.environ["TZ"] == "UTC"
    time.tzset()


# What users type for "forever", and words at the limits of the calendar.
ENDS = ("9999-12-31", "0001-01-01", "9999-12-31 23:59", "0001-01-01T00:00+14:00", "9998-12-31 24:00", "99999999d")
PIECES = st.sampled_from([
    "9999-12-31", "0001-01-01", "today", "yesterday", "fri", "24:00", "9-24", "0:00", "now", "+", "-", "2h", "1e9", "²",
    "9" * 30, "for", "until", "T", "Z", "+14:00", "-23:59", "am", "2026-02-30", "weeks", ":", "١٢", "noon", "midnight",
])  # fmt: skip
TYPED = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=5).map(" ".join))


@settings(max_examples=400, deadline=None)
@given(TYPED)
@example("9999-12-31")
@example("0001-01-01")
@example("9999-12-31 9-24")
@example("0001-01-01T00:00+14:00 1h")
def test_any_text_is_a_time_or_an_error_message(text: str) -> None:
    readers = (parse_moment, lambda t: parse_moment(t, end=True), parse_past)
    for read in (*readers, lambda t: parse_slot(t, now=NOON, zone=UTC)):
        try:
            found = read(text)
        except ValueError as error:
            assert len(str(error)) > 20  # noqa: PT017  # a sentence
            continue
        for moment in found if isinstance(found, tuple) else (found,):
            if moment is not None:
                # It can be displayed, sent and compared.
                assert isinstance(when(moment, moment + timedelta(days=31)), str)
                assert clock.stored(moment)
    assert RESOURCE.language.parse(f"since:{text} until:{text} on:{text}").words is not None


@pytest.mark.parametrize("text", ENDS)
def test_the_limits_of_the_calendar_are_rejected_with_a_message(text: str) -> None:
    with pytest.raises(ValueError, match="Type for example"):
        parse_slot(f"{text} 1h", now=NOON, zone=UTC)
    if not text.endswith("d"):
        with pytest.raises(ValueError, match=r"is out of range: 1971 to 9990"):
            parse_moment(text)


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("yesterday", "2026-11-23 00:00"),
        ("Yesterday 9:30", "2026-11-23 09:30"),
        ("today", "2026-11-24 00:00"),
        ("2h", "2026-11-24 10:00"),
        ("-2h", "2026-11-24 10:00"),
        ("2h ago", "2026-11-24 10:00"),
        ("30d", "2026-10-25 12:00"),
        ("1w", "2026-11-17 12:00"),
        ("fri 9:00", "2026-11-20 09:00"),
        ("fri", "2026-11-20 00:00"),
        ("tue", "2026-11-24 00:00"),
        ("tue 13:00", "2026-11-17 13:00"),
        ("9:00", "2026-11-24 09:00"),
        ("13:00", "2026-11-23 13:00"),
        ("2026-11-01 08:00", "2026-11-01 08:00"),
        ("2026-11-01", "2026-11-01 00:00"),
        ("2026-10-31 24:00", "2026-11-01 00:00"),
        ("2026-11-01T08:00Z", "2026-11-01 08:00"),
        ("now", "2026-11-24 12:00"),
        ("+2d", "2026-11-26 12:00"),
    ],
)
def test_past_times_are_parsed_in_commands_and_in_the_console(text: str, is_: str) -> None:
    assert f"{parse_past(text):%Y-%m-%d %H:%M}" == is_


def test_a_rejected_value_is_quoted_as_typed() -> None:
    for read in (parse_past, parse_moment):
        with pytest.raises(ValueError, match="'Some Day'"):
            read("Some Day")


@pytest.mark.parametrize(
    ("text", "start", "hours"),
    [
        ("2026-12-24 24:00 1h", "2026-12-25 00:00", 1),
        ("2026-12-24 9-24", "2026-12-24 09:00", 15),
        ("mon 9-24", "2026-11-30 09:00", 15),
        ("mon 9-24:00", "2026-11-30 09:00", 15),
        ("mon 9-midnight", "2026-11-30 09:00", 15),
        ("mon 0-24", "2026-11-30 00:00", 24),
        ("mon 24:00-2", "2026-12-01 00:00", 2),
        ("mon 22-2", "2026-11-30 22:00", 4),
    ],
)
def test_24_00_is_the_end_of_its_day(text: str, start: str, hours: int) -> None:
    begin, end = parse_slot(text, now=NOON, zone=UTC)
    assert f"{begin:%Y-%m-%d %H:%M}" == start
    assert end - begin == timedelta(hours=hours)


def test_a_date_with_24_00_is_parsed() -> None:
    assert parse_moment("2026-12-24 24:00") == datetime(2026, 12, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "summer"),
    [("EET-2EEST,M3.5.0/3,M10.5.0/4", 3), ("CET-1CEST,M3.5.0,M10.5.0/3", 2), ("CET-1CEST", 2), ("<+02>-2", 2)],
)
def test_a_posix_zone_observes_summer_time(zone: pytest.MonkeyPatch, name: str, summer: int) -> None:
    zone.setenv("TZ", name)
    time.tzset()
    for month, hours in ((7, summer), (1, summer - ("," in name or "CEST" in name))):
        moment = datetime(2027, month, 15, 12, 0, 0, 250_000, tzinfo=UTC)
        here = local(moment)
        assert here.utcoffset() == timedelta(hours=hours), (name, month)
        # As the system itself converts it, in both directions.
        assert here.hour == time.localtime(moment.timestamp()).tm_hour
        assert here.astimezone(UTC) == moment
        begin, _ = parse_slot(f"2027-{month:02}-15 9:00 1h", now=NOON, zone=here.tzinfo or UTC)
        assert begin.hour == 9 - hours
        assert here.tzname() == time.localtime(moment.timestamp()).tm_zone


def test_a_posix_zone_has_skipped_and_repeated_hours(zone: pytest.MonkeyPatch) -> None:
    zone.setenv("TZ", "EET-2EEST,M3.5.0/3,M10.5.0/4")
    time.tzset()
    here = local(NOON).tzinfo
    assert here is not None
    with pytest.raises(ValueError, match=r"does not exist.*04:30"):
        parse_slot("2027-03-28 3:30 1h", now=NOON, zone=here)
    with pytest.raises(ValueError, match="occurs twice"):
        parse_slot("2027-10-31 3:30 1h", now=NOON, zone=here)


def test_the_year_is_shown_if_it_is_not_the_current_one() -> None:
    this, next_year = datetime(2026, 12, 1, 9, tzinfo=UTC), datetime(2027, 1, 2, 9, tzinfo=UTC)
    assert day_text(this) == "Tue 1 Dec"
    assert day_text(next_year) == "Sat 2 Jan 2027"
    assert when(next_year, next_year + timedelta(hours=2)) == "Sat 2 Jan 2027 09:00 – 11:00"
    assert when(this, this + timedelta(hours=2)) == "Tue 1 Dec 09:00 – 11:00"
    assert when(this, this + timedelta(days=7)) == "Tue 1 Dec 09:00 – Tue 8 Dec 09:00"
