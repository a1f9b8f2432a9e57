"""Commands that change one field: a QPU's qubits, a driver's QPU, the owner of a slot, a token's expiry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from qpi_sandbox import Credentials
from tests.cli.command import Command
from tests.conftest import NewUser, record


def test_the_number_of_qubits_of_a_qpu_is_set_and_it_is_marked_online(
    admin: Command, person: Command, qpu: dict[str, Any], admin_http: httpx.Client, new_qpu: Any
) -> None:
    assert "has 9 qubits" in admin.ok("qpus", "qubits", qpu["name"], "9", "--yes").out
    assert record(admin_http, "qpus", qpu["id"])["num_qubits"] == 9
    assert admin("qpus", "qubits", qpu["name"], "0", "--yes").code == 2
    admin_http.patch(f"/api/collections/qpus/records/{qpu['id']}", json={"status": "offline"}).raise_for_status()
    assert "is marked online" in admin.ok("qpus", "online", qpu["name"], "--yes").out
    assert record(admin_http, "qpus", qpu["id"])["status"] == "online"
    idle = admin("qpus", "online", new_qpu(online=False)["name"], "--yes")
    assert idle.code == 1
    assert "None of its drivers is connected" in idle.out + idle.err
    assert person("qpus", "online", qpu["name"], "--yes").code == 4


def test_a_driver_is_renamed_moved_and_given_a_new_token(
    admin: Command, admin_http: httpx.Client, new_qpu: Any
) -> None:
    here, there = new_qpu(), new_qpu(online=False)
    id, name = here["driver"], f"new_{here['id']}"
    assert f"is now {name}" in admin.ok("drivers", "rename", id, name, "--yes").out
    moved = admin.ok("drivers", "move", name, "--qpu", there["name"], "--yes")
    assert f"belongs to {there['name']}" in moved.out
    assert f"It serves {here['name']} until its process is restarted" in moved.out
    assert record(admin_http, "drivers", id)["qpu"] == there["id"]
    asked = admin("drivers", "new-token", name)
    assert asked.code == 2
    assert "delete the old one?" in asked.err
    made = admin.ok("drivers", "new-token", name, "--yes", "--json").json
    assert made["token"]
    assert made["id"] != id
    assert admin_http.get(f"/api/collections/drivers/records/{id}").status_code == 404
    kept = record(admin_http, "drivers", made["id"])
    assert (kept["name"], kept["qpu"], kept["kind"]) == (name, there["id"], "mock")
    assert "token" not in admin.ok("drivers", "list", "--json").json[0]


def test_a_slot_is_given_to_another_user_and_back(admin: Command, user: Credentials, new_user: NewUser) -> None:
    other = new_user()
    day = f"{datetime.now(UTC) + timedelta(days=800):%Y-%m-%d}"
    slot = admin.ok("slots", "book", day, "10:00", "2h", "--for", user.identity, "--json").json["id"]
    given = admin.ok("slots", "give", slot, other.identity, "--yes")
    assert f"is now {other.identity}'s" in given.out
    assert f"To undo: qpi-tui slots give {slot} {user.id}" in given.err
    assert admin("slots", "give", slot, other.identity, "--yes").code == 1
    admin.ok("slots", "give", slot, user.id, "--yes")
    admin.ok("slots", "cancel", slot, "--yes")


def test_the_expiry_of_a_token_is_changed(person: Command) -> None:
    person.ok("tokens", "create", "ci", "--expires", "30d")
    assert "ends" in person.ok("tokens", "expiry", "ci", "90d", "--yes").out
    until = person.ok("tokens", "list", "--json").json[0]["expires_at"]
    assert datetime.fromisoformat(until) > datetime.now(UTC) + timedelta(days=80)
    # A value that cannot be parsed must not mean "never".
    for bad in ("whenever", "2020-01-01", ""):
        assert person("tokens", "expiry", "ci", bad, "--yes").code == 2
    assert person.ok("tokens", "list", "--json").json[0]["expires_at"] == until
    assert "when it is revoked" in person.ok("tokens", "expiry", "ci", "never", "--yes").out


def test_jobs_are_deleted_unless_they_are_running(
    admin: Command, person: Command, user: Credentials, admin_http: httpx.Client
) -> None:
    def job(status: str) -> str:
        body = {"user_id": user.id, "status": status, "payload": {}}
        made = admin_http.post("/api/collections/quantum_jobs/records", json=body).raise_for_status()
        return str(made.json()["id"])

    over, running = job("completed"), job("running")
    done = admin("jobs", "delete", over, running, "--yes")
    assert done.code == 6
    assert "It is running." in done.out + done.err
    assert admin_http.get(f"/api/collections/quantum_jobs/records/{over}").status_code == 404
    assert record(admin_http, "quantum_jobs", running)["status"] == "running"
    assert person("jobs", "delete", running, "--yes").code == 4
