"""Records of any shape become rows: typed, safe to display, with a default for what cannot be decoded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qpi_client import ChangeEvent
from qpi_tui.live.merge import merge_rows
from qpi_tui.rows.announcements import AnnouncementRow
from qpi_tui.rows.audit_log import AuditRow
from qpi_tui.rows.base import LOCAL, Row
from qpi_tui.rows.decode import decode, decode_all, shape_of
from qpi_tui.rows.drivers import DriverRow
from qpi_tui.rows.jobs import JobRow
from qpi_tui.rows.qpus import QPURow
from qpi_tui.rows.requests import RequestRow
from qpi_tui.rows.slots import SlotRow
from qpi_tui.rows.telemetry import ReadingRow
from qpi_tui.rows.tokens import TokenRow
from qpi_tui.rows.users import UserRow

ROWS: dict[str, type[Row]] = {
    "notifications": AnnouncementRow,
    "drivers": DriverRow,
    "quantum_jobs": JobRow,
    "qpus": QPURow,
    "qpu_time_requests": RequestRow,
    "time_slots": SlotRow,
    "events": ReadingRow,
    "tokens": TokenRow,
    "users": UserRow,
    "audit": AuditRow,
}
MIRA = {"id": "mira", "email": "mira@lab.example", "qpu_seconds": 60}
FIRST = {"id": "a", "user": "mira", "seconds": 5, "status": "pending", "expand": {"user": MIRA}}
SECOND = {**FIRST, "id": "b", "seconds": 9}


def test_a_row_uses_standard_field_names() -> None:
    request = decode(RequestRow, {**FIRST, "seconds": 1800})
    assert (request.who, request.balance_before, request.balance_after) == ("mira@lab.example", 60, 1860)
    job = decode(JobRow, {"id": "j", "qpu_target": "q", "expand": {"qpu_target": {"id": "q", "name": "alpha"}}})
    assert (job.qpu_name, job.who) == ("alpha", "?")
    assert decode(JobRow, {"id": "j", "payload": {"shots": 7, "circuits": [{}, {}]}}).circuits == 2


@pytest.mark.parametrize(
    ("record", "unreadable"),
    [
        ({"id": "j", "user_id": ["mira"]}, "user_id"),
        ({"id": "j", "duration": 10**400}, "duration"),
        ({"id": "j", "duration": float("nan")}, "duration"),
        ({"id": "j", "duration": True}, "duration"),
        ({"id": "j", "shots": "many"}, "shots"),
        (["no", "record"], "record"),
    ],
)
def test_an_undecodable_field_has_its_default_and_is_named(record: Any, unreadable: str) -> None:
    row = decode(JobRow, record)
    assert row.unreadable == (unreadable,)
    assert (row.duration, row.shots) == (0.0, None)


def test_non_text_values_become_text_and_valid_items_stay() -> None:
    assert decode(JobRow, {"id": "j", "user_id": [1]}).user_id == "[1]"
    assert decode(AnnouncementRow, {"id": "n", "target_users": ["mira", 3]}).target_users == ("mira", "3")
    known = {"id": "n", "target_users": ["u1"], "expand": {"target_users": [{"id": "u1", "email": "mira@lab.example"}]}}
    assert decode(AnnouncementRow, known).to == "mira@lab.example"
    readings = {"cold": {"value": 1}, "pump": {"value": "off", "unit": "mbar"}, "odd": 3}
    found = decode(ReadingRow, {"id": "r", "payload": {"readings": readings}}).readings
    assert {name: (reading.value, reading.unit) for name, reading in found.items()} == {
        "cold": (1.0, ""),
        "pump": (None, "mbar"),
    }


def test_computed_fields_are_never_taken_from_a_record() -> None:
    row = decode(JobRow, {"id": "j", "dispatched": "2026-11-23", "search": "x", "unreadable": ["id"]})
    assert (row.dispatched, row.search, row.unreadable) == ("", "", ())
    for kind in ROWS.values():
        assert not (LOCAL | kind.LOCAL) & set(shape_of(kind).fields)


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize("name", ROWS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_record_raises_and_every_text_is_safe(name: str, data: st.DataObject) -> None:
    row = ROWS[name]
    shape = shape_of(row)
    names = st.sampled_from([*shape.fields, "payload", "results", "expand", *(name for name, _ in shape.relations)])
    record = data.draw(st.one_of(VALUES, st.dictionaries(names, VALUES | st.dictionaries(names, VALUES))))
    made = decode(row, record)
    assert made == decode(row, record)
    assert repr(made).isprintable()


def recorded(collection: str) -> list[dict[str, Any]]:
    found = []
    for file in sorted((Path(__file__).parents[2] / "contract" / "data").glob("v*/*.json")):
        for exchange in json.loads(file.read_text()):
            answer = exchange.get("answer")
            items = answer.get("items") if isinstance(answer, dict) else answer
            found += [item for item in items or [] if isinstance(item, dict)] if isinstance(items, list) else []
    return [item for item in found if item.get("collectionName") == collection]


@pytest.mark.parametrize("name", [name for name in ROWS if name not in {"tokens", "audit"}])
def test_every_field_of_every_recorded_record_can_be_decoded(name: str) -> None:
    records = recorded(name)
    assert records, f"the recordings have {name}"
    assert {row.unreadable for row in decode_all(ROWS[name], records)} == {()}


# -- events ----------------------------------------------------------------------------------------------------------


def event(collection: str, action: str, record: dict[str, Any]) -> ChangeEvent:
    return ChangeEvent(f"{collection}/*", action, record)


def merged(*events: ChangeEvent, append: bool = True) -> list[RequestRow] | None:
    rows = decode_all(RequestRow, [FIRST, SECOND])
    return merge_rows(rows, events, RequestRow, "qpu_time_requests", related={"user": "users"}, append=append)


def rows_of(*records: dict[str, Any]) -> list[RequestRow]:
    return decode_all(RequestRow, records)


def test_an_update_replaces_its_row() -> None:
    new = {**FIRST, "status": "approved"}
    assert merged(event("qpu_time_requests", "update", new)) == rows_of(new, SECOND)


def test_an_update_without_the_expanded_record_keeps_the_known_one() -> None:
    new = {key: value for key, value in FIRST.items() if key != "expand"} | {"status": "approved"}
    assert merged(event("qpu_time_requests", "update", new)) == rows_of({**FIRST, "status": "approved"}, SECOND)
    assert merged(event("qpu_time_requests", "update", {**new, "user": "other"})) is None


def test_an_update_with_fewer_fields_than_the_list_causes_a_read() -> None:
    assert merged(event("qpu_time_requests", "update", {"id": "a", "status": "approved"})) is None


def test_a_new_record_is_last_in_order_of_arrival() -> None:
    new = {**FIRST, "id": "c"}
    assert merged(event("qpu_time_requests", "create", new)) == rows_of(FIRST, SECOND, new)
    assert merged(event("qpu_time_requests", "create", new), append=False) is None


def test_a_deleted_record_is_removed() -> None:
    assert merged(event("qpu_time_requests", "delete", {"id": "a"})) == rows_of(SECOND)


def test_a_changed_balance_is_updated_in_every_request_of_the_user() -> None:
    found = merged(event("users", "update", {**MIRA, "qpu_seconds": 3600, "secret": 1}))
    assert found is not None
    assert [row.balance_before for row in found] == [3600, 3600]
    assert merged(event("users", "update", {**MIRA, "id": "other"})) == rows_of(FIRST, SECOND)


def test_a_malformed_event_does_not_lose_its_burst() -> None:
    odd = {**FIRST, "user": ["mira"], "seconds": {"much": True}}
    found = merged(event("qpu_time_requests", "update", odd), event("qpu_time_requests", "delete", {"id": "b"}))
    assert found is not None
    assert [(row.id, row.user, row.seconds, row.unreadable) for row in found] == [
        ("a", "['mira']", 0.0, ("user", "seconds"))
    ]


def test_records_of_a_list_share_equal_related_records_only() -> None:
    anna, older = {"id": "user1", "name": "Anna"}, {"id": "user1", "name": "Ann"}
    jobs = [
        {"id": f"job{n}", "expand": {"user_id": user}} for n, user in enumerate((anna, dict(anna), older, {"id": []}))
    ]
    first, second, third, last = decode_all(JobRow, jobs)
    assert first.user_id_record is second.user_id_record
    assert [row.user_id_record.name for row in (first, third)] == ["Anna", "Ann"]
    assert last.user_id_record is not None


def test_related_records_of_any_depth_are_compared() -> None:
    def deep() -> dict[str, Any]:
        value: list[Any] = []
        for _ in range(100_000):
            value = [value]
        return {"id": "user1", "name": "Anna", "more": value}

    jobs = [{"id": f"job{number}", "expand": {"user_id": deep()}} for number in range(2)]
    assert [row.user_id_record.name for row in decode_all(JobRow, jobs)] == ["Anna", "Anna"]
