"""A simulated cryostat. It cools down after its monitor connects, and one gauge fails now and then."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from typing import Any

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


def readings(hours: float, second: float, rng: random.Random) -> dict[str, dict[str, Any]]:
    """Return the readings `hours` after the start of the cooldown. `second` of a clock decides when a gauge fails."""
    result: dict[str, dict[str, Any]] = {}
    for channel, (unit, warm, cold, constant, noise) in CHANNELS.items():
        if channel == FAILING and second % FAIL_PERIOD > 0.9 * FAIL_PERIOD:
            result[channel] = {"value": None, "unit": unit, "status": FAILED}
            continue
        value = cold + (warm - cold) * math.exp(-hours / constant)
        result[channel] = {"value": float(f"{value * (1 + rng.gauss(0, noise)):.4g}"), "unit": unit, "status": OK}
    return result


def rfc3339(moment: datetime) -> str:
    """Format a time as readings do: RFC 3339, UTC, milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
