"""A large sandbox: how long until it is ready, and how long a page of each list takes.

`python -m tests.sandbox.size [JOBS USERS]` prints the figures, by default for 1,000,000 jobs and 5,000 users.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

import httpx

from qpi_sandbox import Sandbox
from tests.conftest import sign_in

JOBS = "/api/collections/quantum_jobs/records"
NEWEST: dict[str, str | int] = {"sort": "-@rowid", "skipTotal": 1}  # the table's own order, because there is no index
PAGES: dict[str, tuple[str, dict[str, str | int]]] = {
    "jobs": (JOBS, {}),
    "jobs, newest first": (JOBS, {**NEWEST, "perPage": 200}),
    "jobs, newest first, with who and where": (JOBS, {**NEWEST, "expand": "user_id,qpu_target", "perPage": 50}),
    "jobs, failed, newest first": (JOBS, {**NEWEST, "filter": "status = 'failed'"}),
    "jobs, pending": (JOBS, {**NEWEST, "filter": "status = 'pending'"}),
    "jobs, 500 without payload": (JOBS, {**NEWEST, "perPage": 500, "fields": "id,status,created,user_id"}),
    "jobs, a page in the middle": (JOBS, {**NEWEST, "page": 1000}),
    "users": ("/api/collections/users/records", {"perPage": 200}),
    "users, sorted by balance": ("/api/collections/users/records", {"sort": "-qpu_seconds", "perPage": 50}),
    "slots": ("/api/collections/time_slots/records", {"expand": "booked_by", "perPage": 200}),
    "readings": ("/api/collections/events/records", {"sort": "-ts", "perPage": 200}),
}
OWN = "/api/jobs"


@dataclass
class Figures:
    """Seconds until ready, and the best of three in seconds for each list."""

    jobs: int
    users: int
    ready: float
    pages: dict[str, float] = field(default_factory=dict)


def best_of(client: httpx.Client, path: str, query: dict[str, str | int]) -> float:
    """Request it three times and return the shortest time."""
    times: list[float] = []
    for _ in range(3):
        begun = time.perf_counter()
        client.get(path, params=query).raise_for_status()
        times.append(time.perf_counter() - begun)
    return min(times)


def measure(jobs: int, users: int) -> Figures:
    """Start a sandbox of that size and request its lists."""
    begun = time.perf_counter()
    with Sandbox(seed=1, jobs=jobs, users=users, worker=False) as sandbox:
        figures = Figures(jobs, users, time.perf_counter() - begun)
        with httpx.Client(base_url=sandbox.url, timeout=60) as client:
            client.headers["Authorization"] = sign_in(sandbox.url, sandbox.admin, "_superusers")
            figures.jobs = client.get(JOBS, params={"perPage": 1}).json()["totalItems"]
            figures.users = len(sandbox.users)
            for name, (path, query) in PAGES.items():
                figures.pages[name] = best_of(client, path, query)
            client.headers["Authorization"] = sign_in(sandbox.url, sandbox.users[0])
            figures.pages["own jobs, by the collection"] = best_of(client, JOBS, NEWEST)
            figures.pages["own jobs, by the route"] = best_of(client, OWN, {"limit": 50, "sort": "-@rowid"})
    return figures


if __name__ == "__main__":
    begun = time.perf_counter()
    with Sandbox():
        print(f"empty, with a worker: ready in {time.perf_counter() - begun:.2f} s")
    wanted = [int(argument) for argument in sys.argv[1:3]] or [1_000_000, 5_000]
    result = measure(*wanted)
    print(f"{result.jobs} jobs and {result.users} users ready in {result.ready:.1f} s")
    for name, seconds in result.pages.items():
        print(f"{seconds * 1000:7.1f} ms  {name}")
