"""Taking a QPU out of service and back, on a real server and on one that reports disconnections late."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from qpi_client import Conflict, Forbidden, InvalidValue, NotFound, SessionRequired
from qpi_sandbox import Credentials, Sandbox
from tests.client.both import Both
from tests.client.conftest import Open
from tests.client.faults import Connection, FaultServer, Got, answer
from tests.conftest import connect_driver

NUMBERS = count(1)
CIRCUIT = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[1] q;\nbit[1] c;\nx q[0];\nc[0] = measure q[0];\n'


def driver_of(admin: Both, qpu: dict[str, Any]) -> dict[str, Any]:
    (found,) = admin.list_drivers(qpu=qpu["id"])
    return dict(found)


@pytest.mark.parametrize("maintenance", [False, True])
def test_a_stopped_qpu_runs_nothing_until_it_is_started(
    admin: Both, signed_in: Any, user: Credentials, new_qpu: Any, maintenance: bool
) -> None:
    qpu = new_qpu()
    person = signed_in(user)
    stopped = admin.stop_qpu(qpu["name"], maintenance=maintenance)
    assert stopped.stopped
    assert stopped.generation == "v0.1"
    assert [driver["id"] for driver in stopped.disabled] == [qpu["driver"]]
    assert (stopped.enabled, stopped.running, stopped.queued) == ((), 0, 0)
    assert stopped.qpu["status"] == ("maintenance" if maintenance else "offline")
    assert stopped.qpu["enabled"] is maintenance
    assert admin.get_qpu(qpu["id"])["status"] == stopped.qpu["status"]
    assert driver_of(admin, qpu)["enabled"] is False
    # A disabled QPU rejects jobs here. One in maintenance accepts them, and its pending jobs stay pending.
    if maintenance:
        job = person.submit_job([{"circuit": CIRCUIT}], qpu_target=qpu["id"])
        ends = time.monotonic() + 1.5
        while time.monotonic() < ends:
            assert person.get_job(job)["status"] == "pending"
        assert admin.stop_qpu(qpu["name"], maintenance=True).queued == 1
    started = admin.start_qpu(qpu["name"], drivers=[driver["id"] for driver in stopped.disabled])
    assert [driver["id"] for driver in started.enabled] == [qpu["driver"]]
    assert started.qpu["enabled"] is True
    assert started.qpu["status"] in ("offline", "online")
    assert driver_of(admin, qpu)["enabled"] is True
    assert {driver["id"] for driver in (*started.reconnect, *started.connected)} == {qpu["driver"]}


def test_stopping_a_qpu_disables_its_monitors_too(admin: Both, admin_http: Any, new_qpu: Any) -> None:
    qpu = new_qpu()
    monitor = connect_driver(admin_http, qpu["id"], "bluefors_gen1", name=f"cryo{next(NUMBERS)}")
    stopped = admin.stop_qpu(qpu["id"])
    assert {driver["id"] for driver in stopped.disabled} == {qpu["driver"], monitor}
    again = admin.stop_qpu(qpu["id"])
    assert again.stopped
    assert again.disabled == ()
    started = admin.start_qpu(qpu["id"], drivers=[monitor])
    assert [driver["id"] for driver in started.enabled] == [monitor]
    assert {driver["id"]: driver["enabled"] for driver in admin.list_drivers(qpu=qpu["id"])} == {
        qpu["driver"]: False,
        monitor: True,
    }


def test_drivers_that_are_kept_enabled_still_receive_jobs(admin: Both, new_qpu: Any) -> None:
    qpu = new_qpu()
    stopped = admin.stop_qpu(qpu["id"], keep_drivers=True)
    assert not stopped.stopped
    assert [driver["id"] for driver in stopped.enabled] == [qpu["driver"]]
    assert admin.get_qpu(qpu["id"])["enabled"] is False
    assert driver_of(admin, qpu)["enabled"] is True
    # The driver is connected, so the client sets online what the server leaves offline.
    started = admin.start_qpu(qpu["id"])
    assert (started.qpu["status"], started.qpu["enabled"]) == ("online", True)
    assert (started.enabled, started.reconnect) == ((), ())


def test_maintenance_ends_online_or_offline(admin: Both, new_qpu: Any) -> None:
    connected, idle = new_qpu(), new_qpu(online=False)
    for qpu in (connected, idle):
        assert admin.set_qpu_status(qpu["id"], "maintenance")["status"] == "maintenance"
    assert admin.start_qpu(connected["id"]).qpu["status"] == "online"
    assert admin.start_qpu(idle["id"]).qpu["status"] == "offline"
    assert admin.set_qpu_status(connected["id"], "offline")["status"] == "offline"
    assert admin.set_qpu_status(connected["id"], "online")["status"] == "online"


def test_invalid_service_changes_are_rejected(admin: Both, connect: Open, sandbox: Sandbox, new_qpu: Any) -> None:
    qpu = new_qpu(online=False)
    with pytest.raises(NotFound):
        admin.stop_qpu("no such QPU")
    with pytest.raises(InvalidValue, match="not a driver"):
        admin.start_qpu(qpu["id"], drivers=["driver000000000"])
    with pytest.raises(InvalidValue, match="list of ids"):
        admin.start_qpu(qpu["id"], drivers="driver000000000")
    with pytest.raises(SessionRequired):
        connect(sandbox.url).stop_qpu(qpu["id"])


def test_qpus_and_drivers_are_updated(admin: Both, new_qpu: Any) -> None:
    qpu = new_qpu()
    name = f"renamed {next(NUMBERS)}"
    changed = admin.update_qpu(qpu["id"], name=name, num_qubits=7)
    assert (changed["name"], changed["num_qubits"]) == (name, 7)
    assert admin.update_qpu(name, num_qubits=8)["num_qubits"] == 8
    assert admin.update_driver(qpu["driver"], name=f"{name} driver")["name"] == f"{name} driver"
    for call in (lambda: admin.update_qpu(name), lambda: admin.update_driver(qpu["driver"])):
        with pytest.raises(InvalidValue, match="Nothing to change"):
            call()


@pytest.fixture(scope="module")
def older() -> Iterator[Sandbox]:
    with Sandbox(generation="v0.0", worker=False) as running:
        yield running


@pytest.mark.parametrize("maintenance", [False, True])
def test_on_the_older_generation_the_record_stops_dispatch(older: Sandbox, connect: Open, maintenance: bool) -> None:
    admin = connect(older.url)
    admin.auth_with_password(older.admin.identity, older.admin.password, "_superusers")
    made = admin.create_qpu(f"old {next(NUMBERS)}", executor_type="mock", num_qubits=3, enabled=True)
    admin.connect_qpu(made["name"], made["access_token"], "mock")
    stopped = admin.stop_qpu(made["id"], maintenance=maintenance)
    assert (stopped.generation, stopped.stopped, stopped.disabled) == ("v0.0", True, ())
    assert (stopped.qpu["status"], stopped.qpu["enabled"]) == ("maintenance" if maintenance else "offline", False)
    # A restarted driver is rejected, so the change is permanent.
    with pytest.raises(Forbidden, match="disabled"):
        admin.connect_qpu(made["name"], made["access_token"], "mock")
    started = admin.start_qpu(made["id"])
    assert (started.qpu["status"], started.qpu["enabled"]) == ("online", True)
    assert (started.connected, started.reconnect) == ((), ())
    kept = admin.stop_qpu(made["id"], keep_drivers=True)
    assert (kept.stopped, kept.qpu["enabled"]) == (False, False)


class LateServer(FaultServer):
    """A server that, like the real one, sets a QPU offline some time after its driver was disabled."""

    def __init__(self, delay: float, *, enabled_again: bool = False, older: bool = False) -> None:
        super().__init__()
        self.delay = delay
        self.older = older
        self.enabled_again = enabled_again
        self.qpu: dict[str, Any] = {"id": "qpu000000000001", "name": "alice", "status": "online", "enabled": True}
        self.driver: dict[str, Any] = {
            "id": "driver000000001", "name": "d", "qpu": "qpu000000000001", "kind": "mock", "status": "online",
            "enabled": True,
        }  # fmt: skip
        self.before = dict(self.qpu)
        self.log: list[str] = []
        self.signed_in()
        self.on("GET /api/collections/qpus/records", lambda c, g: self._page(c, g, self.qpu))
        if older:
            self.on("GET /api/collections/drivers/records", answer(404, {"status": 404, "message": "Not found."}))
        else:
            self.on("GET /api/collections/drivers/records", lambda c, g: self._page(c, g, self.driver))
        self.on("GET /api/collections/quantum_jobs/records", lambda c, g: self._page(c, g))
        self.on(f"GET /api/qpus/{self.qpu['id']}", lambda c, g: answer(200, self.qpu)(c, g))
        self.on("POST /api/op/drivers/toggle", self._toggle)
        self.on("POST /api/op/qpu/toggle", self._toggle_qpu)
        self.on(f"PATCH /api/collections/qpus/records/{self.qpu['id']}", self._patch)

    def _page(self, connection: Connection, got: Got, *items: dict[str, Any]) -> None:
        body = {"items": items, "page": 1, "perPage": 1000, "totalItems": len(items)}
        answer(200, body)(connection, got)

    def _toggle(self, connection: Connection, got: Got) -> None:
        self.log.append("driver off")
        self.driver = {**self.driver, "enabled": self.enabled_again, "status": "offline"}
        threading.Timer(self.delay, self._detach).start()
        answer(200, self.driver)(connection, got)

    def _toggle_qpu(self, connection: Connection, got: Got) -> None:
        self._set(enabled=got.json["enabled"])
        answer(200, self.qpu)(connection, got)

    def _detach(self) -> None:
        # Like the real server, it writes back the record that it read before.
        self.log.append("offline")
        self.qpu = {**self.before, "status": "offline"}

    def _patch(self, connection: Connection, got: Got) -> None:
        if self.older and got.json.get("enabled") is False and not self.log:
            threading.Timer(self.delay, self._detach).start()
        self._set(**got.json)
        answer(200, self.qpu)(connection, got)

    def _set(self, **changes: Any) -> None:
        self.log.append(str(changes.get("status", "on" if changes.get("enabled") else "off")))
        self.qpu = {**self.qpu, **changes}


@pytest.mark.parametrize("delay", [0.6, 2.0])
def test_maintenance_survives_the_disconnection_of_the_driver(connect: Open, delay: float) -> None:
    with LateServer(delay) as server:
        client = connect(server.url)
        client.auth_with_password("alice@example.com", "password")
        stopped = client.stop_qpu("alice", maintenance=True)
        assert stopped.qpu["status"] == "maintenance"
        assert server.log == ["driver off", "maintenance", "offline", "maintenance"]
        assert server.qpu["status"] == "maintenance"


@pytest.mark.parametrize("older", [False, True])
def test_a_disconnection_that_reenables_the_qpu_is_corrected(connect: Open, older: bool) -> None:
    with LateServer(0.6, older=older) as server:
        client = connect(server.url)
        client.auth_with_password("alice@example.com", "password")
        stopped = client.stop_qpu("alice")
        assert (stopped.stopped, stopped.qpu["enabled"], server.qpu["enabled"]) == (True, False, False)
        assert server.log == [*([] if older else ["driver off"]), "off", "offline", "off"]
        assert [got.method for got in server.requests("POST /api/op/qpu/toggle")] == ([] if older else ["POST"])


def test_drivers_that_somebody_else_reenables_are_reported(connect: Open) -> None:
    with LateServer(60, enabled_again=True) as server:
        client = connect(server.url)
        client.auth_with_password("alice@example.com", "password")
        with pytest.raises(Conflict, match="not stopped"):
            client.stop_qpu("alice")
        assert server.log == ["driver off"] * 3
        assert server.requests("POST /api/op/qpu/toggle") == []


def test_a_failure_reports_the_steps_already_done(connect: Open) -> None:
    with LateServer(60) as server:
        server.on("POST /api/op/drivers/toggle", answer(403, {"status": 403, "message": "Admin access required."}))
        client = connect(server.url)
        client.auth_with_password("alice@example.com", "password")
        with pytest.raises(Exception, match="Admin access") as caught:
            client.stop_qpu("alice")
        assert caught.value.__notes__ == ["The QPU is not stopped. Drivers disabled before this failure: none."]
