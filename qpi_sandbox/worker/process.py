"""Starting the worker as a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from qpi_sandbox.processes import Guarded
from qpi_sandbox.worker.settings import WorkerSettings


def start_worker(
    settings: WorkerSettings, url: str, key: str, people: Sequence[str], password: str, data: Path
) -> Guarded:
    """Start a worker on the server at `url`; it ends with this process. Its words go to `worker.log` in `data`."""
    told = replace(settings, url=url, key=key, people=list(people), password=password)
    root = Path(__file__).parents[2]
    environment = {WorkerSettings.VARIABLE: told.to_json(), "OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)}
    with (data / "worker.log").open("ab") as log:
        return Guarded([sys.executable, "-m", "qpi_sandbox.worker", str(data)], environment, log)  # named for `ps`
