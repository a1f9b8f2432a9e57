"""Run `qpi-tui` as a real process and read its lines as they arrive."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

DEADLINE = 90.0


class Running:
    """A running command. `lines` is standard output so far, `said` is standard error so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self.said: list[str] = []
        self._new: queue.Queue[None] = queue.Queue()
        self._readers: list[threading.Thread] = []
        for stream, kept in ((process.stdout, self.lines), (process.stderr, self.said)):
            self._readers.append(threading.Thread(target=self._read, args=(stream, kept), daemon=True))
            self._readers[-1].start()

    def _read(self, stream: Iterator[str], kept: list[str]) -> None:
        for line in stream:
            kept.append(line.rstrip("\n"))
            self._new.put(None)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until the output meets a condition."""
        end = time.monotonic() + DEADLINE
        while not condition():
            if time.monotonic() > end:
                pytest.fail(f"waited in vain for {what}: {self.lines} {self.said}")
            try:
                self._new.get(timeout=0.2)
            except queue.Empty:
                continue

    def ends(self) -> int:
        """Read to the end and return the exit code."""
        code = self.process.wait(DEADLINE)
        for reader in self._readers:
            reader.join(DEADLINE)
        return code

    def interrupt(self) -> int:
        """Send Ctrl+C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE)


@contextmanager
def running(*words: str, environment: Mapping[str, str] = {}) -> Iterator[Running]:  # never modified
    """Start a command, and stop it if the test does not."""
    with started([sys.executable, "-m", "qpi_tui", *words], environment) as process:
        yield process


@contextmanager
def started(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Running]:
    """Start any program, and stop it if the test does not."""
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
        # A suite that runs in the background of a shell ignores Ctrl+C, and so do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.wait(DEADLINE)
