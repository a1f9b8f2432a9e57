"""Intended differences that no recording shows: each is tested, and a row without a test fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.differences import TABLE
from tests.conftest import record, wait_for
from tests.sandbox.people import People

ROUNDS = 25
TIMEOUT = 2  # seconds


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(tick=0.05, shot_time=0.001, job_timeout=TIMEOUT) as running:
        yield running


@pytest.fixture(scope="module")
def people(lab: Sandbox) -> Iterator[People]:
    with People(lab) as people:
        yield people


def together(*actions: Callable[[], httpx.Response]) -> list[int]:
    """Run functions at the same moment, and return the status codes of their responses."""
    barrier = threading.Barrier(len(actions))
    statuses: list[int] = []

    def act(action: Callable[[], httpx.Response]) -> None:
        barrier.wait()
        statuses.append(action().status_code)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def credited_once(people: People) -> bool:
    ann = people.person(0)
    path = "/api/collections/qpu_time_requests/records"
    for _ in range(ROUNDS):
        body = {"user": ann.id, "status": "pending", "seconds": 100, "requested_reason": "race"}
        request = ann.http.post(path, json=body).json()["id"]

        def approve(request: str = request) -> httpx.Response:
            return people.admin.patch(f"{path}/{request}", json={"status": "approved"})

        assert together(approve, approve, approve) == [200, 200, 200]
    return ann.balance() == 100 * ROUNDS


def dismissed_for_both(people: People) -> bool:
    ann, bob = people.person(), people.person()
    path = "/api/collections/notifications/records"
    notice = people.admin.post(path, json={"title": "Cooldown"}).json()["id"]
    for person in (ann, bob):
        person.http.post(f"/api/notifications/{notice}/dismiss", json={}).raise_for_status()
    assert record(people.admin, "notifications", notice)["dismissed_by"] == bob.id
    return not any(notice in [item["id"] for item in person.http.get(path).json()["items"]] for person in (ann, bob))


def one_gets_the_hour(people: People) -> bool:
    ann, bob = people.person(), people.person()
    path = "/api/collections/time_slots/records"
    for day in range(1, 11):
        times = {"start_time": f"2090-01-{day:02} 10:00:00.000Z", "end_time": f"2090-01-{day:02} 11:00:00.000Z"}
        statuses = together(
            lambda times=times: ann.http.post(path, json={**times, "booked_by": ann.id}),
            lambda times=times: bob.http.post(path, json={**times, "booked_by": bob.id}),
        )
        if sorted(statuses) != [200, 400]:
            return False
    return True


def one_changes_the_job(people: People) -> bool:
    ann = people.person()
    # Until two requests collide; a busy machine needs more rounds.
    for _ in range(5 * ROUNDS):
        job = ann.submit("")
        path = f"/api/collections/quantum_jobs/records/{job}"
        statuses = together(
            lambda path=path: people.admin.patch(path, json={"status": "failed"}),
            lambda path=path: people.admin.patch(path, json={"status": "cancelled"}),
        )
        if 200 not in statuses or (statuses == [200, 200] and ann.job(job)["status"] not in ("failed", "cancelled")):
            return False
        if sorted(statuses) == [200, 400]:
            return True
    return False


def put_back_within_two_ticks(people: People) -> bool:
    ann, qpu = people.person(), people.qpu()
    job = ann.submit(qpu, shots=10 * TIMEOUT * 1000)
    wait_for(lambda: ann.job(job)["status"] == "running", "the job to run")
    dispatched = time.monotonic()
    updated = ann.job(job)["updated"]
    wait_for(lambda: ann.job(job)["updated"] != updated, "it to be put back")
    return time.monotonic() - dispatched < TIMEOUT + 1.5


def played_unless_it_names_a_host(people: People) -> bool:
    ann, played, own = people.person(), people.qpu(), people.qpu(host="192.0.2.7")
    completes, waits = ann.submit(played), ann.submit(own)
    ann.finished(completes)
    wait_for(lambda: ann.job(waits)["status"] == "running", "the dispatcher to take it")
    return bool(record(people.admin, "qpus", own)["status"] == "offline")


TRIALS: dict[str, Callable[[People], bool]] = {
    "behaviour: two administrators approve one request at the same moment": credited_once,
    "behaviour: a second person dismisses an announcement": dismissed_for_both,
    "behaviour: two people book the same hour at the same moment": one_gets_the_hour,
    "behaviour: a superuser changes a job's record at the moment its state changes": one_changes_the_job,
    "behaviour: a job's timeout is over": put_back_within_two_ticks,
    "behaviour: a driver connects": played_unless_it_names_a_host,
}
ROWS = [row.where for row in TABLE if row.where.startswith("behaviour")]


@pytest.mark.parametrize("where", ROWS)
def test_the_sandbox_behaves_as_the_table_of_differences_says(people: People, where: str) -> None:
    assert TRIALS[where](people)
