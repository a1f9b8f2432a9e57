"""Columns at any width, and with records that no server should send."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_tui.domain import column_layout
from qpi_tui.domain.clock import set_clock
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.filter_index import text_of
from qpi_tui.domain.sanitize import cells
from qpi_tui.domain.table_view import RecordView
from qpi_tui.rows.decode import decode, decode_all
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.qpus import QPURow
from tests.tui.unit.tables import ALL, NOON, ROWS, cell, channels_of


@pytest.fixture(autouse=True, scope="module")
def _noon() -> Iterator[None]:
    set_clock(lambda: NOON)
    yield
    set_clock(None)


# -- invalid records ------------------------------------------------------------------------------------------------

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
def test_every_table_shows_sorts_and_filters_any_record(records: list[dict[str, Any]]) -> None:
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
def test_recorded_answers_fill_the_columns(name: str, collection: str) -> None:
    records = [record for record in recorded() if record.get("collectionName") == collection]
    assert records, f"the recordings have {collection}"
    rows = channels_of(records) if name == "telemetry" else decode_all(ROWS[name], records)
    needed = [column for column in ALL[name] if column.need == 0]
    for row in rows:
        assert any(text_of(column.cell(row)).strip(" ?–") for column in needed), row


# -- widths ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [1, 5, 20, 40, 79, 119, 300])
def test_the_remaining_columns_fit(name: str, width: int) -> None:
    placed = column_layout.place(ALL[name], width)
    pieces = column_layout.header(placed, width, None)
    assert sum(cells(text) for text, _ in pieces) == width
    if placed:
        used = column_layout.GUTTER + sum(place.width for place in placed) + column_layout.GAP * (len(placed) - 1)
        assert used <= width


@pytest.mark.parametrize("name", ALL)
def test_eighty_columns_show_every_required_column(name: str) -> None:
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
def test_column_keys_are_unique(name: str) -> None:
    keys = [column.key for column in ALL[name]]
    assert len(keys) == len(set(keys))


def test_optional_columns_are_dropped_first_and_the_rest_is_truncated() -> None:
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


def test_every_style_has_a_colour() -> None:
    known = {"", "ok", "bad", "warn", "muted", "accent"}
    for record in recorded():
        for name, columns in ALL.items():
            found = [column.cell(decode(ROWS[name], record)) for column in columns]
            assert {made.style for made in found if isinstance(made, Cell)} <= known
            assert all(isinstance(text_of(made), str) for made in found)


def test_a_connected_cryostat_monitor_does_not_count_as_a_driver() -> None:
    monitor = DriverRow(kind="bluefors_gen1", status="online", enabled=True)
    lost = DriverRow(kind="presto", status="offline", enabled=True, last_seen="2026-11-23 11:57:00Z")
    assert cell("qpus", "driver", QPURow(drivers=(monitor, lost))).text == "3 min ago"
    assert cell("qpus", "driver", QPURow(drivers=(monitor,))).text == "monitors only"
    assert cell("qpus", "driver", QPURow(drivers=())).text == "no driver"
    # v0.0: a QPU is its own driver.
    assert cell("qpus", "driver", QPURow(drivers=None, enabled=True, status="online")).text == "connected"
    assert cell("qpus", "driver", QPURow(drivers=None, enabled=True, status="offline")).text == "not connected"
    assert cell("qpus", "driver", QPURow(drivers=None, enabled=False)).text == "not known"
