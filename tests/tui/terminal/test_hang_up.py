"""A dropped connection: the program ends within a second, whatever it was doing."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import termios
import time
from pathlib import Path

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal
from tests.waiting import wait_for


class Stuck:
    """Whether a program has filled its terminal and waits: no output in twenty checks, and no thread runs."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._looks: list[int] = []

    def __call__(self) -> bool:
        waiting = struct.unpack("i", fcntl.ioctl(self._terminal.master, termios.FIONREAD, b"\0" * 4))[0]
        self._looks = [*self._looks[-19:], waiting]
        return len(self._looks) == 20 and {waiting} == {*self._looks} and waiting > 0 and not self._terminal._works()


# Seconds for a busy machine, on top of the requirement.
BUSY = 0.8


def test_after_a_hangup_queued_keys_are_dropped_and_the_program_ends_within_a_second(
    lab: Sandbox, tmp_path: Path
) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "jobs") as terminal:
        terminal.wait_for("● live")
        terminal.settle()
        # Half a minute of work.
        terminal.send("?\x1b" * 1500)
        terminal.pump_for(0.3)
        terminal.hang_up()
        began = time.monotonic()
        assert terminal.process.wait(10) == 128 + signal.SIGHUP
        assert time.monotonic() - began < 1.0 + BUSY


def test_a_hangup_ends_the_program_while_its_output_is_blocked(lab: Sandbox, tmp_path: Path) -> None:
    env = {"QPI_PLAIN_FRAMES": "1"}
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "jobs", env=env) as terminal:
        terminal.wait_for("● live")
        terminal.settle()
        # Frames that nobody reads block the writer thread, and with it a regular exit.
        terminal.send("?\x1b\x1b" * 60)
        wait_for(Stuck(terminal), "the program to hang in a write")
        began = time.monotonic()
        os.kill(terminal.process.pid, signal.SIGHUP)
        assert terminal.process.wait(10) == 128 + signal.SIGHUP
        assert time.monotonic() - began < 1.0 + BUSY
