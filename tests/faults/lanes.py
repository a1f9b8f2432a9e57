"""Long runs beside each other, each in a process of its own: what they print, and how long they took."""

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
    """A command; once it has ended: its exit code, what it printed, and the seconds it took."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    printed: str = ""
    seconds: float = 0.0

    @property
    def found(self) -> list[dict[str, Any]]:
        """The lines of JSON among what it printed; a run that broke off has printed those before."""
        lines = []
        for line in self.printed.splitlines():
            if line.startswith("{"):
                try:
                    lines.append(json.loads(line))
                except ValueError:  # cut off
                    continue
        return lines


def python(name: str, *words: str, **env: str) -> Run:
    """A module of ours, run by this Python."""
    return Run(name, [sys.executable, "-m", *words], env)


def go(runs: Sequence[Run], lanes: int) -> None:
    """Run them all, so many at a time, in this order; says when each begins and ends."""
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
    # A file, not a pipe: what was printed stays whatever becomes of it.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        env = {**os.environ, **run.env}
        run.code = subprocess.run(run.command, stdout=out, cwd=ROOT, env=env, check=False).returncode
        out.seek(0)
        run.printed = out.read()
    run.seconds = time.monotonic() - began
    _say(f"{run.name}: {run.seconds:.0f} s, exit code {run.code}")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
