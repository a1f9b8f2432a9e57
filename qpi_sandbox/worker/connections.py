"""Connections between dispatchers and driver processes: open, close, transfer messages."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from qpi_sandbox.worker.runners import DriverProcess, Sent
from qpi_sandbox.worker.scheduler import Driver, Snapshot
from qpi_sandbox.worker.settings import WorkerSettings
from qpi_sandbox.worker.worker_api import WorkerApi

SEND_QUEUE = 128  # messages that a dispatcher holds for a driver that is not connected
RECONNECT = 2.0  # seconds that a driver process takes to start and connect


@dataclass
class Connection:
    """What a dispatcher holds: messages that wait for the driver, and the process that gets them."""

    run: str
    queue: deque[Sent] = field(default_factory=deque)
    process: DriverProcess | None = None


class Connections:
    """The connections of all drivers, kept in step with what the server knows about them."""

    def __init__(self, api: WorkerApi, settings: WorkerSettings) -> None:
        self._api = api
        self._settings = settings
        self._connections: dict[str, Connection] = {}
        self._since: dict[str, float] = {}  # driver → since when it has been opening, or its process gone

    def update(self, snapshot: Snapshot) -> None:
        """Report connections that opened or closed, deliver what waited, end what is over."""
        for driver in snapshot.drivers:
            connection = self._connection(driver, snapshot.run)
            if not (driver.active and driver.attached and driver.alive):
                if connection.process is not None:
                    connection.process.end()
                    connection.process = None
            elif connection.process is None:
                connection.process = DriverProcess(driver, self._api, self._settings)
                while connection.queue:
                    connection.process.send(connection.queue.popleft())
            if driver.closing:
                self._api.detach(driver.id)
            elif driver.opening:
                if self._waited(driver, min(RECONNECT, 2 * self._settings.tick)):
                    self._api.attach(driver.id)
            elif driver.played and driver.enabled and not driver.alive and self._settings.driver_restart is not None:
                if self._waited(driver, self._settings.driver_restart):
                    self._api.start(driver.id)
            else:
                self._since.pop(driver.id, None)

    def has_room(self, driver: Driver) -> bool:
        """Whether a dispatcher may take another job. One that waits for its driver takes as many as its queue holds."""
        connection = self._connections[driver.id]
        return connection.process is not None or len(connection.queue) < SEND_QUEUE

    def send(self, driver: Driver, sent: Sent) -> None:
        """Send a job to a driver, or queue it until the driver is connected."""
        connection = self._connections[driver.id]
        if connection.process is not None:
            connection.process.send(sent)
        else:
            connection.queue.append(sent)

    def _connection(self, driver: Driver, run: str) -> Connection:
        """Return the connection of a driver; one whose dispatcher has ended meanwhile is begun afresh."""
        run = run if driver.active else ""
        known = self._connections.get(driver.id)
        if known is None or known.run != run:
            if known is not None and known.process is not None:
                known.process.end()
            known = self._connections[driver.id] = Connection(run)
        return known

    def _waited(self, driver: Driver, seconds: float) -> bool:
        now = time.monotonic()
        if now - self._since.setdefault(driver.id, now) < seconds:
            return False
        del self._since[driver.id]
        return True
