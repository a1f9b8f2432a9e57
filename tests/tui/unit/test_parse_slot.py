"""Slots as users type them, in zones with clock changes, and as a calendar file."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_tui.domain.parse_slot import parse_slot
from qpi_tui.files.calendar import week_ics

HELSINKI = ZoneInfo("Europe/Helsinki")
NOW = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)  # a Monday, 10:05 in Helsinki


def said(text: str, zone: ZoneInfo = HELSINKI, now: datetime = NOW) -> str:
    start, end = parse_slot(text, now=now, zone=zone)
    assert start.tzinfo is UTC
    assert end.tzinfo is UTC
    here, there = start.astimezone(zone), end.astimezone(zone)
    return f"{here:%a %d %H:%M} {there:%a %d %H:%M}"


@pytest.mark.parametrize(
    ("text", "is_"),
    [
        ("tomorrow 14:00 2h", "Tue 24 14:00 Tue 24 16:00"),
        ("today 9-11", "Mon 23 09:00 Mon 23 11:00"),
        ("fri 9-11", "Fri 27 09:00 Fri 27 11:00"),
        ("Friday, 9:30 – 11:00", "Fri 27 09:30 Fri 27 11:00"),
        ("2026-12-01 13:00 +90m", "Tue 01 13:00 Tue 01 14:30"),
        ("2026-12-01 13:00 1h30min", "Tue 01 13:00 Tue 01 14:30"),
        ("14:00 1h", "Mon 23 14:00 Mon 23 15:00"),
        ("9:00 1h", "Tue 24 09:00 Tue 24 10:00"),
        ("mon 9-10", "Mon 30 09:00 Mon 30 10:00"),
        ("mon 12-13", "Mon 23 12:00 Mon 23 13:00"),
        ("22-2", "Mon 23 22:00 Tue 24 02:00"),
        ("tue 22-24", "Tue 24 22:00 Wed 25 00:00"),
        ("tomorrow noon 30m", "Tue 24 12:00 Tue 24 12:30"),
        ("tomorrow at 2pm for 1h", "Tue 24 14:00 Tue 24 15:00"),
        ("tomorrow 2-4pm", "Tue 24 14:00 Tue 24 16:00"),
        ("now 1h", "Mon 23 10:05 Mon 23 11:05"),
        ("2026-12-01T13:00:00Z 2026-12-01T14:00:00Z", "Tue 01 15:00 Tue 01 16:00"),
        ("2026-12-01T13:00+02:00/2026-12-01T14:00+02:00", "Tue 01 13:00 Tue 01 14:00"),
        ("2026-12-01T13:00+02:00 2h", "Tue 01 13:00 Tue 01 15:00"),
    ],
)
def test_typed_slots_are_parsed(text: str, is_: str) -> None:
    assert said(text) == is_


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "When? For example"),
        ("soon", "'soon' is not a time"),
        ("someday 9-11", "is not a day"),
        ("t 9-11", "is not a day"),
        ("2026-02-30 9-11", "No such day: 2026-02-30"),
        ("tomorrow 25:00 1h", "is not a time of day"),
        ("tomorrow 9:75-10", "is not a time of day"),
        ("tomorrow 14:00", "is not a time"),
        ("tomorrow 14:00 2x", "is not a length"),
        ("tomorrow 9-9", "The end must be after the start"),
        ("2026-12-01T13:00Z 2026-12-01T12:00Z", "The end must be after the start"),
        ("tomorrow 9:00 900h", "longer than 31 days"),
        ("2026-13-01T13:00Z 1h", "No such time"),
    ],
)
def test_an_invalid_slot_is_explained_with_an_example(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"for example|For example|Type") as caught:
        said(text)
    assert sentence in str(caught.value)


def test_a_skipped_local_time_is_reported() -> None:
    with pytest.raises(ValueError, match=r"03:30 on Sun 28 Mar 2027 does not exist.*04:30"):
        said("2027-03-28 3:30 1h")
    assert said("2027-03-28 2:00 2h") == "Sun 28 02:00 Sun 28 05:00"


def test_an_ambiguous_local_time_is_reported_and_can_be_resolved() -> None:
    with pytest.raises(ValueError, match="occurs twice") as caught:
        said("2027-10-31 3:30 1h")
    first, second = "2027-10-31T03:30+03:00", "2027-10-31T03:30+02:00"
    assert first in str(caught.value)
    assert second in str(caught.value)
    one, other = (parse_slot(f"{text} 1h", now=NOW, zone=HELSINKI)[0] for text in (first, second))
    assert (other - one).total_seconds() == 3600


@given(st.text(max_size=40))
def test_any_text_is_a_slot_or_an_error_message(text: str) -> None:
    try:
        start, end = parse_slot(text, now=NOW, zone=HELSINKI)
    except ValueError as error:
        assert len(str(error)) > 20  # noqa: PT017 - a sentence, not a bare exception
    else:
        assert start < end


def test_a_calendar_file_is_escaped_folded_and_in_utc() -> None:
    start, end = parse_slot("tomorrow 14:00 2h", now=NOW, zone=HELSINKI)
    evil = "s, lind; \\ \r\nEND:VEVENT " + "字" * 60
    slots = [
        {"id": "a1", "start": start, "end": end, "own": True, "who": "me"},
        {"id": "b2", "start": end, "end": end, "own": False, "who": evil},
    ]
    text = week_ics(slots, stamp=NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert lines.count("END:VEVENT") == 2
    assert "DTSTART:20261124T120000Z" in lines
    assert "DTEND:20261124T140000Z" in lines
    assert "DTSTAMP:20261123T080500Z" in lines
    assert "SUMMARY:QPU slot: s\\, lind\\; \\\\ \\nEND:VEVENT " + "字" * 60 in lines
