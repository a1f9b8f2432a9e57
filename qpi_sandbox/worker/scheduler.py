"""The dispatchers' rules, as functions of a snapshot and a clock.

Each connected driver has its own dispatcher. Every second it takes the pending jobs whose target is its QPU: those of
the current slot's holder first; once the holder has completed no job on that QPU for the idle threshold, everybody's,
first in, first out. It ignores everything else: the QPU's `status` and `enabled`, and the driver's kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


def parse(moment: str) -> datetime:
    """Read a date of the server, `2026-11-23 05:20:14.198Z`."""
    return datetime.fromisoformat(moment.replace(" ", "T").replace("Z", "+00:00"))


@dataclass(frozen=True)
class Job:
    """A job as far as scheduling goes. `updated` is kept as the server wrote it."""

    id: str
    qpu: str
    user: str
    created: datetime
    updated: str


@dataclass(frozen=True)
class Driver:
    """A connection of a driver (v0.0: of a QPU, its own driver).

    Attributes: active: Its dispatcher runs. attached: The connection is open, according to its record. alive: The
    driver process runs. played: This worker simulates the process. runs_jobs: It can run a job. A monitor drops jobs.
    enabled: The record's value. It matters only when a driver process starts. seen: When its connection last opened or
    closed, or None.
    """

    id: str
    qpu: str
    name: str = ""
    kind: str = "mock"
    active: bool = True
    attached: bool = True
    alive: bool = True
    played: bool = True
    runs_jobs: bool = True
    enabled: bool = True
    seen: datetime | None = None

    @property
    def opening(self) -> bool:
        """Whether the process runs and its connection is about to open."""
        return self.active and self.played and self.alive and not self.attached

    @property
    def closing(self) -> bool:
        """Whether the connection has closed and the records have not been told."""
        return self.attached and not self.alive


@dataclass(frozen=True)
class Qpu:
    """A QPU as far as the worker is concerned."""

    id: str
    status: str
    num_qubits: int


@dataclass
class Snapshot:
    """Everything that a decision depends on. `pending` is in order of arrival."""

    now: datetime
    run: str = ""
    qpus: dict[str, Qpu] = field(default_factory=dict)
    drivers: list[Driver] = field(default_factory=list)
    pending: list[Job] = field(default_factory=list)
    running: list[Job] = field(default_factory=list)
    slot_holder: str = ""
    last_completed: dict[str, datetime] = field(default_factory=dict)


def in_turn(snapshot: Snapshot, qpu: str, idle_threshold: float) -> list[Job]:
    """Return the pending jobs of a QPU that may be dispatched now, in order."""
    queue = [job for job in snapshot.pending if job.qpu == qpu]
    if not snapshot.slot_holder:
        return queue
    own = [job for job in queue if job.user == snapshot.slot_holder]
    last = snapshot.last_completed.get(qpu)
    if last is not None and snapshot.now - last < timedelta(seconds=idle_threshold):
        return own
    return own + [job for job in queue if job.user != snapshot.slot_holder]


def dispatchers(snapshot: Snapshot, tick: int) -> list[Driver]:
    """Return the drivers whose dispatchers run, in the order in which they look for jobs in this tick.

    Dispatchers of one QPU take turns at being first: on the real server each polls at its own time, and whichever comes
    first takes all jobs that are pending.
    """
    ordered: list[Driver] = []
    for qpu in dict.fromkeys(driver.qpu for driver in snapshot.drivers):
        those: Sequence[Driver] = [each for each in snapshot.drivers if each.qpu == qpu and each.active]
        if those:
            first = tick % len(those)
            ordered += [*those[first:], *those[:first]]
    return ordered


def overdue(snapshot: Snapshot, timeout: float) -> list[Job]:
    """Return the running jobs that were dispatched longer ago than `timeout` seconds."""
    limit = snapshot.now - timedelta(seconds=timeout)
    return [job for job in snapshot.running if parse(job.updated) <= limit]


def read_snapshot(answer: dict[str, Any]) -> Snapshot:
    """Make a snapshot of what the server answers."""

    def job(row: dict[str, str]) -> Job:
        return Job(row["id"], row["qpu"], row["user"], parse(row["created"]), row["updated"])

    return Snapshot(
        now=parse(answer["now"]),
        run=answer["run"],
        qpus={row["id"]: Qpu(row["id"], row["status"], int(row["num_qubits"])) for row in answer["qpus"]},
        drivers=[driver(row, answer["run"]) for row in answer["drivers"]],
        pending=[job(row) for row in answer["pending"]],
        running=[job(row) for row in answer["running"]],
        slot_holder=answer["slot_holder"],
        last_completed={qpu: parse(at) for qpu, at in answer["last_completed"].items()},
    )


def driver(row: dict[str, str], run: str) -> Driver:
    """Read a connection. One of an earlier run of the server is neither open nor closing."""
    current = row["run"] in (run, "")
    return Driver(
        row["node"], row["qpu"], row["name"], row["kind"] or "qiskit_aer",
        active=row["run"] == run,
        attached=current and row["attached"] == "1",
        alive=current and row["alive"] == "1",
        played=row["played"] == "1",
        runs_jobs="JobDispatch" in row["events"].split(),
        enabled=row["enabled"].lower() in ("1", "true"),
        seen=parse(row["last_seen"]) if row["last_seen"] else None,
    )  # fmt: skip
