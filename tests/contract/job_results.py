"""Run the recorded circuits on the sandbox's worker and compare the results, counts within five sigma."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from tests.conftest import connect_driver, wait_for
from tests.contract.compare import compare
from tests.contract.replay import Replay, load

SCENARIO = "12-job-results"
TELEMETRY = "13-telemetry"
RECORD = "GET /api/collections/quantum_jobs/records/{id}"
ROUTE = "GET /api/jobs/{id}"
BALANCE = 1_000_000
SIGMAS = 5
FINISHED = ("completed", "failed")
MACHINES = (("qpu_mock", 5, "mock"), ("qpu_aer", 20, "qiskit_aer"))


def prepare(replay: Replay) -> dict[str, str]:
    """Create the two QPUs with their drivers, fill alice's account, start the worker, and return the QPUs' ids by
    name.
    """
    admin = replay.headers("admin")
    replay.http.headers.update(admin)
    try:
        alice = load(replay.generation, "02-auth")[3]["answer"]["id"]
        alice = replay.names.known[alice]
        cancel_left_over(replay, alice)
        replay.http.patch(f"/api/collections/users/records/{alice}", json={"qpu_seconds": BALANCE})
        made: dict[str, str] = {}
        for name, qubits, kind in MACHINES:
            made[name] = make_qpu(replay, name, qubits, kind)
        replay.sandbox.start_worker()
        for name, qpu in made.items():
            path = f"/api/collections/qpus/records/{qpu}"
            wait_for(lambda path=path: replay.http.get(path).json()["status"] == "online", f"{name} to come online")
    finally:
        del replay.http.headers["Authorization"]
    return made


def cancel_left_over(replay: Replay, user: str) -> None:
    """Cancel a user's open jobs of earlier scenarios, which had no driver. Only new jobs are charged."""
    query = {"filter": f"user_id = '{user}' && (status = 'pending' || status = 'running')", "perPage": 500}
    path = "/api/collections/quantum_jobs/records"
    for job in replay.http.get(path, params=query).json()["items"]:
        replay.http.patch(f"{path}/{job['id']}", json={"status": "cancelled"}).raise_for_status()


def make_qpu(replay: Replay, name: str, qubits: int, kind: str) -> str:
    """Register a QPU and connect its driver, as the generation does it."""
    body = {"name": name, "num_qubits": qubits, "enabled": True, "executor_type": kind}
    made = replay.http.post("/api/op/qpus/create", json=body).json()
    if replay.generation == "v0.0":
        connect = {"name": name, "access_token": made["access_token"], "executor_type": kind}
        replay.http.post("/api/op/qpus/connect", json=connect).raise_for_status()
    else:
        connect_driver(replay.http, made["id"], kind, "qpu_sim_01")
    return str(made["id"])


def run(replay: Replay) -> None:
    """Submit everything at once, wait, and compare each job, and alice's balance with the sum of the durations."""
    qpus = prepare(replay)
    alice = replay.headers("alice")
    entries = load(replay.generation, SCENARIO)
    for entry in entries:
        replay.names.known[entry[RECORD]["qpu_target"]] = qpus[entry["note"].partition(":")[0]]
    jobs = [submit(replay, entry, qpus) for entry in entries]
    spent = 0.0
    for entry, job in zip(entries, jobs, strict=True):
        path = f"/api/collections/quantum_jobs/records/{job}"

        def finished(path: str = path) -> Any:
            record = replay.http.get(path, headers=alice).json()
            return record if record["status"] in FINISHED else None

        record = wait_for(finished, f"the job {entry['note']!r}", 60)
        spent += record["duration"]
        shown = replay.http.get(f"/api/jobs/{job}", headers=alice).json()
        found = [*compare(stable(entry[RECORD]), stable(record), replay.names, "record")]
        found += compare(stable(entry[ROUTE]), stable(shown), replay.names, "route")
        found += compare_results(entry[RECORD]["results"], record["results"])
        replay.outcome.exchanges += 1
        replay.outcome.differences += [(SCENARIO, entry["note"], line) for line in found]
    me = replay.names.known[entries[0][RECORD]["user_id"]]
    left = replay.http.get(f"/api/collections/users/records/{me}", headers=alice).json()["qpu_seconds"]
    if not math.isclose(left, BALANCE - spent, abs_tol=1e-6):
        line = f"balance: {BALANCE - spent} expected, {left} now"
        replay.outcome.differences.append((SCENARIO, "charged the durations", line))


