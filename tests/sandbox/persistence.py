"""Kill every process of a sandbox in the middle of many changes, restart it, and count what was kept.

The full form is `python -m tests.sandbox.persistence` (a thousand approvals and a thousand submissions).
"""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from qpi_sandbox import Sandbox
from tests.sandbox.people import BELL, People

REQUESTS = "/api/collections/qpu_time_requests/records"
SECONDS = 10


@dataclass
class Told:
    """What the server answered with 2xx before it was killed."""

    approved: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)


def approve_and_submit(sandbox: Sandbox, people: People, requests: list[str], qpu: str, told: Told) -> None:
    """Approve and submit from two threads, and kill everything when half is approved."""
    ann = people.person()
    half = threading.Event()

    def approve() -> None:
        for request in requests:
            try:
                answer = people.admin.patch(f"{REQUESTS}/{request}", json={"status": "approved"})
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                told.approved.add(request)
            if len(told.approved) >= len(requests) // 2:
                half.set()

    def submit() -> None:
        body = {"circuits": [{"circuit": BELL}], "shots": 10, "qpu_target": qpu}
        for _ in requests:
            try:
                answer = ann.http.post("/api/jobs", json=body)
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                told.submitted.add(answer.json()["id"])

    threads = [threading.Thread(target=work) for work in (approve, submit)]
    for thread in threads:
        thread.start()
    half.wait(60)
    sandbox.kill()
    for thread in threads:
        thread.join()


def run(folder: Path, count: int) -> str:
    """Run it and return a line of figures. Raise `AssertionError` if something was lost or half done."""
    told = Told()
    with Sandbox(folder, worker=False) as sandbox, People(sandbox) as people:
        bob = people.person(0)
        qpu = people.admin.post("/api/op/qpus/create", json={"name": "q"}).json()["id"]
        body = {"user": bob.id, "status": "pending", "seconds": SECONDS, "requested_reason": ""}
        requests = [bob.http.post(REQUESTS, json=body).json()["id"] for _ in range(count)]
        approve_and_submit(sandbox, people, requests, qpu, told)
    assert 0 < len(told.approved) < count, "the server was to die in the middle"
    with Sandbox(folder, worker=False) as sandbox, People(sandbox) as people:
        kept = {item["id"] for item in everything(people, REQUESTS, "status = 'approved'")}
        jobs = {item["id"] for item in everything(people, "/api/collections/quantum_jobs/records", "")}
        balance = people.admin.get(f"/api/collections/users/records/{bob.id}").json()["qpu_seconds"]
    assert told.approved <= kept, "an approval that was answered is gone"
    assert told.submitted <= jobs, "a job that was answered is gone"
    assert len(kept - told.approved) <= 1, "more was done than was asked"
    assert balance == SECONDS * len(kept), "a request and its credit are not both there"
    return (
        f"{len(told.approved)} approvals and {len(told.submitted)} jobs were answered before all was killed; "
        f"{len(kept)} and {len(jobs)} are there, {balance:g} s credited"
    )


def everything(people: People, path: str, condition: str) -> list[dict[str, str]]:
    """Return all records of a collection."""
    items: list[dict[str, str]] = []
    for page in range(1, 100):
        query = {"perPage": 1000, "page": page, "filter": condition, "fields": "id"}
        found = people.admin.get(path, params=query).json()["items"]
        items += found
        if len(found) < 1000:
            break
    return items


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(run(Path(folder) / "data", int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
