"""Child processes that end with their parent."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # starting a program is what this is for
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

GUARD = Path(__file__).with_name("guard.py")
STOP_WAIT = 8.0  # seconds; the guard itself gives its command 4


class Guarded:
    """A command that ends when this process ends, however that happens, or when `stop` is called."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: IO[bytes], remove: Path | None = None
    ) -> None:
        # What the caller's environment says of its own server is not for these: the passwords and tokens in it.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("QPI_")}
        extra = ["--remove", str(remove)] if remove else []
        self._process = subprocess.Popen(  # noqa: S603  # a list of our own, no shell
            [sys.executable, "-I", "-S", str(GUARD), *extra, "--", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**inherited, **environment},
            start_new_session=True,  # Ctrl-C in the terminal is the caller's to handle
        )

    @property
    def pid(self) -> int:
        """The process id of the guard. The command is its child."""
        return self._process.pid

    def running(self) -> bool:
        """Return whether the command still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill the guard and the command, which share a process group, with SIGKILL."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()

    def stop(self, *, keep: bool = False) -> None:
        """End the command and wait until it has ended; with `keep`, its folder stays."""
        if keep and self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.write(b"keep\n")
                self._process.stdin.flush()
        self._close()
        try:
            self._process.wait(STOP_WAIT)
        except subprocess.TimeoutExpired:
            self.kill()

    def _close(self) -> None:
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
