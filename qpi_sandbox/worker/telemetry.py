"""Telemetry: the worker simulates the connected cryostat monitors."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from qpi_sandbox.cryostat import readings, rfc3339
from qpi_sandbox.rng import rng
from qpi_sandbox.worker.scheduler import Snapshot
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.worker_api import WorkerApi


class Cryostats:
    """Plays the cryostat monitors that are connected."""

    def __init__(self, api: WorkerApi, settings: WorkerSettings) -> None:
        self._api = api
        self._interval = settings.telemetry_interval
        self._speed = settings.cryostat_speed
        self._rng = rng(settings.seed)
        self._due = 0.0

    def read(self, snapshot: Snapshot) -> None:
        """Store a reading of each monitor when the time has come."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._interval
        now = datetime.now(UTC)
        for driver in snapshot.drivers:
            if driver.kind == "bluefors_gen1" and driver.active and driver.attached and driver.played:
                hours = (snapshot.now - driver.seen).total_seconds() / 3600 * self._speed if driver.seen else 0.0
                payload = {"readings": readings(hours, now.timestamp(), self._rng)}
                self._api.reading(driver.id, driver.qpu, rfc3339(now), payload)
