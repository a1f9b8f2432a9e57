"""The worker's loop: look, take back what is overdue, send what is due, report drivers, read cryostats, be busy."""

from __future__ import annotations

import os
import sys
import time
import traceback

import httpx

from qpi_sandbox.worker.desk import Desk
from qpi_sandbox.worker.runners import Runners, Sent
from qpi_sandbox.worker.scheduler import Snapshot, dispatchable, overdue, read_snapshot
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.telemetry import Cryostats
from qpi_sandbox.worker.traffic import Traffic

RECONNECT = 2.0  # seconds that a driver takes to come back, as a service that is started again does


class Worker:
    """One tick at a time; every step checks with the server, so a worker that was killed leaves nothing half done."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._desk = Desk(settings)
        self._runners = Runners(self._desk, settings)
        self._cryostats = Cryostats(self._desk, settings)
        self._traffic = Traffic(self._desk, settings) if settings.live else None
        self._away: dict[str, float] = {}  # driver → since when it could come back

    def tick(self) -> None:
        """Look once and act."""
        snapshot = read_snapshot(self._desk.schedule())
        for job in overdue(snapshot, self._settings.job_timeout):
            if self._desk.put_back(job.id, job.updated):
                self._runners.forget(job.id)
        for job, node, qpu in dispatchable(snapshot, self._settings.idle_threshold):
            claimed = self._desk.claim(job.id)
            if claimed is not None:
                self._runners.send(Sent(job.id, claimed["updated"], claimed["payload"], node, qpu))
        self._bring_online(snapshot)
        self._cryostats.read(snapshot)
        if self._traffic is not None:
            self._traffic.act(snapshot)

    def _bring_online(self, snapshot: Snapshot) -> None:
        qpus = {qpu.id: qpu for qpu in snapshot.qpus}
        now = time.monotonic()
        for node in snapshot.nodes:
            qpu = qpus.get(node.qpu)
            could = qpu is not None and qpu.enabled and qpu.status != "maintenance" and node.enabled
            wanted = qpu is not None and (not node.online or (node.runs_jobs and qpu.status == "offline"))
            if node.id not in snapshot.hosted or not could or not wanted:
                self._away.pop(node.id, None)
            elif now - self._away.setdefault(node.id, now) >= min(RECONNECT, 2 * self._settings.tick):
                self._desk.online(node.id)
                self._away.pop(node.id, None)


def main() -> None:
    """Work until killed. A server that is away is waited for; anything else is written down and survived."""
    settings = WorkerSettings.from_json(os.environ.pop(WorkerSettings.VARIABLE))
    import qpi_sandbox.worker.circuits  # noqa: F401 (Qiskit takes a second or two to load: now, not in the first job)

    worker = Worker(settings)
    due = time.monotonic()
    while True:
        try:
            worker.tick()
        except httpx.TransportError:
            pass  # the server is being stopped or started again; the next tick tries again
        except Exception:
            traceback.print_exc(file=sys.stderr)
        due = max(due + settings.tick, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
