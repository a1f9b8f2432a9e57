"""Demo jobs: a history of finished ones, and a queue of pending and running ones at its end."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from qpi_sandbox.seed.bulk_jobs import COLUMNS, bulk_jobs
from qpi_sandbox.seed.people import Person
from qpi_sandbox.seed.programs import HEAD, Program, any_program
from qpi_sandbox.seed.seed_records import Known
from qpi_sandbox.seed.seeder import Seeder, stamp

PENDING, RUNNING = 26, 4  # of a few hundred; in a small lab at most a fifth and a twentieth
SHOTS = (100, 256, 512, 1024, 1024, 1024, 2048, 4096)
SHOT_TIME = 0.0004  # seconds, of the qpus that the durations pretend to come from
NOISE = 0.03  # Share of a hardware's shots with a random outcome; simulators have none.
SIMULATORS = ("mock", "qiskit_aer")
ERRORS = (
    "could not convert string to float: ' '",
    "TranspilerError: job execution failed, see driver logs for details",
    "AerError: job execution failed, see driver logs for details",
    "SequencerTimeoutError: job execution failed, see driver logs for details",
    "Failed to parse QASM circuit: 5,13: Object 'p' is not defined in this scope",
    "the circuit needs 9 qubits, the QPU has 5",
)


BULK = 20_000  # jobs; a history of more repeats the payloads and results of SAMPLES jobs
SAMPLES = 3000
SHORT, LONG = timedelta(days=14), timedelta(days=120)  # how far back a history goes, of 2,000 jobs and of more
NEWEST = timedelta(minutes=20)  # the age of its newest job
BUSIER = 2.5  # half of the jobs are of the last sixth of the time, and a seventh of two weeks' of the last three hours


def add_jobs(seeder: Seeder, people: Sequence[tuple[str, Person]], qpus: Sequence[Known], count: int) -> None:
    """Insert `count` jobs, oldest first, of the first users mostly."""
    if not people or not qpus:
        return
    jobs = _Jobs(seeder, [id for id, _ in people], qpus, count)
    if count > BULK:
        samples = list(jobs.past(SAMPLES, jobs.owners(SAMPLES)))
        history = bulk_jobs(seeder.rng, samples, jobs.people, jobs.past_count, seeder.now - NEWEST, LONG)
        seeder.insert_rows("quantum_jobs", COLUMNS, history)
        seeder.insert("quantum_jobs", jobs.open(jobs.owners(jobs.open_count)))
    else:
        owners = jobs.owners(count)
        seeder.insert("quantum_jobs", jobs.past(jobs.past_count, owners[: jobs.past_count]))
        seeder.insert("quantum_jobs", jobs.open(owners[jobs.past_count :]))


class _Jobs:
    """Draws the jobs of a lab: a history of finished ones, and those that are running or pending now."""

    def __init__(self, seeder: Seeder, people: Sequence[str], qpus: Sequence[Known], count: int) -> None:
        self._seeder = seeder
        self.people = people
        self._pending, self._running = min(PENDING, count // 5), min(RUNNING, count // 20)
        self.open_count = self._pending + self._running
        self.past_count = count - self.open_count
        self._span = SHORT if count <= 2000 else LONG
        self._up = [each for each in qpus if each.qpu.status == "online"]
        self._down = [each for each in qpus if each.qpu.status != "online"]
        self._programs = [any_program(seeder.rng) for _ in range(min(400, count))]

    def owners(self, count: int) -> list[str]:
        """Draw the owners of this many jobs."""
        return self._seeder.rng.choices(self.people, [1 / (rank + 2) for rank in range(len(self.people))], k=count)

    def past(self, count: int, owners: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield finished jobs, oldest first."""
        rng = self._seeder.rng
        for i in range(count):
            age = self._span * (1 - (i + rng.random()) / count) ** BUSIER + NEWEST
            state = rng.choices(["completed", "failed", "cancelled"], [82, 11, 7])[0]
            place = rng.choice(self._up if rng.random() < 0.9 else self._down)
            yield _job(self._seeder, owners[i], place, rng.choice(self._programs), state, age)

    def open(self, owners: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the running jobs, then the pending ones, oldest first."""
        rng = self._seeder.rng
        for i, owner in enumerate(owners):
            left = len(owners) - i
            place: Known | None
            if i < self._running:
                state, place = "running", rng.choice(self._up)
            else:
                state, place = "pending", None if left == 7 else rng.choice(self._down + self._down + self._up)
            yield _job(self._seeder, owner, place, rng.choice(self._programs), state, timedelta(seconds=3 * left))


def _job(
    seeder: Seeder, owner: str, place: Known | None, program: Program, state: str, age: timedelta
) -> dict[str, Any]:
    rng = seeder.rng
    created = seeder.now - age
    shots = rng.choice(SHOTS)
    circuits = rng.choices([1, 2, 3], [90, 7, 3])[0]
    level = 1 if rng.random() < 0.06 else 2
    shots = min(shots, 256) if level == 1 else shots
    payload = {
        "circuits": [{"circuit": program.qasm}] * circuits,
        "shots": shots, "meas_level": level, "meas_return": "single", "qpu_target": place.id if place else "",
    }  # fmt: skip
    results: Any = "null"
    duration, finished, updated = 0.0, "", created
    if state in ("completed", "failed"):
        duration = round(circuits * shots * SHOT_TIME * rng.uniform(0.9, 1.3) + rng.uniform(0.02, 0.2), 9)
        updated = created + timedelta(seconds=rng.expovariate(1 / 8) + 1 + duration)
        finished = stamp(updated)
        results = _results(seeder, program, place, shots, circuits, level)
    if state == "failed":
        results = {"error": rng.choice(ERRORS)}
        if results["error"].startswith("Failed to parse"):
            payload["circuits"] = [{"circuit": HEAD + "qubit[2] q;\nbit[2] c;\nh q[0];\nc = measure p;\n"}]
        duration = round(duration / 10, 9)
    elif state == "cancelled":
        updated = created + timedelta(seconds=rng.uniform(1, 90))
    elif state == "running":
        updated = seeder.now - timedelta(seconds=rng.uniform(2, 12))
    return {
        "id": seeder.new_id(), "user_id": owner, "qpu_target": place.id if place else "",
        "payload": json.dumps(payload), "status": state,
        "results": json.dumps(results) if isinstance(results, dict) else results,
        "duration": duration, "finished_at": finished, "created": stamp(created), "updated": stamp(updated),
    }  # fmt: skip


def _results(
    seeder: Seeder, program: Program, place: Known | None, shots: int, circuits: int, level: int
) -> dict[str, Any]:
    backend = (place.qpu.name if seeder.older else place.qpu.drivers[0].name) if place else ""
    entries: list[dict[str, Any]] = []
    for _ in range(circuits):
        if level == 1:
            entries.append({"memory": _points(seeder.rng, program, shots), "shots": shots})
        else:
            noise = 0.0 if place and place.qpu.drivers[0].kind in SIMULATORS else NOISE
            entries.append({"counts": draw_counts(seeder.rng, program, shots, noise), "shots": shots})
    first = dict(entries[0])
    if seeder.older and "counts" in first:
        first["hex_counts"] = {hex(int(key, 2)): value for key, value in first["counts"].items()}
    listed = {"circuit_results": entries} if circuits > 1 or not seeder.older else {}
    return {"backend": backend, **listed, **first, "success": True}


def draw_counts(rng: random.Random, program: Program, shots: int, noise: float = NOISE) -> dict[str, int]:
    """Counts of a machine: every state, zeros included; they add up to `shots`."""
    states = [format(i, f"0{program.bits}b") for i in range(2**program.bits)]
    left, share_left = shots, 1.0
    counts: dict[str, int] = {}
    for state in states[:-1]:
        share = (1 - noise) * program.ideal.get(state, 0.0) + noise / len(states)
        p = min(1.0, share / share_left) if share_left > 1e-9 else 1.0
        drawn = round(left * p + rng.gauss(0, math.sqrt(left * p * (1 - p))))
        counts[state] = max(0, min(left, drawn))
        left -= counts[state]
        share_left -= share
    counts[states[-1]] = left
    return counts


def _points(rng: random.Random, program: Program, shots: int) -> list[list[list[float]]]:
    states = rng.choices(list(program.ideal), list(program.ideal.values()), k=shots)
    centres = {"0": (0.08, 0.03), "1": (0.92, 0.84)}
    return [[[round(rng.gauss(axis, 0.06), 6) for axis in centres[bit]] for bit in reversed(s)] for s in states]
