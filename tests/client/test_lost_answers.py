"""Changes whose answer is lost: they are sent once, and their outcome is read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

from qpi_client import AlreadyHandled, BadRequest, ConnectionLost, ServerError
from tests.client.conftest import Open
from tests.client.faults import USER, FaultServer, answer, reset, truncated
from tests.client.test_collection import Waiting

gateway = answer(502, b"<html>bad gateway</html>", kind="text/html")
REQUEST = "/api/collections/qpu_time_requests/records/request1"
LOST = {"reset": reset, "truncated": truncated, "502": gateway}


def handled(status: str, by: str) -> Callable[..., Any]:
    return answer(200, {"id": "request1", "status": status, "handled_by": by})


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_an_approval_whose_response_was_lost_is_read_and_not_sent_again(
    fault: Any, faults: FaultServer, connect: Open
) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    faults.on(f"GET {REQUEST}", handled("pending", ""), handled("approved", USER["id"]))
    faults.on(f"PATCH {REQUEST}", fault)
    assert client.update_time_request("request1", "approved")["status"] == "approved"
    assert len(faults.requests(f"PATCH {REQUEST}")) == 1


@pytest.mark.parametrize(
    ("then", "error"),
    [
        (handled("pending", ""), ConnectionLost),
        (handled("approved", "somebody"), AlreadyHandled),
        (handled("rejected", ""), AlreadyHandled),
        (answer(404, {"message": "Gone."}), ConnectionLost),
    ],
    ids=["still pending", "by somebody else", "the other way", "not readable"],
)
def test_an_approval_that_was_not_seen_to_happen_is_not_sent_again(
    then: Any, error: type[Exception], faults: FaultServer, connect: Open
) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    faults.on(f"GET {REQUEST}", handled("pending", ""), then)
    faults.on(f"PATCH {REQUEST}", reset)
    with pytest.raises(error):
        client.update_time_request("request1", "approved")
    assert len(faults.requests(f"PATCH {REQUEST}")) == 1


@pytest.mark.parametrize("fault", [reset, gateway], ids=["reset", "502"])
def test_a_balance_is_set_once(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    path = "PATCH /api/collections/users/records/user1"
    faults.on(path, fault)
    with pytest.raises((ConnectionLost, ServerError)):
        client.allocate_qpu_time("user1", 60)
    assert len(faults.requests(path)) == 1


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_rejection_is_sent_again(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    faults.on(f"GET {REQUEST}", handled("pending", ""), handled("rejected", USER["id"]))
    processed = answer(400, {"message": "Cannot update a request that has already been processed."})
    faults.on(f"PATCH {REQUEST}", fault, processed)
    assert client.update_time_request("request1", "rejected")["status"] == "rejected"
    assert len(faults.requests(f"PATCH {REQUEST}")) == 2


@pytest.mark.parametrize(
    ("collection", "values", "times"),
    [
        ("qpu_time_requests", {"status": "approved"}, 1),
        ("qpu_time_requests", {"status": "rejected"}, 2),
        ("quantum_jobs", {"status": "cancelled"}, 1),
        ("users", {"qpu_seconds": 60, "name": "Anna"}, 1),
        ("users", {"name": "Anna"}, 2),
    ],
)
def test_a_change_of_a_record_is_repeated_if_that_harms_nothing(
    collection: str, values: dict[str, object], times: int, faults: FaultServer, connect: Open
) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    path = f"PATCH /api/collections/{collection}/records/record1"
    faults.on(path, reset, answer(200, {"id": "record1"}))
    with pytest.raises(ConnectionLost) if times == 1 else nullcontext():
        Waiting(client, collection).update("record1", values)
    assert len(faults.requests(path)) == times


@pytest.mark.parametrize("left", [[], [{"key": "other.zip"}]], ids=["none left", "another left"])
def test_a_backup_whose_deletion_was_not_answered_is_deleted(left: Any, faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    faults.on("DELETE /api/backups/lab.zip", reset, answer(400, {"message": "Invalid or already deleted backup file."}))
    faults.on("GET /api/backups", answer(200, left))
    client.delete_backup("lab.zip")
    faults.on("GET /api/backups", answer(200, [{"key": "lab.zip"}]))
    faults.on("DELETE /api/backups/lab.zip", reset, answer(400, {"message": "The backup is in use."}))
    with pytest.raises(BadRequest, match="in use"):
        client.delete_backup("lab.zip")
