"""The orchestrator's rules of who runs next, as functions of a snapshot and a clock.

Every tick, per QPU: the holder of the slot that is running now goes first; once the holder has finished no job for the
idle threshold, everybody is served, first in, first out. Only QPUs that are online, enabled and have a driver get jobs.
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
    """A job as far as scheduling goes; `updated` is kept as the server wrote it."""

    id: str
    qpu: str
    user: str
    created: datetime
    updated: str


@dataclass(frozen=True)
class Slot:
    """The slot of this moment."""

    holder: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Node:
    """What runs a QPU's jobs: a driver (v0.0: the QPU's own), `kind` as the server names it."""

    id: str
    qpu: str
    name: str
    kind: str
    online: bool
    enabled: bool
    runs_jobs: bool = True
    seen: datetime | None = None


@dataclass(frozen=True)
class Qpu:
    """A QPU as far as scheduling goes."""

    id: str
    status: str
    enabled: bool
    num_qubits: int


@dataclass
class Snapshot:
    """Everything that a decision depends on. `pending` is in order of arrival."""

    now: datetime
    qpus: list[Qpu] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    pending: list[Job] = field(default_factory=list)
    running: list[Job] = field(default_factory=list)
    slot: Slot | None = None
    last_finished: dict[str, datetime] = field(default_factory=dict)
    hosted: frozenset[str] = frozenset()

    def node_of(self, qpu: Qpu) -> Node | None:
        """The driver that gets a QPU's jobs; None where none of them may."""
        if qpu.status != "online" or not qpu.enabled:
            return None
        return next((n for n in self.nodes if n.qpu == qpu.id and n.runs_jobs and n.online and n.enabled), None)


def dispatchable(snapshot: Snapshot, idle_threshold: float) -> list[tuple[Job, Node, Qpu]]:
    """Which pending jobs go out now, in order, each with the driver and the QPU that gets it."""
    chosen: list[tuple[Job, Node, Qpu]] = []
    for qpu in snapshot.qpus:
        node = snapshot.node_of(qpu)
        if node is not None:
            queue = [job for job in snapshot.pending if job.qpu == qpu.id]
            chosen += [(job, node, qpu) for job in in_turn(snapshot, qpu.id, queue, idle_threshold)]
    return chosen


def in_turn(snapshot: Snapshot, qpu: str, queue: Sequence[Job], idle_threshold: float) -> list[Job]:
    """Those of one QPU's pending jobs that go out now, in order."""
    slot = snapshot.slot
    if slot is None or not slot.start <= snapshot.now < slot.end:
        return list(queue)
    holders = [job for job in queue if job.user == slot.holder]
    others = [job for job in queue if job.user != slot.holder]
    last = max(slot.start, snapshot.last_finished.get(qpu, slot.start))
    idle = snapshot.now - last >= timedelta(seconds=idle_threshold)
    return holders + others if idle else holders


def overdue(snapshot: Snapshot, timeout: float) -> list[Job]:
    """Running jobs that were sent longer ago than `timeout` seconds."""
    limit = snapshot.now - timedelta(seconds=timeout)
    return [job for job in snapshot.running if parse(job.updated) < limit]


def read_snapshot(answer: dict[str, Any]) -> Snapshot:
    """Make a snapshot of what the server answers."""

    def job(row: dict[str, str]) -> Job:
        return Job(row["id"], row["qpu_target"], row["user_id"], parse(row["created"]), row["updated"])

    slot = answer["slot"]
    qpus = [Qpu(q["id"], q["status"], truth(q["enabled"]), int(q["num_qubits"])) for q in answer["qpus"]]
    hosted = frozenset(answer["hosted"])
    drivers = [node_from(row) for row in answer["drivers"]]
    driven = {node.qpu for node in drivers if node.runs_jobs}
    alone = [row for row in answer["qpus"] if row["id"] in hosted and row["id"] not in driven]
    return Snapshot(
        now=parse(answer["now"]),
        qpus=qpus,
        nodes=drivers + [own_node(row) for row in alone],
        pending=[job(row) for row in answer["pending"]],
        running=[job(row) for row in answer["running"]],
        slot=Slot(slot["booked_by"], parse(slot["start_time"]), parse(slot["end_time"])) if slot else None,
        last_finished={qpu: parse(last) for qpu, last in answer["last_finished"].items()},
        hosted=hosted,
    )


def node_from(row: dict[str, str]) -> Node:
    """A driver of v0.1."""
    return Node(
        row["id"], row["qpu"], row["name"], row["kind"],
        online=row["status"] == "online", enabled=truth(row["enabled"]), runs_jobs="JobDispatch" in row["events"],
        seen=parse(row["last_seen"]) if row["last_seen"] else None,
    )  # fmt: skip


def own_node(row: dict[str, str]) -> Node:
    """The driver that a QPU is itself: of its own kind in v0.0, Aer where it has none in v0.1."""
    kind = row.get("executor_type") or "qiskit_aer"
    return Node(
        row["id"], row["id"], row["name"], kind,
        online=row["status"] == "online", enabled=truth(row["enabled"]),
    )  # fmt: skip


def truth(text: str) -> bool:
    """Read a boolean that the database wrote as text."""
    return text.lower() in ("1", "true")
