"""Drivers and dispatchers: which job is dispatched, what stops dispatch, and what a QPU's status follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from qpi_sandbox import Sandbox
from tests.conftest import wait_for
from tests.facts.facts import fact
from tests.facts.server import Driver, Server
from tests.facts.world import FINISHED, RECORDS, Person, World


@pytest.fixture(scope="module")
def ann(world: World) -> Person:
    return world.person()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T").replace("Z", "+00:00"))


def dispatched_twice(world: World, person: Person, job: str) -> bool:
    """Wait until a job has been put back and dispatched again, and return whether it is still open."""
    person.running(job)
    for what in ("put back", "dispatched again"):
        before = person.job(job)["updated"]
        changed = f"{job} to be {what}"
        wait_for(lambda before=before: person.job(job)["updated"] != before, changed, world.server.patience)
    return person.status(job) in ("running", "pending")


@fact("dispatch.blind", "qpus.disable")
@pytest.mark.parametrize("out_of_service", ["disabled", "maintenance", "offline"])
def test_neither_status_nor_enabled_stops_dispatch(world: World, ann: Person, out_of_service: str) -> None:
    driver = world.driver()
    if out_of_service == "disabled":
        assert world.toggle_qpu(driver.qpu, False)["status"] == "offline"
    else:
        world.patch("qpus", driver.qpu, status=out_of_service).raise_for_status()
    assert ann.finished(ann.submit(driver.qpu))["status"] == "completed"


@fact("dispatch.older", "dispatch.blind")
@pytest.mark.parametrize("out_of_service", ["disabled", "maintenance"])
def test_on_v0_0_nothing_on_the_server_stops_dispatch(older: World, out_of_service: str) -> None:
    driver, ann = older.driver(), older.person()
    if out_of_service == "disabled":
        assert older.toggle_qpu(driver.qpu, False)["status"] == "offline"
    else:
        older.patch("qpus", driver.qpu, status=out_of_service).raise_for_status()
    assert ann.finished(ann.submit(driver.qpu))["status"] == "completed"


@fact("dispatch.older-record")
def test_on_v0_0_enabled_in_the_record_ends_the_dispatcher_and_starts_it_again(older: World) -> None:
    driver, other, ann = older.driver(), older.driver(), older.person()
    older.patch("qpus", driver.qpu, enabled=False).raise_for_status()
    job = ann.submit(driver.qpu)
    for _ in range(2):
        ann.finished(ann.submit(other.qpu))
    assert ann.status(job) == "pending"
    older.patch("qpus", driver.qpu, enabled=True).raise_for_status()
    assert ann.finished(job)["status"] == "completed"


@fact("qpus.enable")
def test_enabling_leaves_a_qpu_of_v0_1_offline_and_a_patch_sets_it_online(world: World) -> None:
    driver = world.driver()
    world.toggle_qpu(driver.qpu, False)
    assert world.toggle_qpu(driver.qpu, True)["status"] == "offline"
    assert world.get("drivers", driver.id)["status"] == "online"
    world.patch("qpus", driver.qpu, status="online").raise_for_status()
    assert world.status(driver.qpu) == "online"


@fact("qpus.enable")
def test_enabling_sets_a_qpu_of_v0_0_online(older: World) -> None:
    driver = older.driver()
    older.toggle_qpu(driver.qpu, False)
    assert older.toggle_qpu(driver.qpu, True)["status"] == "online"
    older.patch("qpus", driver.qpu, status="maintenance").raise_for_status()
    older.patch("qpus", driver.qpu, status="online").raise_for_status()
    assert older.status(driver.qpu) == "online"
    never_connected = older.qpu()
    older.toggle_qpu(never_connected, False)
    assert older.toggle_qpu(never_connected, True)["status"] == "offline"


@fact("drivers.toggle", "drivers.enable", "dispatch.maintenance")
def test_disabling_the_driver_stops_jobs_until_it_is_started_again(world: World, ann: Person) -> None:
    driver, other = world.driver(), world.driver()
    world.patch("qpus", driver.qpu, status="maintenance").raise_for_status()
    world.toggle_driver(driver, False)
    assert world.get("drivers", driver.id)["status"] == "offline"
    waiting = ann.submit(driver.qpu)
    wait_for(lambda: world.status(driver.qpu) == "offline", "the disconnection to end maintenance")
    refused = world.nobody.post("/api/op/drivers/connect", json={"token": driver.token})
    assert (refused.status_code, refused.json()["message"]) == (403, "Driver is currently disabled by administrator.")
    world.toggle_driver(driver, True)
    for _ in range(3):  # the dispatchers have polled
        ann.finished(ann.submit(other.qpu))
    assert ann.status(waiting) == "pending"
    assert world.get("drivers", driver.id)["status"] == "offline"
    world.server.start_driver(world.admin, driver)
    assert ann.finished(waiting)["status"] == "completed"
    assert world.status(driver.qpu) == "online"


@fact("dispatch.monitor", "dispatch.status")
@pytest.mark.parametrize("kind", ["bluefors_gen1", "custom"])
def test_a_monitor_takes_jobs_and_loses_them(world: World, ann: Person, kind: str) -> None:
    driver = world.driver()
    events = {"events": ["CryostatReading"]} if kind == "custom" else {}
    monitor = world.register(driver.qpu, kind, **events)
    world.server.start_driver(world.admin, monitor)

    def lost() -> str:
        """Submit a job and return its id if it is put back, as a job that the monitor took."""
        job = ann.submit(driver.qpu)
        wait_for(lambda: ann.status(job) != "pending", "a dispatcher to take the job")
        seen = ann.job(job)
        wait_for(
            lambda: ann.job(job)["updated"] != seen["updated"] or ann.status(job) in FINISHED, "what comes of it", 60
        )
        return "" if ann.status(job) in FINISHED else job

    job = wait_for(lost, "the monitor to take a job", 30 + 10 * world.server.job_timeout)
    # Its end sets the QPU offline, while the other driver continues to run jobs.
    world.server.stop_driver(world.admin, monitor)
    world.toggle_driver(monitor, False)  # its dispatcher would take more
    assert world.get("drivers", driver.id)["status"] == "online"
    assert ann.finished(job)["status"] == "completed"
    assert world.status(driver.qpu) == "offline"


@fact("dispatch.monitor-only", "dispatch.status")
def test_on_a_qpu_with_only_a_monitor_a_job_is_running_and_put_back(world: World, ann: Person) -> None:
    monitor = world.driver(kind="bluefors_gen1")
    assert world.status(monitor.qpu) == "online"
    job = ann.submit(monitor.qpu)
    assert dispatched_twice(world, ann, job)
    ann.http.post(f"/api/jobs/{job}/cancel").raise_for_status()


@fact("dispatch.dead")
def test_a_dispatcher_without_a_driver_still_takes_jobs(world: World, ann: Person) -> None:
    driver = world.driver()
    world.server.stop_driver(world.admin, driver)
    assert world.get("drivers", driver.id)["status"] == "offline"
    jobs = [ann.submit(driver.qpu) for _ in range(3)]
    assert all(ann.running(job) for job in jobs)
    world.server.start_driver(world.admin, driver)  # jobs in the queue are delivered
    assert {ann.finished(job)["status"] for job in jobs} == {"completed"}


@fact("dispatch.maintenance", "dispatch.status")
def test_maintenance_does_not_survive_a_restart_of_the_driver(world: World) -> None:
    driver = world.driver()
    world.patch("qpus", driver.qpu, status="maintenance").raise_for_status()
    world.server.stop_driver(world.admin, driver)
    assert world.status(driver.qpu) == "offline"
    world.server.start_driver(world.admin, driver)
    wait_for(lambda: world.status(driver.qpu) == "online", "the QPU to come online")


@fact("dispatch.restart")
@pytest.mark.sandbox_only  # restarts the server
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_after_a_server_restart_drivers_are_recorded_as_online_but_not_connected(kill: bool) -> None:
    with Sandbox(tick=0.05) as sandbox:
        server = Server(sandbox.url, sandbox.admin, "v0.1", sandbox=sandbox)
        with World(server) as world:
            driver, ann = world.driver(), world.person()
            ann.finished(ann.submit(driver.qpu))
            sandbox.restart_server(kill=kill)
            waiting = ann.submit(driver.qpu)
            other = world.driver()
            for _ in range(3):  # the dispatchers have polled
                ann.finished(ann.submit(other.qpu))
            assert ann.status(waiting) == "pending"
            assert (world.get("drivers", driver.id)["status"], world.status(driver.qpu)) == ("online", "online")
            server.start_driver(world.admin, driver)
            assert ann.finished(waiting)["status"] == "completed"


@fact("dispatch.order")
def test_jobs_are_dispatched_in_order_of_submission(world: World) -> None:
    driver, ann, bob = world.driver(), world.person(), world.person()
    jobs = [(who, who.submit(driver.qpu, shots=50)) for who in (ann, bob, ann, bob)]
    ended = [who.finished(job)["finished_at"] for who, job in jobs]
    assert ended == sorted(ended)


@fact("dispatch.order")
def test_other_users_wait_until_the_slot_holder_is_idle(world: World) -> None:
    driver, holder, other = world.driver(), world.person(), world.person()
    now = datetime.now(UTC)
    body = {"start_time": (now - timedelta(seconds=2)).isoformat(), "end_time": (now + timedelta(hours=1)).isoformat()}
    slot = world.create("time_slots", **body, booked_by=holder.id)["id"]
    try:
        # A holder who has not yet completed a job there delays nobody.
        assert other.finished(other.submit(driver.qpu))["status"] == "completed"
        first = holder.finished(holder.submit(driver.qpu))
        second = other.finished(other.submit(driver.qpu))
        gap = moment(second["finished_at"]) - moment(first["finished_at"])
        assert gap >= timedelta(seconds=world.server.idle_threshold)
    finally:
        world.admin.delete(f"{RECORDS.format('time_slots')}/{slot}")


KINDS = ("mock", "qiskit_aer", "quantify", "qblox", "presto", "bluefors_gen1")


@fact("drivers.kinds")
def test_kinds_and_languages_are_accepted_and_determine_events(world: World) -> None:
    qpu = world.qpu()
    for kind in KINDS:
        events = world.get("drivers", world.register(qpu, kind).id)["events"]
        assert events == (["CryostatReading"] if kind == "bluefors_gen1" else ["JobDispatch", "JobResult"])
    for language in ("python", "typescript", "go"):
        own = world.register(qpu, "custom", language=language, events=["JobDispatch", "CryostatReading"])
        assert world.get("drivers", own.id)["events"] == ["JobDispatch", "CryostatReading"]
    good = {"name": "d", "qpu": qpu, "kind": "mock", "language": "python"}
    for bad in ({"kind": "none"}, {"language": "c"}, {"kind": "custom", "events": ["None"]}):
        assert world.admin.post("/api/op/drivers/create", json={**good, **bad}).status_code == 400


@fact("drivers.create")
def test_creating_a_driver_returns_its_token_once(world: World) -> None:
    body = {"name": "d", "qpu": world.qpu(), "kind": "mock", "language": "python"}
    made = world.admin.post("/api/op/drivers/create", json=body).json()
    assert {"token", "ca_fingerprint", "qpi_addr", "snippets"} <= set(made)
    assert "token" not in world.nobody.get(f"{RECORDS.format('drivers')}/{made['id']}").json()
    unknown = world.admin.post("/api/op/drivers/create", json={**body, "qpu": "nosuchqpu000000"})
    assert unknown.status_code == 500
    assert "qpu" in unknown.json()["data"]


@fact("qpus.delete")
def test_a_qpu_that_has_a_driver_is_not_deleted(world: World) -> None:
    qpu = world.qpu()
    driver: Driver = world.register(qpu)
    path = f"{RECORDS.format('qpus')}/{qpu}"
    assert world.admin.delete(path).status_code == 400
    assert world.admin.delete(f"{RECORDS.format('drivers')}/{driver.id}").status_code == 204
    assert world.admin.delete(path).status_code == 204


@fact("qpus.fields", "qpus.list")
def test_online_qpus_are_listed_and_any_qpu_is_found_by_id(world: World) -> None:
    name = world.name("twin")
    ids = [world.qpu(name=name) for _ in range(2)]
    world.patch("qpus", ids[0], status="online").raise_for_status()
    listed = [each["id"] for each in world.nobody.get("/api/qpus", params={"limit": 500}).json()]
    assert ids[0] in listed
    assert ids[1] not in listed
    shown = world.nobody.get(f"/api/qpus/{ids[1]}").json()
    assert (shown["status"], shown["enabled"], shown["created"], shown["updated"]) == ("offline", True, "", "")
    assert world.nobody.get(f"/api/qpus/{name}").status_code == 404


@fact("qpus.older")
def test_v0_0_exposes_the_connection_and_has_no_drivers_or_events(older: World) -> None:
    driver = older.driver()
    shown = older.nobody.get(f"{RECORDS.format('qpus')}/{driver.qpu}").json()
    assert len(shown["access_token"]) == 64
    assert shown["nng_command_port"] > 0
    for collection in ("drivers", "events"):
        assert older.nobody.get(RECORDS.format(collection)).status_code == 404
