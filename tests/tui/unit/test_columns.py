"""Cells of records as users read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from qpi_tui.domain import column_layout
from qpi_tui.domain.clock import now, set_clock
from qpi_tui.domain.columns import Cell
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.sanitize import cells
from qpi_tui.domain.table_view import RecordView
from qpi_tui.resources import jobs, slots, telemetry, tokens
from qpi_tui.rows.decode import decode
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.requests import RequestRow
from qpi_tui.rows.slots import SlotRow
from qpi_tui.rows.tokens import TokenRow
from tests.tui.unit.tables import ALL, NOON, cell, channels_of


@pytest.fixture(autouse=True, scope="module")
def _noon() -> Iterator[None]:
    set_clock(lambda: NOON)
    yield
    set_clock(None)


# -- displayed text -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"status": "pending", "qpu_target": "q"}, Cell("… waits")),
        ({"status": "pending", "qpu_target": ""}, Cell("▲ no QPU", "warn")),
        ({"status": "running"}, Cell("▶ running", "accent")),
        ({"status": "completed"}, Cell("✓ done", "ok")),
        ({"status": "failed"}, Cell("✗ failed", "bad")),
        ({"status": "cancelled"}, Cell("⊘ cancelled", "muted")),
        ({"status": "melted"}, Cell("? melted", "warn")),
    ],
)
def test_the_status_of_a_job_has_a_symbol_and_a_word(record: dict[str, Any], shown: Cell) -> None:
    assert cell("jobs", "status", record) == shown


@pytest.mark.parametrize(("ahead", "shown"), [(None, "… waits"), (2, "… 2 ahead"), (0, "… next")])
def test_a_queued_job_shows_how_many_jobs_are_ahead(ahead: int | None, shown: str) -> None:
    columns = jobs.for_role(everyone=True, ahead=lambda id: ahead)
    state = next(column for column in columns if column.key == "status")
    assert text_of(state.cell(decode(JobRow, {"id": "j", "status": "pending", "qpu_target": "q"}))) == shown


def test_a_job_shows_its_size_if_the_server_sends_it() -> None:
    assert cell("jobs", "size", {"circuits": 4, "shots": 4000}).text == "4 × 4,000"
    assert cell("jobs", "size", {}) == Cell("–", "muted")


@pytest.mark.parametrize("name", ["jobs", "own jobs"])
def test_at_120_columns_every_field_of_a_job_is_a_column(name: str) -> None:
    placed = column_layout.place(ALL[name], 119)
    assert [place.column for place in placed] == list(ALL[name])
    assert {"status", "qpu", "size", "age", "waited", "took", "cost"} <= {place.column.key for place in placed}
    assert all(place.width >= min(place.column.width, 12) for place in placed if place.column.key != "id")


@pytest.mark.parametrize(
    ("status", "key", "seconds", "shown"),
    [
        # The age next to it shows the duration.
        ("pending", "waited", 3, "…"),
        ("pending", "waited", 7300, "…"),
        ("pending", "age", 119, "1 min"),
        ("pending", "age", 299, "3 min"),
        ("pending", "age", 7300, "2 h"),
        ("running", "took", 3, "▶ <1 min"),
        ("running", "took", 119, "▶ 1 min"),
        ("running", "took", 7300, "▶ 2 h"),
    ],
)
def test_the_cells_of_an_active_job_change_once_a_minute_at_most(
    status: str, key: str, seconds: int, shown: str
) -> None:
    since = f"{now() - timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S.%f}"[:-3] + "Z"
    job = {"status": status, "created": since, "updated": since}
    assert cell("own jobs", key, job).text == shown
    assert cells(shown) <= next(column.width for column in ALL["own jobs"] if column.key == key)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.00 s"),
        (0.0001, "<0.001 s"),
        (0.0021, "0.002 s"),
        (0.099, "0.099 s"),
        (0.5, "0.50 s"),
        (1234.6, "1,235 s"),
    ],
)
def test_a_charge_is_never_shown_as_zero(seconds: float, said: str) -> None:
    job = {"id": "a", "status": "completed", "duration": seconds}
    assert cell("own jobs", "cost", job).text == said


def test_an_ended_job_shows_its_wait_duration_and_cost() -> None:
    job = {
        "status": "completed",
        "created": "2026-11-23 08:00:00.000Z",
        "finished_at": "2026-11-23 08:04:30.500Z",
        "duration": 10.5,
    }
    assert [cell("own jobs", key, job).text for key in ("waited", "took", "cost")] == ["4 min", "10 s", "10.50 s"]


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"status": "online", "enabled": True}, Cell("● online", "ok")),
        ({"status": "offline", "enabled": True}, Cell("▲ on, offline", "bad")),
        ({"status": "maintenance", "enabled": True}, Cell("◐ maintenance", "warn")),
        ({"status": "offline", "enabled": False}, Cell("○ off", "muted")),
        ({}, Cell("○ off", "muted")),
    ],
)
def test_the_status_of_a_qpu_has_a_symbol_and_a_word(record: dict[str, Any], shown: Cell) -> None:
    assert cell("qpus", "state", record) == shown


def test_a_request_shows_user_amount_and_balance_before_and_after() -> None:
    record = {
        "user": "u1",
        "seconds": 1800,
        "status": "pending",
        "requested_reason": "one more sweep",
        "expand": {"user": {"id": "u1", "email": "mira.k@lab.example", "qpu_seconds": 4320}},
    }
    view = RecordView(ALL["queue"])
    assert view.cells(decode(RequestRow, record)) == [
        "mira.k@lab.example",
        "30 min",
        "1 h 12 → 1 h 42",
        "one more sweep",
        "",
    ]
    del record["expand"]
    assert view.cells(decode(RequestRow, record)) == ["u1", "30 min", "not known", "one more sweep", ""]


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"enabled": True, "status": "online"}, "● online"),
        ({"enabled": False, "status": "online"}, "○ off"),
        ({"enabled": True, "status": "offline", "last_seen": "2026-11-23 11:50:00Z"}, "▲ on, offline"),
        ({"enabled": True, "status": "offline", "last_seen": ""}, "… not started"),
    ],
)
def test_the_status_of_a_driver_has_a_symbol_and_a_word(record: dict[str, Any], shown: str) -> None:
    assert cell("drivers", "state", record).text == shown


def test_a_driver_shows_when_it_was_last_seen_and_its_qpu() -> None:
    record = {
        "enabled": True,
        "last_seen": "2026-11-23 11:57:00Z",
        "qpu": "q1",
        "kind": "mock",
        "language": "python",
        "expand": {"qpu": {"name": "qpu_beta"}},
    }
    assert cell("drivers", "seen", record) == Cell("3 min ago", "warn")
    assert cell("drivers", "qpu", record).text == "qpu_beta"
    assert cell("drivers", "kind", record).text == "mock"
    assert cell("drivers", "seen", {}) == Cell("never", "muted")


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ({"start_time": "", "end_time": ""}, "● shown"),
        ({"start_time": "2026-11-24 00:00:00Z", "end_time": ""}, "… later"),
        ({"start_time": "", "end_time": "2026-11-23 11:59:00Z"}, "○ over"),
    ],
)
def test_the_status_of_an_announcement_has_a_symbol_and_a_word(record: dict[str, Any], shown: str) -> None:
    assert cell("announcements", "state", record).text == shown


@pytest.mark.parametrize(
    ("target", "shown"), [("", "everybody"), ([], "everybody"), ("u1", "u1"), (["u1"], "u1"), (["u1", "u2"], "2 users")]
)
def test_an_announcement_shows_its_audience(target: object, shown: str) -> None:
    assert cell("announcements", "to", {"target_users": target}).text == shown


@pytest.mark.parametrize(
    ("expires", "state", "left"),
    [
        ("", "● valid", ""),
        ("2027-11-23 12:00:00Z", "● valid", "in 365 d"),
        ("2026-11-25 13:00:00Z", "▲ ends soon", "in 2 d"),
        ("2026-11-22 11:00:00Z", "✗ expired", "1 d ago"),
    ],
)
def test_a_token_shows_how_long_it_is_valid(expires: str, state: str, left: str) -> None:
    assert cell("tokens", "state", {"expires_at": expires}).text == state
    assert cell("tokens", "left", {"expires_at": expires}).text == left


def test_tokens_that_never_expire_sort_last() -> None:
    view = RecordView(tokens.COLUMNS)
    view.set_records([TokenRow(id="a"), TokenRow(id="b", expires_at="2026-12-01 00:00:00Z")])
    view.set_sort(("expires", False))
    assert [record.id for record in view.shown] == ["b", "a"]


def test_a_slot_shows_time_duration_and_holder() -> None:
    record = {"start_time": "2026-11-23 11:00:00Z", "end_time": "2026-11-23 12:30:00Z", "booked_by": "u1"}
    assert RecordView(slots.COLUMNS).cells(decode(SlotRow, record))[2:] == ["1 h 30 min", "▶ now", "taken"]
    assert cell("slots", "who", replace(decode(SlotRow, record), own=True)) == Cell("you", "accent")


def reading(ts: str, **values: object) -> dict[str, Any]:
    return {
        "ts": ts,
        "driver": "d1",
        "qpu": "q1",
        "expand": {"driver": {"name": "monitor"}, "qpu": {"name": "qpu_alpha"}},
        "payload": {"readings": {channel.replace("_", "."): value for channel, value in values.items()}},
    }


def test_readings_become_channels_with_latest_value_and_history() -> None:
    good = {"unit": "K", "status": "SYNCHRONIZED"}
    found = channels_of(
        [
            reading("2026-11-23T11:59:00Z", bf_tmc={"value": 0.0912, **good}, bf_p1={"value": None, "status": "BAD"}),
            reading("2026-11-23T11:58:00Z", bf_tmc={"value": 0.094, **good}, bf_p1={"value": 1e-6, "unit": "mbar"}),
            reading("2026-11-23T11:40:00Z", bf_tmc={"value": 0.1, **good}, bf_old={"value": 7, **good}),
            {"payload": None},
            reading("2026-11-23T11:00:00Z", odd="no reading"),
        ]
    )
    assert [row.channel for row in found] == ["bf.old", "bf.p1", "bf.tmc"]
    old, pressure, cold = found
    assert [value for _, value in cold.values] == [0.1, 0.094, 0.0912]
    view = RecordView(telemetry.COLUMNS)
    said = {column.key: text for column, text in zip(view.columns, view.cells(cold), strict=True)}
    assert said == {
        "channel": "bf.tmc",
        "state": "● good",
        "value": "0.0912",
        "unit": "K",
        "trend": "",
        "age": "1 min",
        "status": "SYNCHRONIZED",
        "driver": "monitor",
        "qpu": "qpu_alpha",
    }
    assert cell("telemetry", "state", pressure) == Cell("✗ bad", "bad")
    assert cell("telemetry", "value", pressure) == Cell("–", "bad")
    assert cell("telemetry", "state", old) == Cell("▲ silent", "warn")
    assert cell("telemetry", "age", old).style == "warn"
    view.set_records(found)
    view.set_sort(("state", False))
    assert [row.channel for row in view.shown] == ["bf.p1", "bf.old", "bf.tmc"]
