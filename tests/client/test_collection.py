"""Access to any collection of a server by its name, with a record type of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import pytest

from qpi_client import (
    BadRequest,
    Forbidden,
    InvalidValue,
    NotFound,
    QPUStatus,
    ReadOnly,
    SessionExpired,
    SessionRequired,
)
from qpi_client.http import httpx
from qpi_sandbox import Credentials, Sandbox
from tests.client.both import Both
from tests.client.conftest import Open
from tests.client.faults import FaultServer, answer


class Calibration(TypedDict):
    """A record of a collection without methods of its own."""

    id: str
    qpu: str
    fidelity: float


@pytest.fixture(scope="module", autouse=True)
def _calibrations(admin_http: httpx.Client) -> None:
    """Create a collection that superusers write and users read."""
    rule = "@request.auth.id != ''"
    fields = [
        {"name": "qpu", "type": "text", "required": True},
        {"name": "fidelity", "type": "number", "max": 1},
        {"name": "good", "type": "bool"},
        {"name": "created", "type": "autodate", "onCreate": True},
    ]
    body = {"name": "calibrations", "type": "base", "fields": fields, "listRule": rule, "viewRule": rule}
    admin_http.post("/api/collections", json=body).raise_for_status()


@pytest.fixture
def rows(admin: Both) -> Iterator[list[Any]]:
    """Create four calibrations of two QPUs, and delete them after the test."""
    found = admin.client.collection("calibrations", Calibration)
    made = [
        admin.wait(found.create({"qpu": qpu, "fidelity": fidelity, "good": fidelity > 0.6}))
        if admin.runner
        else found.create({"qpu": qpu, "fidelity": fidelity, "good": fidelity > 0.6})
        for qpu, fidelity in (("alice", 0.5), ("bob", 0.7), ("alice", 0.9), ('o"neil', 0.8))
    ]
    yield made
    for row in collection(admin, "calibrations").list():
        collection(admin, "calibrations").delete(row["id"])


class Waiting:
    """A collection of either client. Every method call is run to completion."""

    def __init__(self, client: Both, name: str, *kind: Any) -> None:
        self.client = client
        self.found = client.client.collection(name, *kind)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.found, name)
        return lambda *args, **options: (
            self.client.wait(method(*args, **options)) if self.client.runner else method(*args, **options)
        )


def collection(client: Both, name: str, *kind: Any) -> Waiting:
    return Waiting(client, name, *kind)


def test_records_are_listed_read_updated_and_deleted(
    admin: Both, signed_in: Callable[[Credentials], Both], user: Credentials, rows: list[Any]
) -> None:
    ours = collection(signed_in(user), "calibrations", Calibration)
    assert [row["id"] for row in ours.list()] == [row["id"] for row in rows]
    assert [row["fidelity"] for row in ours.iterate(sort="-fidelity")] == [0.9, 0.8, 0.7, 0.5]
    made = [row["fidelity"] for row in ours.list()]
    assert [row["fidelity"] for row in ours.iterate(sort="-@rowid")] == made[::-1]
    assert [row["fidelity"] for row in ours.list(where={"qpu": "alice"}, sort="fidelity")] == [0.5, 0.9]
    assert [row["qpu"] for row in ours.list(where={"qpu": 'o"neil'})] == ['o"neil']
    assert ours.list(where={"qpu": "bob", "good": True}, filter="fidelity > 0.6 || fidelity > 2")[0]["fidelity"] == 0.7
    assert ours.list(where={"good": False}, fields=["qpu"]) == [{"id": rows[0]["id"], "qpu": "alice"}]
    assert len(ours.list(limit=3)) == 3
    assert ours.list(limit=0) == []
    assert ours.get(rows[1]["id"], fields=["fidelity"]) == {"id": rows[1]["id"], "fidelity": 0.7}
    with pytest.raises(Forbidden):
        ours.update(rows[1]["id"], {"fidelity": 0.1})
    theirs = collection(admin, "calibrations", Calibration)
    assert theirs.update(rows[1]["id"], {"fidelity": 0.75})["fidelity"] == 0.75
    assert theirs.update(rows[1]["id"], {"fidelity-": 0.25})["fidelity"] == 0.5
    with pytest.raises(BadRequest) as caught:
        theirs.create({"qpu": "alice", "fidelity": 2})
    assert set(caught.value.fields) == {"fidelity"}
    theirs.delete(rows[1]["id"])
    with pytest.raises(NotFound):
        theirs.get(rows[1]["id"])


def test_relations_are_expanded(admin: Both, new_qpu: Callable[..., dict[str, Any]]) -> None:
    qpu = new_qpu()
    (driver,) = collection(admin, "drivers").list(where={"qpu": qpu["id"]}, expand=["qpu"], fields=["name"])
    assert driver["expand"]["qpu"]["name"] == qpu["name"]
    one = collection(admin, "drivers").get(driver["id"], expand=["qpu"], fields=["name"])
    assert (one["name"], one["expand"]["qpu"]["id"]) == (driver["name"], qpu["id"])


def test_an_empty_list_without_a_session_is_an_error(connect: Open, sandbox: Sandbox, rows: list[Any]) -> None:
    nobody = connect(sandbox.url)
    hidden, public = collection(nobody, "calibrations"), collection(nobody, "drivers")
    for ask in (hidden.list, hidden.page, hidden.count, lambda: hidden.page(offset=400)):
        with pytest.raises(SessionRequired, match="calibrations is empty"):
            ask()
    assert public.list(where={"name": "no such driver"}) == []
    assert public.page(filter="name = 'no such driver'") == []
    assert public.count(filter="name = 'no such driver'") == 0


def test_an_unexpectedly_empty_page_or_count_is_verified(
    signed_in: Callable[..., Both], user: Credentials, rows: list[Any], admin_http: httpx.Client
) -> None:
    ours = collection(signed_in(user), "calibrations")
    assert [row["id"] for row in ours.page()] == [row["id"] for row in reversed(rows)]
    assert [row["id"] for row in ours.page(offset=2, limit=2)] == [row["id"] for row in rows[1::-1]]
    assert ours.count() == len(rows)
    assert ours.page(offset=400) == []
    body = {"password": "another-one-1", "passwordConfirm": "another-one-1"}
    admin_http.patch(f"/api/collections/users/records/{user.id}", json=body).raise_for_status()
    # The session was verified a moment ago.
    for ask in (ours.page, ours.count, ours.list, lambda: ours.page(offset=400)):
        with pytest.raises(SessionExpired):
            ask()


def test_a_count_of_nothing_is_verified(connect: Open, faults: FaultServer) -> None:
    faults.signed_in()
    faults.on("POST /api/collections/users/auth-refresh", answer(401, {"message": "The session is over."}))
    for name in ("quantum_jobs", "time_slots", "qpu_time_requests", "api_tokens", "notifications"):
        faults.on(f"GET /api/collections/{name}/records", answer(200, {"items": [], "totalItems": 0}))
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    for ask in (client.count_jobs, lambda: client.count_user_records("user00000000001")):
        client.client._context.proven_at -= 120
        with pytest.raises(SessionExpired):
            ask()


def test_invalid_collection_arguments_are_rejected_before_sending(
    signed_in: Callable[..., Both], user: Credentials, sandbox: Sandbox
) -> None:
    ours = collection(signed_in(user, read_only=True), "calibrations")
    for change in (lambda: ours.create({}), lambda: ours.update("x", {"qpu": "y"}), lambda: ours.delete("x")):
        with pytest.raises(ReadOnly):
            change()
    for ask in (
        lambda: ours.list(where={"qpu = '' || qpu": "x"}),
        lambda: ours.list(limit=-1),
        lambda: ours.update("x", {}),
        lambda: ours.get("../users"),
        lambda: collection(ours.client, "../users"),
    ):
        with pytest.raises(InvalidValue):
            ask()


def test_a_relative_change_is_not_sent_twice(connect: Open, faults: FaultServer) -> None:
    faults.signed_in()
    path = "PATCH /api/collections/calibrations/records/abc"
    faults.on(path, answer(503, {"message": "busy"}), answer(200, {"id": "abc"}))
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    with pytest.raises(Exception, match="busy"):
        collection(client, "calibrations").update("abc", {"shots+": 1})
    assert len(faults.requests(path)) == 1
    faults.on(path, answer(503, {"message": "busy"}), answer(200, {"id": "abc"}))
    assert collection(client, "calibrations").update("abc", {"shots": 1}) == {"id": "abc"}


def test_literal_types_are_exported() -> None:
    assert "maintenance" in QPUStatus.__args__
