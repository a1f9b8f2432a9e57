"""Complete lists while others insert and delete."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from qpi_client import QPIClient
from qpi_client.context import Context
from qpi_client.http import httpx
from qpi_client.paging import Pager, everything
from qpi_client.steps import Call, Reply, Request
from tests.client.both import Both
from tests.client.conftest import Open
from tests.client.faults import FaultServer, answer


class Table:
    """A collection in order of arrival. `meanwhile` runs after each page."""

    def __init__(self, size: int, meanwhile: Callable[[Table], None] = lambda _: None) -> None:
        self.rows = [f"r{number:05}" for number in range(size)]
        self.meanwhile = meanwhile
        self.pages = 0

    def answer(self, request: Request) -> Reply:
        assert request.query is not None
        page, size = request.query["page"], request.query["perPage"]
        items = [{"id": row} for row in self.rows[(page - 1) * size : page * size]]
        assert request.query["skipTotal"] == 1
        body = {"items": items, "page": page, "perPage": size, "totalItems": -1}
        self.pages += 1
        self.meanwhile(self)
        return Reply(200, {"content-type": "application/json"}, json.dumps(body).encode())


def read(call: Call[Any], table: Table) -> list[str]:
    """Drive a call by hand; it performs no I/O."""
    try:
        step = next(call)
        while True:
            assert isinstance(step, Request)
            step = call.send(table.answer(step))
    except StopIteration as done:
        return [row["id"] for row in done.value]


def arrival(limit: int | None = None) -> Call[Any]:
    return everything(Context("http://x"), Pager("drivers", session=False, limit=limit))


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 2500])
def test_all_pages_are_read(size: int) -> None:
    table = Table(size)
    assert read(arrival(), table) == table.rows


def test_a_limit_stops_reading_pages() -> None:
    assert read(arrival(limit=1500), Table(5000)) == Table(1500).rows
    assert read(arrival(limit=1), Table(5000)) == ["r00000"]
    assert read(arrival(limit=3), (table := Table(10))) == ["r00000", "r00001", "r00002"]
    assert table.pages == 1


def test_inserts_between_pages_shift_no_record() -> None:
    found = read(arrival(), Table(2500, lambda table: table.rows.append(f"s{len(table.rows):05}")))
    assert found[:2500] == Table(2500).rows
    assert len(found) == len(set(found))


def test_deletions_between_pages_hide_no_record() -> None:
    def delete(table: Table) -> None:
        if table.pages <= 2:
            del table.rows[table.pages * 5]

    table = Table(3500, delete)
    found = read(arrival(), table)
    assert set(table.rows) <= set(found)
    assert len(found) == len(set(found))


def test_a_server_that_ignores_the_page_number_does_not_loop_forever() -> None:
    class Deaf(Table):
        def answer(self, request: Request) -> Reply:
            assert self.pages < 5
            self.pages += 1
            body = {"items": [{"id": f"r{number}"} for number in range(1000)]}
            return Reply(200, {"content-type": "application/json"}, json.dumps(body).encode())

    assert len(read(arrival(), Deaf(0))) == 1000


def test_paging_by_date_returns_each_record_once_during_changes(
    admin: Both, admin_http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for number in range(25):
        body = {"title": f"paged {number}", "description": "x"}
        made.append(admin_http.post("/api/collections/notifications/records", json=body).json()["id"])
    monkeypatch.setattr("qpi_client.paging.PAGE", 10)
    sends: list[None] = []

    def meanwhile(seen: Any) -> None:
        if "notifications" in seen.url:
            sends.append(None)
            body = {"title": "in between", "description": "x"}
            made.append(admin_http.post("/api/collections/notifications/records", json=body).json()["id"])
            if len(sends) == 2:
                admin_http.delete(f"/api/collections/notifications/records/{made[20]}").raise_for_status()

    monkeypatch.setattr(admin.client, "_settings", admin.client._settings._replace(on_response=meanwhile))
    found = [one["id"] for one in admin.list_notifications()]
    assert len(sends) > 2
    assert len(found) == len(set(found))
    assert set(made[:20]) <= set(found)
    for id in made:
        admin_http.delete(f"/api/collections/notifications/records/{id}")


@pytest.mark.parametrize("body", [[{"id": "a"}], {"jobs": [{"id": "a"}]}, {"items": [{"id": "a"}]}])
def test_lists_are_accepted_in_every_response_shape(body: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/jobs", answer(200, body))
    assert connect(faults.url, "qpi_t").list_jobs() == [{"id": "a"}]


def test_large_lists_omit_fields_that_a_list_does_not_show(faults: FaultServer) -> None:
    jobs = [{"id": f"j{n}", "status": "failed", "payload": {"x": "y" * 200}, "duration": 1.5} for n in range(500)]
    faults.on("GET /api/jobs", answer(200, jobs))
    with QPIClient(faults.url, "qpi_t") as client:
        rows = client.list_jobs(status="failed")
    assert rows[499] == {"id": "j499", "status": "failed", "duration": 1.5}
