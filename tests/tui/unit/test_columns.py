"""Cells of records as a person reads them, and of records that no server should send."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from qpi_tui.domain import column_layout
from qpi_tui.domain.clock import now, set_clock
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.sanitize import cells
from qpi_tui.domain.table_view import RecordView
from qpi_tui.resources import announcements, audit_log, drivers, jobs, qpus, requests, slots, telemetry, tokens, users
from qpi_tui.rows.announcements import AnnouncementRow
from qpi_tui.rows.audit_log import AuditRow
from qpi_tui.rows.base import Row
from qpi_tui.rows.decode import decode, decode_all
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.qpus import QPURow
from qpi_tui.rows.requests import RequestRow
from qpi_tui.rows.slots import SlotRow
from qpi_tui.rows.telemetry import ChannelRow, ReadingRow, channels
from qpi_tui.rows.tokens import TokenRow
from qpi_tui.rows.users import UserRow

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROWS: dict[str, type[Row]] = {
    "announcements": AnnouncementRow,
    "drivers": DriverRow,
    "jobs": JobRow,
    "journal": AuditRow,
    "own jobs": JobRow,
    "qpus": QPURow,
    "requests": RequestRow,
    "queue": RequestRow,
    "own requests": RequestRow,
    "slots": SlotRow,
    "telemetry": ChannelRow,
    "tokens": TokenRow,
    "users": UserRow,
}
ALL: dict[str, Sequence[Column]] = {
    "announcements": announcements.COLUMNS,
    "drivers": drivers.COLUMNS,
    "jobs": jobs.for_role(everyone=True),
    "journal": audit_log.COLUMNS,
    "own jobs": jobs.for_role(everyone=False),
    "qpus": qpus.COLUMNS,
    "requests": requests.for_role(admin=True, every=True),
    "queue": requests.for_role(admin=True, every=False),
    "own requests": requests.for_role(admin=False, every=False),
    "slots": slots.COLUMNS,
    "telemetry": telemetry.COLUMNS,
    "tokens": tokens.COLUMNS,
    "users": users.COLUMNS,
}


@pytest.fixture(autouse=True, scope="module")
def _noon() -> Iterator[None]:
    set_clock(lambda: NOON)
    yield
    set_clock(None)


def cell(name: str, key: str, record: dict[str, Any] | Row) -> Cell:
    row = record if isinstance(record, Row) else decode(ROWS[name], record)
    found = next(column for column in ALL[name] if column.key == key).cell(row)
    return Cell(found) if isinstance(found, str) else found


# -- what a person reads ---------------------------------------------------------------------------------------------


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
def test_the_state_of_a_job_has_a_shape_and_a_word(record: dict[str, Any], shown: Cell) -> None:
    assert cell("jobs", "status", record) == shown


@pytest.mark.parametrize(("ahead", "shown"), [(None, "… waits"), (2, "… 2 ahead"), (0, "… next")])
def test_a_job_that_waits_says_how_many_are_before_it(ahead: int | None, shown: str) -> None:
    columns = jobs.for_role(everyone=True, ahead=lambda id: ahead)
    state = next(column for column in columns if column.key == "status")
    assert text_of(state.cell(decode(JobRow, {"id": "j", "status": "pending", "qpu_target": "q"}))) == shown


def test_a_job_says_how_much_it_is_where_the_server_tells() -> None:
    assert cell("jobs", "size", {"circuits": 4, "shots": 4000}).text == "4 × 4,000"
    assert cell("jobs", "size", {}) == Cell("–", "muted")


@pytest.mark.parametrize("name", ["jobs", "own jobs"])
def test_at_120_columns_all_that_a_queue_tells_is_a_column(name: str) -> None:
    placed = column_layout.place(ALL[name], 119)
    assert [place.column for place in placed] == list(ALL[name])
    assert {"status", "qpu", "size", "age", "waited", "took", "cost"} <= {place.column.key for place in placed}
    assert all(place.width >= min(place.column.width, 12) for place in placed if place.column.key != "id")


@pytest.mark.parametrize(
    ("status", "key", "seconds", "shown"),
    [
        # The age beside it says how long.
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
def test_what_still_goes_on_changes_by_the_minute_at_most(status: str, key: str, seconds: int, shown: str) -> None:
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
def test_what_is_charged_is_never_shown_as_nothing(seconds: float, said: str) -> None:
    job = {"id": "a", "status": "completed", "duration": seconds}
    assert cell("own jobs", "cost", job).text == said


def test_what_is_over_says_what_it_waited_took_and_cost() -> None:
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
def test_the_state_of_a_qpu_has_a_shape_and_a_word(record: dict[str, Any], shown: Cell) -> None:
    assert cell("qpus", "state", record) == shown


def test_a_request_shows_who_how_much_and_the_balance_before_and_after() -> None:
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
def test_the_state_of_a_driver(record: dict[str, Any], shown: str) -> None:
    assert cell("drivers", "state", record).text == shown


def test_a_driver_says_when_it_was_seen_and_whose_it_is() -> None:
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
def test_the_state_of_an_announcement(record: dict[str, Any], shown: str) -> None:
    assert cell("announcements", "state", record).text == shown


@pytest.mark.parametrize(
    ("target", "shown"), [("", "everybody"), ([], "everybody"), ("u1", "u1"), (["u1"], "u1"), (["u1", "u2"], "2 users")]
)
def test_whom_an_announcement_is_for(target: object, shown: str) -> None:
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
def test_a_token_says_how_long_it_is_good(expires: str, state: str, left: str) -> None:
    assert cell("tokens", "state", {"expires_at": expires}).text == state
    assert cell("tokens", "left", {"expires_at": expires}).text == left


def test_tokens_that_never_expire_come_after_those_that_do() -> None:
    view = RecordView(tokens.COLUMNS)
    view.set_records([TokenRow(id="a"), TokenRow(id="b", expires_at="2026-12-01 00:00:00Z")])
    view.set_sort(("expires", False))
    assert [record.id for record in view.shown] == ["b", "a"]


def test_a_slot_says_when_for_how_long_and_whose() -> None:
    record = {"start_time": "2026-11-23 11:00:00Z", "end_time": "2026-11-23 12:30:00Z", "booked_by": "u1"}
    assert RecordView(slots.COLUMNS).cells(decode(SlotRow, record))[2:] == ["1 h 30 min", "▶ now", "taken"]
    assert cell("slots", "who", replace(decode(SlotRow, record), own=True)) == Cell("you", "accent")


def channels_of(records: list[dict[str, Any]]) -> list[ChannelRow]:
    return channels(decode_all(ReadingRow, records))


def reading(ts: str, **values: object) -> dict[str, Any]:
    return {
        "ts": ts,
        "driver": "d1",
        "qpu": "q1",
        "expand": {"driver": {"name": "monitor"}, "qpu": {"name": "qpu_alpha"}},
        "payload": {"readings": {channel.replace("_", "."): value for channel, value in values.items()}},
    }


def test_readings_become_channels_with_their_last_value_and_what_came_before() -> None:
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


# -- what no server should send --------------------------------------------------------------------------------------

FIELDS = sorted(
    {
        "id", "name", "status", "enabled", "user", "user_id", "qpu", "qpu_target", "seconds", "qpu_seconds", "email",
        "created", "last_seen", "start_time", "end_time", "expires_at", "target_users", "booked_by", "duration", "kind",
        "circuits", "shots", "requested_reason", "rejection_reason", "title", "description", "num_qubits", "payload",
        "readings", "value", "unit", "ts", "driver", "language", "version", "host", "channel", "events",
    }
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.just(10**400),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["pending", "online", "offline", "2026-11-23 05:20:14.198Z", "0001-01-01 00:00:00Z"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([*FIELDS, "_", "expand"]), inner, max_size=3)
    ),
    max_leaves=8,
)
RECORDS = st.builds(
    lambda fields, expand, extra: {**fields, "expand": expand, "_": extra},
    st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=12),
    st.one_of(VALUES, st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=3)),
    st.one_of(
        VALUES,
        st.dictionaries(st.sampled_from(["runs", "waits", "drivers", "holder", "ahead", "circuits", "shots"]), VALUES),
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_whatever_a_record_holds_every_table_shows_sorts_and_filters_it(records: list[dict[str, Any]]) -> None:
    named = [{**record, "id": f"id{index}"} for index, record in enumerate(records)]
    channels_of(named)
    for name, columns in ALL.items():
        rows = decode_all(ROWS[name], named)
        view = RecordView(columns)
        view.set_records(rows)
        for column in columns:
            for reverse in (False, True):
                view.set_sort((column.key, reverse))
                assert len(view.shown) == len(rows)
        view.set_filter("id0")
        assert len(view.shown) <= len(rows)
        placed = column_layout.place(columns, 79)
        for row in rows:
            pieces = column_layout.line(placed, row, 79, cursor=False, marked=False)
            assert sum(cells(text) for text, _ in pieces) == 79


def recorded() -> list[dict[str, Any]]:
    found = []
    for file in sorted((Path(__file__).parents[2] / "contract" / "data").glob("v*/*.json")):
        for exchange in json.loads(file.read_text()):
            answer = exchange.get("answer")
            items = answer.get("items") if isinstance(answer, dict) else answer
            found += [item for item in items or [] if isinstance(item, dict)] if isinstance(items, list) else []
    return found


def test_every_recorded_answer_can_be_shown() -> None:
    records = [{**record, "id": f"id{index}"} for index, record in enumerate(recorded())]
    assert len(records) > 50
    for name, columns in ALL.items():
        view = RecordView(columns)
        view.set_records(decode_all(ROWS[name], records))
        for column in columns:
            view.set_sort((column.key, False))
        assert all(isinstance(text, str) for row in view.shown for text in view.cells(row))


@pytest.mark.parametrize(
    ("name", "collection"),
    [
        ("requests", "qpu_time_requests"),
        ("users", "users"),
        ("qpus", "qpus"),
        ("slots", "time_slots"),
        ("jobs", "quantum_jobs"),
        ("announcements", "notifications"),
        ("drivers", "drivers"),
        ("telemetry", "events"),
    ],
)
def test_what_was_recorded_says_something(name: str, collection: str) -> None:
    records = [record for record in recorded() if record.get("collectionName") == collection]
    assert records, f"the recordings have {collection}"
    rows = channels_of(records) if name == "telemetry" else decode_all(ROWS[name], records)
    needed = [column for column in ALL[name] if column.need == 0]
    for row in rows:
        assert any(text_of(column.cell(row)).strip(" ?–") for column in needed), row


# -- widths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [1, 5, 20, 40, 79, 119, 300])
def test_the_columns_that_are_kept_fit(name: str, width: int) -> None:
    placed = column_layout.place(ALL[name], width)
    pieces = column_layout.header(placed, width, None)
    assert sum(cells(text) for text, _ in pieces) == width
    if placed:
        used = column_layout.GUTTER + sum(place.width for place in placed) + column_layout.GAP * (len(placed) - 1)
        assert used <= width


@pytest.mark.parametrize("name", ALL)
def test_eighty_columns_show_everything_that_is_needed(name: str) -> None:
    kept = {place.column.key for place in column_layout.place(ALL[name], 79)}
    assert {column.key for column in ALL[name] if column.need == 0} <= kept
    assert all(place.width >= 4 for place in column_layout.place(ALL[name], 79))


def test_an_admin_sees_balance_and_age_in_eighty_columns() -> None:
    assert [place.column.key for place in column_layout.place(ALL["queue"], 79)] == [
        "who",
        "asks",
        "balance",
        "why",
        "age",
    ]


@pytest.mark.parametrize("name", ALL)
def test_keys_of_columns_are_their_own(name: str) -> None:
    keys = [column.key for column in ALL[name]]
    assert len(keys) == len(set(keys))


def test_needless_columns_go_first_and_what_is_left_is_cut() -> None:
    columns = [
        Column("a", "a", 10, lambda record: "x"),
        Column("b", "b", 10, lambda record: "x", need=1),
        Column("c", "c", 10, lambda record: "x", need=2),
        Column("d", "d", 10, lambda record: "x", flex=True),
    ]

    def kept(width: int) -> list[tuple[str, int]]:
        return [(place.column.key, place.width) for place in column_layout.place(columns, column_layout.GUTTER + width)]

    assert kept(60) == [("a", 10), ("b", 10), ("c", 10), ("d", 24)]
    assert kept(46) == [("a", 10), ("b", 10), ("c", 10), ("d", 10)]
    assert kept(45) == [("a", 10), ("b", 10), ("d", 21)]
    assert kept(30) == [("a", 10), ("d", 18)]
    assert kept(20) == [("a", 10), ("d", 8)]
    assert kept(12) == [("a", 10)]
    assert kept(6) == [("a", 6)]
    assert kept(0) == []


def test_a_style_is_one_of_those_that_have_a_colour() -> None:
    known = {"", "ok", "bad", "warn", "muted", "accent"}
    for record in recorded():
        for name, columns in ALL.items():
            found = [column.cell(decode(ROWS[name], record)) for column in columns]
            assert {made.style for made in found if isinstance(made, Cell)} <= known
            assert all(isinstance(text_of(made), str) for made in found)


def test_a_connected_monitor_of_a_cryostat_is_no_driver_of_its_qpu() -> None:
    monitor = DriverRow(kind="bluefors_gen1", status="online", enabled=True)
    lost = DriverRow(kind="presto", status="offline", enabled=True, last_seen="2026-11-23 11:57:00Z")
    assert cell("qpus", "driver", QPURow(drivers=(monitor, lost))).text == "3 min ago"
    assert cell("qpus", "driver", QPURow(drivers=(monitor,))).text == "monitors only"
    assert cell("qpus", "driver", QPURow(drivers=())).text == "no driver"
    # v0.0: a QPU is its own driver.
    assert cell("qpus", "driver", QPURow(drivers=None, enabled=True, status="online")).text == "connected"
    assert cell("qpus", "driver", QPURow(drivers=None, enabled=True, status="offline")).text == "not connected"
    assert cell("qpus", "driver", QPURow(drivers=None, enabled=False)).text == "not known"
