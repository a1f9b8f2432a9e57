"""A simulated cryostat: it cools down from when its monitor connected, settles, and one channel drops out at times."""

from __future__ import annotations

import math
import random
import time
from datetime import UTC, datetime
from typing import Any

from qpi_sandbox.dice import dice
from qpi_sandbox.worker.desk import Desk
from qpi_sandbox.worker.scheduler import Snapshot
from qpi_sandbox.worker.settings import WorkerSettings

OK = "SYNCHRONIZED"
FAILED = "DISCONNECTED"

# channel → (unit, value when warm, value when cold, time constant of the cooldown in hours, relative noise)
CHANNELS = {
    "mapper.bf.t50k": ("K", 295.0, 42.6, 3.0, 0.002),
    "mapper.bf.t4k": ("K", 295.0, 3.14, 4.0, 0.003),
    "mapper.bf.tstill": ("K", 295.0, 0.82, 4.5, 0.004),
    "mapper.bf.tmc": ("K", 295.0, 0.0098, 2.2, 0.015),
    "mapper.bf.p1": ("mbar", 1000.0, 3.2e-06, 1.4, 0.03),
    "mapper.bf.p2": ("mbar", 1000.0, 0.61, 1.8, 0.02),
    "mapper.bf.flow": ("mmol/s", 0.0, 0.38, 1.0, 0.01),
}
FAILING = "mapper.bf.p2"  # this gauge drops out for a tenth of every FAIL_PERIOD
FAIL_PERIOD = 600.0  # seconds


def readings(hours: float, second: float, dice: random.Random) -> dict[str, dict[str, Any]]:
    """The channels `hours` after the cooldown began; `second` (of any clock) decides when a gauge drops out."""
    result: dict[str, dict[str, Any]] = {}
    for channel, (unit, warm, cold, constant, noise) in CHANNELS.items():
        if channel == FAILING and second % FAIL_PERIOD > 0.9 * FAIL_PERIOD:
            result[channel] = {"value": None, "unit": unit, "status": FAILED}
            continue
        value = cold + (warm - cold) * math.exp(-hours / constant)
        result[channel] = {"value": float(f"{value * (1 + dice.gauss(0, noise)):.4g}"), "unit": unit, "status": OK}
    return result


def rfc3339(moment: datetime) -> str:
    """A moment as a reading carries it: UTC, milliseconds, a T."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Cryostats:
    """Plays the cryostat monitors that are online and enabled."""

    def __init__(self, desk: Desk, settings: WorkerSettings) -> None:
        self._desk = desk
        self._interval = settings.telemetry_interval
        self._speed = settings.cryostat_speed
        self._dice = dice(settings.seed)
        self._due = 0.0

    def read(self, snapshot: Snapshot) -> None:
        """Store a reading of each monitor when the time has come."""
        if time.monotonic() < self._due:
            return
        self._due = time.monotonic() + self._interval
        now = datetime.now(UTC)
        for node in snapshot.nodes:
            if node.kind == "bluefors_gen1" and node.online and node.enabled and node.id in snapshot.hosted:
                hours = (snapshot.now - node.seen).total_seconds() / 3600 * self._speed if node.seen else 0.0
                payload = {"readings": readings(hours, now.timestamp(), self._dice)}
                self._desk.reading(node.id, node.qpu, rfc3339(now), payload)
