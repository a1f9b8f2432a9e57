"""The driver processes that the worker simulates. Each runs its jobs one after the other."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx

from qpi_sandbox.worker.scheduler import Driver
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.worker_api import WorkerApi

log = logging.getLogger("qpi_sandbox.worker")

# Drivers and server exchange messages of at most 1 MiB: counts of 15 bits and more never arrive.
MESSAGE_LIMIT = 1024 * 1024


@dataclass(frozen=True)
class Sent:
    """A job that was sent to a driver."""

    id: str
    payload: dict[str, Any]
    num_qubits: int


class DriverProcess:
    """One driver's process, a thread here. A process that has ended brings no more results."""

    def __init__(self, driver: Driver, api: WorkerApi, settings: WorkerSettings) -> None:
        self._driver = driver
        self._api = api
        self._settings = settings
        self._jobs: queue.Queue[Sent | None] = queue.Queue()
        self._ended = threading.Event()
        threading.Thread(target=self._serve, name=f"driver-{driver.id}", daemon=True).start()

    def send(self, sent: Sent) -> None:
        """Put a job at the end of its queue. A monitor ignores it."""
        if self._driver.runs_jobs:
            self._jobs.put(sent)

    def end(self) -> None:
        """End the process. Its current job is lost."""
        self._ended.set()
        self._jobs.put(None)

    def _serve(self) -> None:
        while (sent := self._jobs.get()) is not None and not self._ended.is_set():
            try:
                self._run(sent)
            except Exception:
                log.exception("driver %s failed at job %s", self._driver.id, sent.id)

    def _run(self, sent: Sent) -> None:
        results = execute(sent, self._driver, self._settings)
        if results is None:
            log.warning("the result of job %s is larger than a message may be, and is lost", sent.id)
            return
        for pause in (0.0, 0.2, 1.0, 5.0):
            if self._ended.wait(pause):
                return
            try:
                self._api.finish(sent.id, self._driver.id, results)
                return
            except httpx.HTTPError:
                continue  # the server is away: try again, then leave the job to its timeout


def execute(sent: Sent, driver: Driver, settings: WorkerSettings) -> str | None:
    """Run a job, for at least the time that its shots take.

    Returns:
        The results as JSON text, or None where they are larger than a message may be.
    """
    from qpi_sandbox.worker.circuits import JobError, ResultTooLarge, run_payload

    begun = time.perf_counter()
    try:
        results = run_payload(
            sent.payload,
            kind=driver.kind,
            backend=driver.name,
            older=settings.generation == "v0.0",
            qubits=sent.num_qubits,
        )
        shots = sum(entry["shots"] for entry in results.get("circuit_results", [results]))
        time.sleep(max(0.0, shots * settings.shot_time - (time.perf_counter() - begun)))
    except ResultTooLarge:
        return None
    except JobError as error:
        results = {"error": str(error)}
    text = json.dumps(results)
    return text if len(text) <= MESSAGE_LIMIT else None
