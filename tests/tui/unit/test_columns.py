"""Columns read records of any shape: no exception, one line of text, a sort key that compares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qpi_tui import clock
from qpi_tui.columns import announcements, drivers, jobs, qpus, requests, slots, telemetry, tokens, users
from qpi_tui.columns.base import Cell, Column
from qpi_tui.columns.view import RecordView

TABLES: dict[str, Sequence[Column]] = {
    "requests": requests.for_role(admin=True, every=True),
    "own requests": requests.for_role(admin=False, every=True),
    "users": users.COLUMNS,
    "qpus": qpus.COLUMNS,
    "drivers": drivers.COLUMNS,
    "slots": slots.COLUMNS,
    "jobs": jobs.for_role(everyone=True),
    "announcements": announcements.COLUMNS,
    "tokens": tokens.COLUMNS,
    "telemetry": telemetry.COLUMNS,
}
STYLES = {"", "ok", "bad", "warn", "muted", "accent"}
FIELDS = (
    "id", "status", "seconds", "requested_reason", "rejection_reason", "user", "user_id", "email", "name",
    "qpu_seconds", "created", "enabled", "num_qubits", "qpu", "kind", "language", "last_seen", "version", "host",
    "start_time", "end_time", "booked_by", "qpu_target", "duration", "title", "description", "target_users",
    "expires_at", "channel", "value", "unit", "ts", "driver",
)  # fmt: skip
DATES = st.sampled_from(["", "2026-11-23 05:20:14.198Z", "0001-01-01 00:00:00Z", "9999-12-31 23:59:59Z", "soon"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | DATES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.sampled_from((*FIELDS, "expand", "_")), JUNK, max_size=12)
DATA = Path(__file__).parents[2] / "contract" / "data" / "v0.1"


@pytest.fixture(autouse=True)
def _fixed_clock() -> Iterator[None]:
    clock.set_clock(lambda: datetime(2026, 11, 23, 5, 26, 30, tzinfo=UTC))
    yield
    clock.set_clock(None)


def text(cell: str | Cell) -> str:
    return cell if isinstance(cell, str) else cell.text


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(RECORDS, max_size=3))
def test_any_record_has_cells_and_a_place(name: str, records: list[dict[str, Any]]) -> None:
    rows = [{**record, "id": f"r{number}"} for number, record in enumerate(records)]
    view = RecordView(TABLES[name])
    view.set_records(rows)
    for column in TABLES[name]:
        for row in rows:
            cell = column.cell(row)
            assert isinstance(text(cell), str)
            assert isinstance(cell, str) or cell.style in STYLES
        view.set_sort((column.key, False))
        assert {row["id"] for row in view.shown} == {row["id"] for row in rows}


@pytest.mark.parametrize("name", TABLES)
def test_keys_are_unique_and_something_is_always_shown(name: str) -> None:
    keys = [column.key for column in TABLES[name]]
    assert len(set(keys)) == len(keys)
    assert any(column.need == 0 for column in TABLES[name])
    assert any(column.flex for column in TABLES[name])


def recorded(*collections: str) -> list[dict[str, Any]]:
    """Every record of these collections in what a real server answered."""
    found: list[dict[str, Any]] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("collectionName") in collections and "id" in value:
                found.append(value)
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    for file in sorted(DATA.glob("*.json")):
        look(json.loads(file.read_text()))
    return found


@pytest.mark.parametrize(
    ("name", "collection"),
    [("requests", "qpu_time_requests"), ("users", "users"), ("qpus", "qpus"), ("slots", "time_slots"),
     ("jobs", "quantum_jobs"), ("announcements", "notifications"), ("drivers", "drivers")],
)  # fmt: skip
def test_recorded_records_say_something(name: str, collection: str) -> None:
    records = recorded(collection)
    assert records, f"the recordings have {collection}"
    needed = [column for column in TABLES[name] if column.need == 0]
    for record in records:
        assert any(text(column.cell(record)).strip(" ?–") for column in needed), record