def wait_for_readings(replay: Replay) -> None:
    """Connect a monitor and wait until it has reported exactly as often as in the recording.

    The recorded one was connected while jobs ran; here it comes after them, since it takes jobs and loses them.
    """
    replay.http.headers.update(replay.headers("admin"))
    qpu = replay.names.known[load(replay.generation, TELEMETRY)[0]["answer"]["items"][0]["qpu"]]
    connect_driver(replay.http, qpu, "bluefors_gen1", "qpi-monitor")
    del replay.http.headers["Authorization"]
    wanted = load(replay.generation, TELEMETRY)[0]["answer"]["totalItems"]
    path = "/api/collections/events/records"

    def so_far() -> list[str]:
        page = replay.http.get(path, params={"sort": "ts", "perPage": 500}).json()
        return [item["id"] for item in page["items"]]

    wait_for(lambda: len(so_far()) >= wanted, f"{wanted} readings")
    replay.sandbox.stop_worker()
    for extra in so_far()[wanted:]:
        replay.http.delete(f"{path}/{extra}", headers=replay.headers("admin")).raise_for_status()


def submit(replay: Replay, entry: dict[str, Any], qpus: dict[str, str]) -> str:
    """Submit one recorded job as alice."""
    body = {**entry["submitted"], "qpu_target": qpus[entry["note"].partition(":")[0]]}
    answer = replay.http.post("/api/jobs", json=body, headers=replay.headers("alice"))
    answer.raise_for_status()
    return str(answer.json()["id"])


def stable(job: dict[str, Any]) -> dict[str, Any]:
    """Return a job without measured values. Results are compared separately, durations by type."""
    kept = {**job, "duration": float}
    if "results" in job and job["results"] != job["payload"]:
        kept.pop("results")
    return kept


def compare_results(recorded: Any, ours: Any, at: str = "results") -> Iterator[str]:
    """Compare results: the same keys and texts, similar counts, points in the right places."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        if sorted(recorded) != sorted(ours):
            yield f"{at}: keys {sorted(recorded)} recorded, {sorted(ours)} now"
        for key in recorded.keys() & ours.keys():
            where = f"{at}.{key}"
            if key in ("counts", "hex_counts"):
                yield from compare_counts(recorded[key], ours[key], where)
            elif key == "memory":
                yield from compare_memory(recorded[key], ours[key], where)
            else:
                yield from compare_results(recorded[key], ours[key], where)
    elif isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
        for i, (one, other) in enumerate(zip(recorded, ours, strict=True)):
            yield from compare_results(one, other, f"{at}[{i}]")
    elif recorded != ours:
        yield f"{at}: {recorded!r} recorded, {ours!r} now"


def compare_counts(recorded: dict[str, int], ours: dict[str, int], at: str) -> Iterator[str]:
    """Check that the states, their order and the total are equal, and each share is within five sigma of the
    recorded one.
    """
    if list(recorded) != list(ours):
        yield f"{at}: states {list(recorded)} recorded, {list(ours)} now"
        return
    n = sum(recorded.values())
    if sum(ours.values()) != n:
        yield f"{at}: {n} shots recorded, {sum(ours.values())} now"
    for state, one in recorded.items():
        p = (one + ours[state]) / (2 * n)
        if abs(one - ours[state]) > SIGMAS * math.sqrt(2 * n * p * (1 - p)):
            yield f"{at}.{state}: {one} recorded, {ours[state]} now"


def compare_memory(recorded: Any, ours: Any, at: str) -> Iterator[str]:
    """Check that `[shot][qubit][I, Q]` has the same shape, single shots are near one of the two states, and both
    qubits of the Bell pair agree.
    """
    if shape(recorded) != shape(ours):
        yield f"{at}: shape {shape(recorded)} recorded, {shape(ours)} now"
        return
    for points, where in ((recorded, "recorded"), (ours, "now")):
        for shot in points:
            sides = {i > 0.5 for i, _ in shot}
            if len(points) > 1 and (len(sides) > 1 or any(not -0.4 < axis < 1.4 for point in shot for axis in point)):
                yield f"{at}: {shot} {where}"


def shape(points: Any) -> tuple[int, ...]:
    """Return the lengths of nested lists."""
    return (len(points), *shape(points[0])) if isinstance(points, list) else ()
