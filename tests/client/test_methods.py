"""Every method of both clients, on a real server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qpi_client import (
    AlreadyHandled,
    ChangeEvent,
    Forbidden,
    InvalidValue,
    NotOnThisGeneration,
    ReadAgain,
    SessionRequired,
    SubmitUncertain,
)
from qpi_client.client import QPIClient
from qpi_client.errors import Sought
from qpi_sandbox import Credentials, Sandbox
from tests.client import account_methods, admin_methods, user_methods  # noqa: F401  # they register their methods
from tests.client.both import Both
from tests.client.conftest import Open
from tests.client.scene import BELL, METHODS, NUMBERS, Scene, method


@pytest.fixture
def scene(
    admin: Both,
    signed_in: Callable[..., Both],
    user: Credentials,
    shared_qpu: dict[str, Any],
    sandbox: Sandbox,
    connect: Open,
) -> Scene:
    return Scene(admin, signed_in(user), user, shared_qpu, sandbox, connect)


@pytest.fixture(scope="module")
def shared_qpu(new_qpu: Any) -> dict[str, Any]:
    return dict(new_qpu())


@method("auth_methods", "health", "server_version", "generation", "root_certificate")
def knows_the_server(scene: Scene) -> None:
    assert scene.user.auth_methods()["password"]["enabled"]
    assert scene.user.health()["code"] == 200
    assert scene.admin.server_version().startswith("v0.1")
    assert scene.user.generation() == "v0.1"
    assert scene.user.root_certificate().startswith("-----BEGIN CERTIFICATE-----")


@method("server_started", "server_settings", "get_collection", "set_indexes", "measure_job_page")
def knows_what_only_superusers_see(scene: Scene) -> None:
    started = scene.admin.server_started()
    assert datetime.now(UTC) - timedelta(hours=3) < started <= datetime.now(UTC) + timedelta(seconds=1)
    assert "enabled" in scene.admin.server_settings()["smtp"]
    before = scene.admin.get_collection("notifications")["indexes"]
    added = "CREATE INDEX `ends` ON `notifications` (`end_time`)"
    assert scene.admin.set_indexes("notifications", [*before, added])["indexes"] == [*before, added]
    assert scene.admin.set_indexes("notifications", before)["indexes"] == before
    for order in ("created", "arrival"):
        assert 0 < scene.admin.measure_job_page(order, limit=10) < 10
    with pytest.raises(InvalidValue, match="order"):
        scene.admin.measure_job_page("size")
    with pytest.raises(InvalidValue, match="list of statements"):
        scene.admin.set_indexes("notifications", added)
    for name in ("server_started", "server_settings"):
        with pytest.raises(Forbidden):
            getattr(scene.user, name)()
    with pytest.raises(SessionRequired):
        scene.connect(scene.sandbox.url).server_settings()


@method("submit_job", "get_job", "wait_job")
def runs_a_job(scene: Scene) -> None:
    job_id = scene.submit()
    job = scene.user.wait_job(job_id, timeout=20)
    assert job["status"] == "completed"
    assert sum(job["results"]["counts"].values()) == 64
    assert scene.user.get_job(job_id)["results"] == job["results"]
    assert scene.admin.get_job(job_id)["results"] == job["results"]
    assert scene.user.get_job(job_id, results=False)["results"] is None


@method("find_submission")
def finds_a_lost_submission(scene: Scene) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    # Sent by another client, from this one's point of view.
    other = scene.connect(scene.sandbox.url)
    other.auth_with_password(scene.who.identity, scene.who.password)
    job_id = other.submit_job([{"circuit": BELL}], shots=77, qpu_target=scene.qpu["id"])
    body = {"circuits": [{"circuit": BELL}], "shots": 77, "meas_level": 2, "meas_return": "single"}
    assert scene.user.find_submission(SubmitUncertain("", sought=Sought(body, began, (job_id,)))) is None
    assert scene.user.find_submission(SubmitUncertain("", sought=Sought({**body, "shots": 78}, began))) is None
    lost = SubmitUncertain("", sought=Sought(body, began))
    assert scene.user.find_submission(lost) == job_id
    assert scene.user.find_submission(lost) is None
    with pytest.raises(InvalidValue, match="does not say"):
        scene.user.find_submission(SubmitUncertain(""))
    scene.user.wait_job(job_id, 20)


@method("job_page")
def reads_pages_of_jobs(scene: Scene) -> None:
    ids = [scene.submit() for _ in range(5)]
    pages = [scene.user.job_page(offset=offset, limit=2) for offset in (0, 2, 4, 6)]
    assert [[row["id"] for row in page] for page in pages] == [ids[:2:-1], ids[2:0:-1], ids[:1], []]
    assert [row["id"] for row in scene.user.job_page(limit=3, oldest_first=True)] == ids[:3]
    assert pages[0][0]["expand"]["user_id"]["email"] == scene.who.identity
    assert "payload" not in pages[0][0]
    assert scene.admin.job_page() == [], "a superuser has none of its own"
    newest = scene.admin.job_page(limit=1, everyone=True, fields=["status"], expand=False)
    assert [set(row) for row in newest] == [{"id", "status"}]
    mine = f'user_id.email ~ "{scene.who.identity}"'
    assert {row["id"] for row in scene.admin.job_page(everyone=True, ids=[ids[1], ids[3], "x"])} == {ids[1], ids[3]}
    for job_id in ids:
        scene.user.wait_job(job_id, 20)
    assert len(scene.admin.job_page(status=["completed", "failed"], where=mine, everyone=True)) == 5
    assert scene.user.job_page(status="pending") == []
    for wrong in ({"offset": 3, "limit": 2}, {"limit": 0}, {"ids": ["x"] * 101}):
        with pytest.raises(InvalidValue):
            scene.user.job_page(**wrong)
    token = scene.user.create_token("pages")["token"]
    by_token = scene.connect(scene.sandbox.url, token)
    assert [row["id"] for row in by_token.job_page(offset=2, limit=2)] == ids[2:0:-1]
    with pytest.raises(SessionRequired):
        by_token.job_page(status="failed")


@method("list_jobs", "iter_jobs", "count_jobs")
def lists_jobs(scene: Scene) -> None:
    ids = [scene.submit() for _ in range(3)]
    plain = scene.user.list_jobs()
    assert {job["id"] for job in plain} == set(ids)
    assert all(job["payload"]["shots"] == 64 and job["results"] != job["payload"] for job in plain)
    rows = scene.user.list_jobs(qpu=scene.qpu["name"])
    assert [row["id"] for row in rows] == ids[::-1]
    assert "payload" not in rows[0]
    assert rows[0]["expand"]["user_id"]["email"] == scene.who.identity
    assert rows[0]["expand"]["qpu_target"]["name"] == scene.qpu["name"]
    assert [row["id"] for row in scene.user.iter_jobs(limit=2)] == ids[:0:-1]
    assert scene.user.count_jobs() == 3
    assert scene.admin.count_jobs() == 0
    assert scene.admin.count_jobs(everyone=True) >= 3
    theirs = scene.admin.list_jobs(everyone=True, user=scene.who.identity, fields=["status"])
    assert {job["id"] for job in theirs} == set(ids)
    assert scene.user.list_jobs(since=datetime.now(UTC) + timedelta(hours=1)) == []
    for job_id in ids:
        scene.user.wait_job(job_id, 20)
    assert len(scene.user.list_jobs(status=["completed", "failed"])) == 3
    assert scene.user.list_jobs(status="pending") == []
    assert scene.user.count_jobs(status=["completed", "failed"], since=datetime.now(UTC) - timedelta(hours=1)) == 3
    assert scene.user.count_jobs(status="pending") == 0


@method("cancel_job")
def cancels(scene: Scene) -> None:
    idle = scene.admin.create_qpu(f"idle_{next(NUMBERS)}", num_qubits=2)
    for client in (scene.user, scene.admin):
        job_id = scene.user.submit_job([{"circuit": BELL}], qpu_target=idle["id"])
        assert client.cancel_job(job_id) == {"status": "cancelled"}
        assert scene.user.get_job(job_id)["status"] == "cancelled"
        assert scene.user.get_job(job_id)["results"] is None


@method("list_qpus", "list_all_qpus", "get_qpu")
def finds_qpus(scene: Scene) -> None:
    name, id = scene.qpu["name"], scene.qpu["id"]
    assert scene.user.get_qpu(name)["id"] == scene.user.get_qpu(id)["id"] == id
    assert id in {qpu["id"] for qpu in scene.user.list_qpus()}
    assert id in {qpu["id"] for qpu in scene.user.list_all_qpus()}


@method("create_qpu", "toggle_qpu", "rename_qpu", "update_qpu", "set_qpu_status", "delete_qpu")
def keeps_qpus(scene: Scene) -> None:
    name = f"made_{next(NUMBERS)}"
    made = scene.admin.create_qpu(name, num_qubits=3, enabled=True)
    assert scene.admin.toggle_qpu(name, False)["enabled"] is False
    with pytest.raises(InvalidValue, match="disabled"):
        scene.user.submit_job([{"circuit": BELL}], qpu_target=name)
    assert scene.admin.set_qpu_status(made["id"], "maintenance")["status"] == "maintenance"
    assert scene.admin.rename_qpu(name, f"{name} / 2")["name"] == f"{name} / 2"
    assert scene.user.get_qpu(f"{name} / 2")["id"] == made["id"]
    assert scene.admin.update_qpu(made["id"], num_qubits=4)["num_qubits"] == 4
    scene.admin.delete_qpu(f"{name} / 2")
    assert made["id"] not in {qpu["id"] for qpu in scene.user.list_all_qpus()}


@method("connect_qpu")
def connects_an_older_qpu(scene: Scene) -> None:
    with pytest.raises(NotOnThisGeneration, match=r"v0\.1") as caught:
        scene.admin.connect_qpu("x", "token")
    assert caught.value.generation == "v0.1"


@method("list_drivers", "create_driver", "toggle_driver", "update_driver", "delete_driver", "stop_qpu", "start_qpu")
def keeps_drivers(scene: Scene) -> None:
    qpu = scene.admin.create_qpu(f"driven_{next(NUMBERS)}", num_qubits=2)
    made = scene.admin.create_driver("drv", qpu["name"], "mock")
    assert made["token"].startswith("qpi_")
    (found,) = scene.user.list_drivers(qpu=qpu["name"])
    assert found["id"] == made["id"]
    assert found["expand"]["qpu"]["name"] == qpu["name"]
    assert scene.admin.toggle_driver(made["id"], False)["enabled"] is False
    assert scene.admin.update_driver(made["id"], name="renamed")["name"] == "renamed"
    assert [driver["name"] for driver in scene.admin.start_qpu(qpu["id"]).enabled] == ["renamed"]
    assert scene.admin.stop_qpu(qpu["id"]).stopped
    scene.admin.delete_driver(made["id"])
    assert scene.user.list_drivers(qpu=qpu["id"]) == []


@method(
    "list_time_requests",
    "get_time_request",
    "create_time_request",
    "update_time_request",
    "withdraw_time_request",
)
def handles_time_requests(scene: Scene) -> None:
    first, second, third = (scene.user.create_time_request(60 + i, "calibration") for i in range(3))
    pending = scene.admin.list_time_requests(status="pending", user=scene.who.identity)
    assert [request["id"] for request in pending] == [first["id"], second["id"], third["id"]]
    assert pending[0]["expand"]["user"]["email"] == scene.who.identity
    before = scene.admin.get_user(scene.who.id)["qpu_seconds"]
    assert scene.admin.update_time_request(first["id"], "approved")["status"] == "approved"
    assert scene.admin.get_user(scene.who.id)["qpu_seconds"] == before + 60
    with pytest.raises(AlreadyHandled, match="approved already") as caught:
        scene.admin.update_time_request(first["id"], "approved")
    assert caught.value.record["id"] == first["id"]
    assert scene.admin.get_user(scene.who.id)["qpu_seconds"] == before + 60
    assert scene.admin.update_time_request(second["id"], "rejected", "warm")["rejection_reason"] == "warm"
    scene.user.withdraw_time_request(third["id"])
    assert scene.user.get_time_request(second["id"])["status"] == "rejected"
    assert [request["id"] for request in scene.user.list_time_requests()] == [first["id"], second["id"]]


@method("list_time_slots", "create_time_slot", "update_time_slot", "delete_time_slot")
def keeps_time_slots(scene: Scene) -> None:
    slot = scene.slot()
    start = datetime.fromisoformat(slot["start_time"])
    moved = scene.user.update_time_slot(slot["id"], end_time=start + timedelta(minutes=30))
    assert datetime.fromisoformat(moved["end_time"]) == start + timedelta(minutes=30)
    minute = timedelta(minutes=1)
    for window in ((start, start), (start - minute, start + minute), (start + minute, start + minute)):
        assert [one["id"] for one in scene.user.list_time_slots(start=window[0], end=window[1])] == [slot["id"]]
    assert scene.user.list_time_slots(start=start - minute, end=start) == []
    assert slot["id"] in {one["id"] for one in scene.admin.list_time_slots()}
    scene.user.delete_time_slot(slot["id"])
    assert scene.user.list_time_slots(start=start, end=start) == []
    booked = scene.admin.create_time_slot(start, start + minute, booked_by=scene.who.identity)
    assert booked["booked_by"] == scene.who.id


@method(
    "list_notifications",
    "dismiss_notification",
    "create_notification",
    "update_notification",
    "delete_notification",
)
def announces(scene: Scene) -> None:
    made = scene.admin.create_notification("Cool-down", "On Sunday", target_user=scene.who.identity)
    assert made["id"] in {one["id"] for one in scene.user.list_notifications()}
    assert scene.admin.update_notification(made["id"], title="Warm-up")["title"] == "Warm-up"
    assert scene.user.dismiss_notification(made["id"]) == {"status": "dismissed"}
    assert made["id"] not in {one["id"] for one in scene.user.list_notifications()}
    scene.admin.delete_notification(made["id"])
    assert made["id"] not in {one["id"] for one in scene.admin.list_notifications()}


@method("list_events", "list_readings")
def reads_telemetry(scene: Scene) -> None:
    assert scene.user.list_events(type="NothingOfTheKind", qpu=scene.qpu["name"], limit=3) == []


@method("collection")
def reads_any_collection(scene: Scene) -> None:
    found = scene.user.client.collection("users").list()
    assert [user["id"] for user in (scene.user.wait(found) if scene.user.runner else found)] == [scene.who.id]


@method("changes", "events")
def follows_changes(scene: Scene) -> None:
    seen = scene.user.changes(["quantum_jobs/*"])
    assert next(seen) == ReadAgain()
    job_id = scene.submit()
    event = next(seen)
    assert isinstance(event, ChangeEvent)
    assert (event.topic, event.action, event.record["id"]) == ("quantum_jobs/*", "create", job_id)
    seen.close()


@method("get_backend", "job")
def hands_out_qiskit_objects(scene: Scene) -> None:
    assert scene.user.get_backend(scene.qpu["name"]).num_qubits == scene.qpu["num_qubits"]
    job_id = scene.submit()
    assert sum(scene.user.job(job_id).result(timeout=20).get_counts().values()) == 64


@method("close")
def closes(scene: Scene) -> None:
    client = scene.connect(scene.sandbox.url)
    client.health()
    client.close()
    assert client.closed


def test_every_method_has_a_test() -> None:
    public = {name for name, value in vars(QPIClient).items() if callable(value) and not name.startswith("_")}
    public |= {"session_token"}
    assert public == set(METHODS)


@pytest.mark.parametrize(
    "check", sorted(set(METHODS.values()), key=lambda check: check.__name__), ids=lambda c: c.__name__
)
def test_the_method_works_on_a_real_server(check: Callable[[Scene], None], scene: Scene) -> None:
    check(scene)
