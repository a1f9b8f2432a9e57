"""Run long commands in parallel, each in its own process, and record their output and duration."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass
class Run:
    """A command, and, once it has ended, its exit code, its output and its duration in seconds."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    printed: str = ""
    seconds: float = 0.0

    @property
    def found(self) -> list[dict[str, Any]]:
        """Return the lines of JSON in its output. A run that crashed has printed those before the crash."""
        lines = []
        for line in self.printed.splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:  # cut off
                    continue
        return lines


def python(name: str, *words: str, **env: str) -> Run:
    """Return the command that runs a module with this Python."""
    return Run(name, [sys.executable, "-m", *words], env)


def go(runs: Sequence[Run], lanes: int) -> None:
    """Run all of them in this order, this many at a time, and report when each starts and ends."""
    waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
    for run in runs:
        waiting.put(run)

    def lane() -> None:
        while True:
            try:
                run = waiting.get_nowait()
            except queue.Empty:
                return
            _one(run)

    threads = [threading.Thread(target=lane, daemon=True) for _ in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _one(run: Run) -> None:
    began = time.monotonic()
    _say(f"{run.name} begins")
    # A file, not a pipe: the output survives whatever happens to it.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        env = {**os.environ, **run.env}
        run.code = subprocess.run(run.command, stdout=out, cwd=ROOT, env=env, check=False).returncode
        out.seek(0)
        run.printed = out.read()
    run.seconds = time.monotonic() - began
    _say(f"{run.name}: {run.seconds:.0f} s, exit code {run.code}")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
