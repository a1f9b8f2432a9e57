"""The worker's loop: recover overdue jobs, open and close connections, dispatch, read cryostats, make traffic."""

from __future__ import annotations

import logging
import os
import time

import httpx

from qpi_sandbox.worker.connections import Connections
from qpi_sandbox.worker.runners import Sent
from qpi_sandbox.worker.scheduler import Snapshot, dispatchers, in_turn, overdue, read_snapshot
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.telemetry import Cryostats
from qpi_sandbox.worker.traffic import Traffic
from qpi_sandbox.worker.worker_api import WorkerApi

log = logging.getLogger("qpi_sandbox.worker")


class Worker:
    """One tick at a time. Every step is checked by the server, so a worker that was killed leaves nothing half done."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._api = WorkerApi(settings)
        self._connections = Connections(self._api, settings)
        self._cryostats = Cryostats(self._api, settings)
        self._traffic = Traffic(self._api, settings) if settings.live else None
        self._ticks = 0

    def tick(self) -> None:
        """Read the state of the server once, and act on it."""
        snapshot = read_snapshot(self._api.schedule())
        self._ticks += 1
        for job in overdue(snapshot, self._settings.job_timeout):
            self._api.put_back(job.id, job.updated)
        self._connections.update(snapshot)
        self._dispatch(snapshot)
        self._cryostats.read(snapshot)
        if self._traffic is not None:
            self._traffic.act(snapshot)

    def _dispatch(self, snapshot: Snapshot) -> None:
        taken: set[str] = set()
        for driver in dispatchers(snapshot, self._ticks):
            qpu = snapshot.qpus.get(driver.qpu)
            for job in in_turn(snapshot, driver.qpu, self._settings.idle_threshold):
                if job.id in taken:
                    continue
                if not self._connections.has_room(driver):
                    break
                # Qiskit takes a second or two to load: before the first job is claimed, and not where none comes.
                import qpi_sandbox.worker.circuits  # noqa: F401

                payload = self._api.claim(job.id, driver.id)
                if payload is not None:
                    taken.add(job.id)
                    self._connections.send(driver, Sent(job.id, payload, qpu.num_qubits if qpu else 0))


def main() -> None:
    """Work until killed. Wait for a server that is away; log anything else and go on."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    logging.getLogger("qpi_sandbox").setLevel(logging.INFO)
    settings = WorkerSettings.from_json(os.environ.pop(WorkerSettings.VARIABLE))
    worker = Worker(settings)
    due = time.monotonic()
    while True:
        try:
            worker.tick()
        except httpx.TransportError:
            log.debug("the server does not answer; the next tick tries again", exc_info=True)
        except Exception:
            log.exception("a tick failed")
        due = max(due + settings.tick, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main()
