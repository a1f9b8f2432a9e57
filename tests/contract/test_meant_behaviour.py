"""The rows of the table that no recording shows: each is tried, and a row without a trial fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.differences import TABLE
from tests.conftest import record, wait_for
from tests.sandbox.people import People

ROUNDS = 25


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(tick=0.05, shot_time=0.001) as running:
        yield running


@pytest.fixture(scope="module")
def people(lab: Sandbox) -> Iterator[People]:
    with People(lab) as people:
        yield people


def together(*actions: Callable[[], httpx.Response]) -> list[int]:
    """Do things at the same moment; give the statuses of the answers."""
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


def stays_cancelled(people: People) -> bool:
    ann, qpu = people.person(100), people.qpu()
    job = ann.submit(qpu, shots=500)
    wait_for(lambda: ann.job(job)["status"] == "running", "the job to run")
    ann.http.post(f"/api/jobs/{job}/cancel").raise_for_status()
    behind = ann.finished(ann.submit(qpu, shots=1))
    spent = pytest.approx(100 - behind["duration"], abs=1e-9)
    return ann.job(job)["status"] == "cancelled" and ann.balance() == spent


def reports_what_occurred(people: People) -> bool:
    ann, qpu = people.person(), people.qpu("qiskit_aer")
    head = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
    wide, narrow = (f"{head}qubit[{n}] q;\nbit[{n}] c;\nh q[0];\nc = measure q;\n" for n in (15, 14))
    many, few = (ann.finished(ann.submit(qpu, 200, circuit))["results"]["counts"] for circuit in (narrow, wide))
    return len(many) == 2**14 and set(few) == {"0" * 15, "0" * 14 + "1"}


TRIALS: dict[str, Callable[[People], bool]] = {
    "behaviour: two administrators approve one request at the same moment": credited_once,
    "behaviour: a second person dismisses an announcement": dismissed_for_both,
    "behaviour: a running job is cancelled, then its driver brings the result": stays_cancelled,
    "behaviour: a circuit with more than 14 classical bits": reports_what_occurred,
}
ROWS = [row.where for row in TABLE if row.where.startswith("behaviour")]


@pytest.mark.parametrize("where", ROWS)
def test_the_sandbox_does_as_the_table_says(people: People, where: str) -> None:
    assert TRIALS[where](people)


def test_two_who_book_the_same_hour_do_not_both_get_it(people: People) -> None:
    ann, bob = people.person(), people.person()
    path = "/api/collections/time_slots/records"
    for day in range(1, 11):
        times = {"start_time": f"2090-01-{day:02} 10:00:00.000Z", "end_time": f"2090-01-{day:02} 11:00:00.000Z"}
        statuses = together(
            lambda times=times: ann.http.post(path, json={**times, "booked_by": ann.id}),
            lambda times=times: bob.http.post(path, json={**times, "booked_by": bob.id}),
        )
        assert sorted(statuses) == [200, 400]
