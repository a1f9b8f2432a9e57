"""The scheduler's rules on a running server with short times, as users see them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qpi_sandbox import Sandbox
from tests.conftest import record, wait_for
from tests.sandbox.people import People, Person

TIMEOUT, IDLE = 1.5, 1.5
SHOT = 0.001  # seconds: 300 shots occupy a QPU for 0.3 s


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a separate server on which shots take time."""
    with Sandbox(tick=0.05, job_timeout=TIMEOUT, idle_threshold=IDLE, shot_time=SHOT) as running:
        yield running


@pytest.fixture(scope="module")
def people(lab: Sandbox) -> Iterator[People]:
    with People(lab) as people:
        yield people


@pytest.fixture
def qpu(people: People) -> str:
    """Return a new QPU that is online."""
    return people.qpu()


@pytest.fixture(autouse=True)
def _no_slots(people: People) -> Iterator[None]:
    yield
    slots = people.admin.get("/api/collections/time_slots/records").json()["items"]
    for slot in slots:
        people.admin.delete(f"/api/collections/time_slots/records/{slot['id']}")


def book_now(people: People, who: Person) -> None:
    now = datetime.now(UTC)
    body = {
        "start_time": (now - timedelta(seconds=0.2)).isoformat(),
        "end_time": (now + timedelta(hours=1)).isoformat(),
        "booked_by": who.id,
    }
    people.admin.post("/api/collections/time_slots/records", json=body).raise_for_status()


def test_the_owner_is_charged_for_the_duration(people: People, qpu: str) -> None:
    ann = people.person(100)
    done = ann.finished(ann.submit(qpu, shots=100))
    assert done["status"] == "completed"
    assert done["duration"] >= 100 * SHOT
    assert ann.balance() == pytest.approx(100 - done["duration"], abs=1e-9)


def test_a_balance_never_falls_below_zero(people: People, qpu: str) -> None:
    poor = people.person(0.05)
    done = poor.finished(poor.submit(qpu, shots=200))
    assert done["duration"] > 0.05
    assert poor.balance() == 0.05  # a job that costs more than the balance is not charged at all


def test_a_failed_job_contains_the_error_and_is_charged_too(people: People, qpu: str) -> None:
    ann = people.person(100)
    done = ann.finished(ann.submit(qpu, circuit="this is not OpenQASM"))
    assert done["status"] == "failed"
    assert done["results"]["error"].startswith("Failed to parse QASM circuit: missing or unrecognized OPENQASM")
    assert ann.balance() == pytest.approx(100 - done["duration"], abs=1e-9)


def test_jobs_finish_in_order_of_submission(people: People, qpu: str) -> None:
    ann, bob = people.person(), people.person()
    jobs = [(who, who.submit(qpu, shots=50)) for who in (ann, bob, ann, bob)]
    ended = [who.finished(job)["finished_at"] for who, job in jobs]
    assert ended == sorted(ended)


def test_the_slot_holder_overtakes_until_idle(people: People, qpu: str) -> None:
    ann, bob = people.person(), people.person()
    book_now(people, ann)
    first = ann.finished(ann.submit(qpu, shots=10))
    second = bob.finished(bob.submit(qpu, shots=10))
    assert moment(second["finished_at"]) - moment(first["finished_at"]) >= timedelta(seconds=IDLE)


@pytest.mark.parametrize("state", [{"status": "maintenance"}, {"status": "offline"}, {"enabled": False}])
def test_neither_status_nor_enabled_of_a_qpu_stops_its_jobs(people: People, state: dict[str, Any]) -> None:
    ann, qpu = people.person(), people.qpu()
    people.admin.patch(f"/api/collections/qpus/records/{qpu}", json=state).raise_for_status()
    assert ann.finished(ann.submit(qpu))["status"] == "completed"


def test_a_disabled_driver_stops_dispatch_and_does_not_reconnect_on_its_own(people: People, qpu: str) -> None:
    ann, other = people.person(), people.qpu()
    driver = people.driver(qpu)
    people.admin.patch(f"/api/collections/qpus/records/{qpu}", json={"status": "maintenance"}).raise_for_status()
    switch = "/api/op/drivers/toggle"
    people.admin.post(switch, json={"id": driver, "enabled": False}).raise_for_status()
    waiting = ann.submit(qpu)
    wait_for(lambda: record(people.admin, "qpus", qpu)["status"] == "offline", "the disconnection to end maintenance")
    assert people.admin.post(f"/api/sandbox/drivers/{driver}/start").status_code == 403
    people.admin.post(switch, json={"id": driver, "enabled": True}).raise_for_status()
    for _ in range(3):  # the dispatchers have polled
        ann.finished(ann.submit(other))
    assert ann.job(waiting)["status"] == "pending"
    assert record(people.admin, "drivers", driver)["status"] == "offline"
    people.admin.post(f"/api/sandbox/drivers/{driver}/start").raise_for_status()
    assert ann.finished(waiting)["status"] == "completed"
    assert record(people.admin, "qpus", qpu)["status"] == "online"


def test_a_job_without_a_target_never_runs(people: People, qpu: str) -> None:
    ann = people.person()
    nowhere = ann.submit("")
    ann.finished(ann.submit(qpu))
    assert ann.job(nowhere)["status"] == "pending"


def test_a_cancelled_running_job_still_completes_and_is_charged(people: People, qpu: str) -> None:
    ann = people.person(100)
    job = ann.submit(qpu, shots=700)
    wait_for(lambda: ann.job(job)["status"] == "running", "the job to run")
    began = time.monotonic()
    wait_for(lambda: time.monotonic() - began > 0.2, "the job to have run a while")
    cancelling = time.monotonic()
    assert ann.http.post(f"/api/jobs/{job}/cancel").json() == {"status": "cancelled"}
    after = ann.finished(job)
    assert after["status"] == "completed"
    # Counted from the cancellation, its last update.
    assert 0 < after["duration"] < time.monotonic() - cancelling + 0.05
    assert ann.balance() == pytest.approx(100 - after["duration"], abs=1e-9)


def test_a_job_that_takes_too_long_is_sent_again_and_completes_twice(people: People, qpu: str) -> None:
    ann = people.person(100)
    job = ann.submit(qpu, shots=2000)
    wait_for(lambda: ann.job(job)["status"] == "running", "it to be dispatched")
    dispatched = ann.job(job)["updated"]
    wait_for(lambda: ann.job(job)["updated"] != dispatched, "it to be put back")
    first = ann.finished(job)
    wait_for(lambda: ann.job(job)["finished_at"] != first["finished_at"], "the second result")
    second = ann.job(job)
    assert ann.balance() == pytest.approx(100 - first["duration"] - second["duration"], abs=1e-6)


def test_a_killed_worker_loses_no_job_and_runs_none_twice(people: People, lab: Sandbox, qpu: str) -> None:
    ann = people.person(100)
    jobs = [ann.submit(qpu, shots=200) for _ in range(5)]
    wait_for(lambda: ann.job(jobs[0])["status"] == "completed", "the first to complete")
    lab.stop_worker(kill=True)
    assert {"running", "pending"} & {ann.job(job)["status"] for job in jobs}
    lab.start_worker()
    done = [ann.finished(job) for job in jobs]
    assert {each["status"] for each in done} == {"completed"}
    assert ann.balance() == pytest.approx(100 - sum(each["duration"] for each in done), abs=1e-6)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" ", "T").replace("Z", "+00:00"))
