"""Run `qpi-tui` in a real terminal: read its output and type keys."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import pytest

DEADLINE = 90.0


class Terminal:
    """A command in a terminal. `text` is all of its output."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self._process = process
        self._master = master
        self._data = b""
        self._seen = 0
        self._question = self._answer = b""

    @property
    def text(self) -> str:
        """Return all output so far."""
        return self._data.decode("utf-8", "replace").replace("\r\n", "\n")

    def reads(self, words: str) -> None:
        """Wait until this text appears after what was read before."""
        end = time.monotonic() + DEADLINE
        while words not in self.text[self._seen :]:
            if time.monotonic() > end or not self.more():
                pytest.fail(f"waited in vain for {words!r}: {self.text}")
        self._seen = self.text.index(words, self._seen) + len(words)

    @property
    def pid(self) -> int:
        """Return the id of the process in the terminal."""
        return self._process.pid

    @property
    def raw(self) -> bytes:
        """Return the output as bytes."""
        return self._data

    def answers(self, question: str, answer: str) -> None:
        """Type an answer whenever this prompt appears, until the command ends."""
        self._question, self._answer = question.encode(), answer.encode()

    def types(self, text: str) -> None:
        """Type some text."""
        os.write(self._master, text.encode())

    def ends(self, within: float = DEADLINE) -> int:
        """Read to the end and return the exit code."""
        end = time.monotonic() + within
        while self.more() and time.monotonic() < end:
            pass
        return self._process.wait(DEADLINE)

    def more(self) -> bool:
        """Read what there is, and return whether there can be more."""
        if not select.select([self._master], [], [], 0.5)[0]:
            return self._process.poll() is None
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the other end is closed
            return False
        self._data += piece
        if self._question and self._data.endswith(self._question):
            os.write(self._master, self._answer)
        return bool(piece)


@contextmanager
def at_terminal(
    *words: str,
    columns: int = 100,
    program: tuple[str, ...] = ("-m", "qpi_tui"),
    quiet: bool = False,
    **environment: str,
) -> Iterator[Terminal]:
    """Run a command in a terminal of this width. `program` is what Python is given before the arguments.

    With `quiet`, standard output goes to /dev/null.
    """
    command = [sys.executable, *program, *words]
    with in_terminal(command, {"COLUMNS": str(columns), **environment}, quiet=quiet) as terminal:
        yield terminal


@contextmanager
def in_terminal(command: Sequence[str], environment: Mapping[str, str], *, quiet: bool = False) -> Iterator[Terminal]:
    """Run any program in a terminal of the size that `COLUMNS` and `LINES` say."""
    settings = {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30", **environment}
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (int(settings["LINES"]), int(settings["COLUMNS"])))
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=subprocess.DEVNULL if quiet else slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, **settings},
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait(DEADLINE)
        os.close(master)
