"""The settings that a worker is started with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass
class WorkerSettings:
    """Times are in seconds; `cryostat_speed` is how much faster than the clock cryostats cool.

    `driver_restart` is how long after its end a driver process is started again, None for never. `people` are the
    e-mail addresses of those who submit the live jobs, all with `password`.
    """

    generation: str = "v0.1"
    live: bool = False
    job_timeout: float = 20.0
    idle_threshold: float = 5.0
    tick: float = 1.0
    shot_time: float = 0.0
    driver_restart: float | None = None
    telemetry_interval: float = 1.0
    cryostat_speed: float = 1.0
    seed: int = 0
    url: str = ""
    people: list[str] = field(default_factory=list)
    key: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    VARIABLE = "QPI_SANDBOX_WORKER"

    def to_json(self) -> str:
        """Write the settings for an environment variable."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> WorkerSettings:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))
