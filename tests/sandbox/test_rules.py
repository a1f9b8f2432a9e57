"""Server rules that no recording shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import NewQpu, NewUser, record, sign_in, wait_for
from tests.sandbox.people import BELL

SLOTS = "/api/collections/time_slots/records"


@pytest.mark.parametrize("body", [{"qpu_seconds": 1e6}, {"qpu_seconds+": 5}, {"qpu_seconds": "many"}])
def test_users_cannot_credit_themselves(user_http: httpx.Client, user: Credentials, body: dict[str, Any]) -> None:
    answer = user_http.patch(f"/api/collections/users/records/{user.id}", json=body)
    assert answer.status_code == 403
    assert record(user_http, "users", user.id)["qpu_seconds"] == 3600


def test_the_server_adds_and_subtracts_relative_amounts(admin_http: httpx.Client, user: Credentials) -> None:
    path = f"/api/collections/users/records/{user.id}"
    assert admin_http.patch(path, json={"qpu_seconds+": 100.5}).json()["qpu_seconds"] == 3700.5
    assert admin_http.patch(path, json={"qpu_seconds-": 700}).json()["qpu_seconds"] == 3000.5
    refused = admin_http.patch(path, json={"qpu_seconds-": 5000})
    assert refused.status_code == 400
    assert refused.json()["data"]["qpu_seconds"]["code"] == "validation_min_number_constraint"


def test_simultaneous_additions_are_all_credited(admin_http: httpx.Client, new_user: NewUser) -> None:
    users = [new_user(seconds=100) for _ in range(40)]
    headers = dict(admin_http.headers)

    def give(amount: int) -> None:
        with httpx.Client(base_url=admin_http.base_url, headers=headers) as client:
            for user in users:
                path = f"/api/collections/users/records/{user.id}"
                client.patch(path, json={"qpu_seconds+": amount}).raise_for_status()

    with ThreadPoolExecutor() as pool:
        list(pool.map(give, (1, 10, 100)))
    assert {record(admin_http, "users", user.id)["qpu_seconds"] for user in users} == {211}


def test_sign_up_is_forbidden(sandbox: Sandbox) -> None:
    body = {"email": "me@test.example", "password": "a-password-1234", "passwordConfirm": "a-password-1234"}
    assert httpx.post(f"{sandbox.url}/api/collections/users/records", json=body).status_code == 403


def test_a_qpu_that_has_a_driver_is_not_deleted(admin_http: httpx.Client, qpu: dict[str, Any]) -> None:
    path = f"/api/collections/qpus/records/{qpu['id']}"
    assert admin_http.delete(path).status_code == 400
    assert admin_http.delete(f"/api/collections/drivers/records/{qpu['driver']}").status_code == 204
    assert admin_http.delete(path).status_code == 204


def test_disabling_takes_a_qpu_offline_and_enabling_leaves_it_there(admin_http: httpx.Client, new_qpu: NewQpu) -> None:
    qpu = new_qpu()
    switch = "/api/op/qpu/toggle"
    off = admin_http.post(switch, json={"id": qpu["id"], "enabled": False}).json()
    assert (off["enabled"], off["status"]) == (False, "offline")
    on = admin_http.post(switch, json={"id": qpu["id"], "enabled": True}).json()
    assert (on["enabled"], on["status"]) == (True, "offline")


def test_a_superuser_gets_no_details_about_an_overlap(admin_http: httpx.Client, user: Credentials) -> None:
    times = {"start_time": "2091-03-01 10:00:00.000Z", "end_time": "2091-03-01 11:00:00.000Z", "booked_by": user.id}
    assert admin_http.post(SLOTS, json=times).status_code == 200
    again = admin_http.post(SLOTS, json=times)
    assert (again.status_code, again.json()["message"]) == (400, "Failed to create record.")


def test_an_announcement_is_visible_while_it_is_current(
    admin_http: httpx.Client, new_user: NewUser, sandbox: Sandbox
) -> None:
    one, other = new_user(), new_user()
    path = "/api/collections/notifications/records"
    made = {
        name: admin_http.post(path, json={"title": name, **body}).json()["id"]
        for name, body in {
            "for all": {},
            "for one": {"target_users": one.id},
            "later": {"start_time": "2090-01-01 00:00:00.000Z"},
            "over": {"end_time": "2020-01-01 00:00:00.000Z"},
        }.items()
    }
    for person, sees in ((one, {"for all", "for one"}), (other, {"for all"})):
        session = {"Authorization": sign_in(sandbox.url, person)}
        ids = {
            item["id"]
            for item in httpx.get(sandbox.url + path, params={"perPage": 500}, headers=session).json()["items"]
        }
        assert {name for name, id in made.items() if id in ids} == sees


def test_the_worker_routes_are_closed_to_everybody(admin_http: httpx.Client, sandbox: Sandbox) -> None:
    for client in (admin_http, httpx.Client(base_url=sandbox.url)):
        for key in ({}, {"X-Sandbox-Key": ""}, {"X-Sandbox-Key": "guess"}):
            assert client.get("/api/sandbox/schedule", headers=key).status_code == 404
            assert client.post("/api/sandbox/hash", json={"password": "x"}, headers=key).status_code == 404


def test_an_api_token_can_use_custom_routes_only(sandbox: Sandbox, user_http: httpx.Client) -> None:
    token = user_http.post("/api/tokens", json={"name": "script"}).json()["token"]
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Token": token}) as script:
        assert script.get("/api/jobs").json() == []
        assert script.get("/api/collections/quantum_jobs/records").json()["items"] == []


def test_setting_a_qpu_online_connects_no_driver(
    admin_http: httpx.Client, user_http: httpx.Client, new_qpu: NewQpu
) -> None:
    qpu = new_qpu(online=False)["id"]
    admin_http.patch(f"/api/collections/qpus/records/{qpu}", json={"status": "online"}).raise_for_status()
    job = submit(user_http, qpu)
    finished(user_http, submit(user_http, new_qpu()["id"]))
    assert record(user_http, "quantum_jobs", job)["status"] == "pending"


def submit(client: httpx.Client, qpu: str) -> str:
    body = {"circuits": [{"circuit": BELL}], "shots": 10, "qpu_target": qpu}
    return str(client.post("/api/jobs", json=body).json()["id"])


def finished(client: httpx.Client, job: str) -> dict[str, Any]:
    def done() -> bool:
        return record(client, "quantum_jobs", job)["status"] in ("completed", "failed")

    wait_for(done, "the job to finish")
    return record(client, "quantum_jobs", job)
