"""One line of jobs per QPU: what was sent to its driver, run one after the other."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from qpi_sandbox.worker.desk import Desk
from qpi_sandbox.worker.scheduler import Node, Qpu
from qpi_sandbox.worker.settings import WorkerSettings


@dataclass(frozen=True)
class Sent:
    """A job that was sent to a driver: `run` tells this sending from an earlier one."""

    id: str
    run: str
    payload: dict[str, Any]
    node: Node
    qpu: Qpu


class Runners:
    """The drivers that the worker plays: a thread per QPU, so that a long circuit holds up its own QPU only."""

    def __init__(self, desk: Desk, settings: WorkerSettings) -> None:
        self._desk = desk
        self._settings = settings
        self._lines: dict[str, queue.Queue[Sent]] = {}
        self._current: dict[str, str] = {}  # job → its latest sending; others in a line are stale
        self._lock = threading.Lock()

    def send(self, sent: Sent) -> None:
        """Put a job at the end of its QPU's line."""
        with self._lock:
            self._current[sent.id] = sent.run
            line = self._lines.get(sent.qpu.id)
            if line is None:
                line = self._lines[sent.qpu.id] = queue.Queue()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()
        line.put(sent)

    def forget(self, job: str) -> None:
        """A job was taken back: do not start it any more."""
        with self._lock:
            self._current.pop(job, None)

    def _serve(self, line: queue.Queue[Sent]) -> None:
        while True:
            sent = line.get()
            with self._lock:
                stale = self._current.get(sent.id) != sent.run
            if not stale:
                self._run(sent)

    def _run(self, sent: Sent) -> None:
        status, results, duration = execute(sent, self._settings)
        for pause in (0.0, 0.2, 1.0, 5.0):
            time.sleep(pause)
            try:
                self._desk.finish(sent.id, status, results, duration)
                break
            except httpx.HTTPError:
                continue  # the server is away: try again, then leave the job to its timeout
        self.forget(sent.id)


def execute(sent: Sent, settings: WorkerSettings) -> tuple[str, Any, float]:
    """Run a job; give its status, results and duration in seconds. Takes at least the time that its shots take."""
    from qpi_sandbox.worker.circuits import JobError, run_payload

    older = settings.generation == "v0.0"
    begun = time.perf_counter()
    status, results = "completed", {}
    try:
        results = run_payload(
            sent.payload,
            kind=sent.node.kind,
            backend=sent.node.name,
            older=older,
            qubits=sent.qpu.num_qubits,
        )
        shots = sum(entry["shots"] for entry in results.get("circuit_results", [results]))
        time.sleep(max(0.0, shots * settings.shot_time - (time.perf_counter() - begun)))
    except JobError as error:
        status, results = "failed", {"error": str(error)}
    return status, results, round(time.perf_counter() - begun, 9)
