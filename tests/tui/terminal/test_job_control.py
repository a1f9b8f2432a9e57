"""Leaving the terminal and coming back: for the shell, by a signal, and when the line drops."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import struct
import termios
import time
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import PROGRAM, environment, open_console
from tests.tui.terminal.harness import Terminal
from tests.waiting import wait_for


class Stuck:
    """Whether a program has filled its terminal and waits: nothing more came in twenty looks, and no thread runs."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._looks: list[int] = []

    def __call__(self) -> bool:
        waiting = struct.unpack("i", fcntl.ioctl(self._terminal.master, termios.FIONREAD, b"\0" * 4))[0]
        self._looks = [*self._looks[-19:], waiting]
        return len(self._looks) == 20 and {waiting} == {*self._looks} and waiting > 0 and not self._terminal._works()


# What says that mouse, pastes and the screen are as they were.
RESTORED = ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1003l", "\x1b[?2004l")
# Seconds for a machine that is busy, on top of what is promised.
BUSY = 0.8


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
@pytest.mark.parametrize("wrapped", [False, True])
def test_ctrl_z_leads_to_the_shell_and_fg_back_to_the_whole_picture(
    lab: Sandbox, tmp_path: Path, wrapped: bool
) -> None:
    env = {**environment(lab.url, lab.admin, tmp_path), "PS1": "shell> "}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], size=(100, 30), env=env) as terminal:
        terminal.wait_for("shell>")
        # As a program that starts it and waits does.
        started = f"bash -c '{PROGRAM} --screen qpus; exit $?'" if wrapped else f"{PROGRAM} --screen qpus"
        terminal.send(f"{started}\r")
        terminal.wait_for("● live", 30)
        terminal.settle()
        seen = terminal.lines[3:]
        written = len(terminal.raw)
        terminal.press("ctrl+z")
        terminal.wait_for("Stopped")
        assert all(undone in terminal.raw[written:].decode() for undone in RESTORED)
        terminal.send("stty -a; echo shown-$((40 + 2))\r")
        terminal.wait_for("shown-42")
        assert " icanon" in terminal.text
        assert " echo " in terminal.text
        terminal.blank()
        terminal.send("fg\r")
        terminal.wait_for("Last seen", 30)
        terminal.wait_for(lambda: terminal.lines[3:] == seen, 30)
        terminal.press("?")
        terminal.wait_for("Keys of QPUs")
        terminal.press("escape", "q")
        terminal.wait_for("shell>", 30)


def test_without_a_shell_behind_it_ctrl_z_says_so_and_goes_on(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus") as terminal:
        terminal.wait_for("● live")
        terminal.press("ctrl+z")
        terminal.wait_for("Cannot suspend")
        # One who was not stopped goes on as before.
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.press("?")
        terminal.wait_for("Keys of QPUs")


@pytest.mark.parametrize("by_key", [False, True])
def test_quit_restores_the_terminal(lab: Sandbox, tmp_path: Path, by_key: bool) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus") as terminal:
        terminal.wait_for("● live")
        terminal.settle()
        written = len(terminal.raw)
        if by_key:
            terminal.send("\x1c")
        else:
            os.kill(terminal.process.pid, signal.SIGQUIT)
        assert terminal.wait_end() == 128 + signal.SIGQUIT
        assert all(undone in terminal.raw[written:].decode() for undone in RESTORED)


def test_after_a_hang_up_queued_keys_are_dropped_and_it_is_gone_within_a_second(lab: Sandbox, tmp_path: Path) -> None:
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


def test_a_hang_up_ends_it_also_while_nobody_reads_what_it_writes(lab: Sandbox, tmp_path: Path) -> None:
    env = {"QPI_PLAIN_FRAMES": "1"}
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "jobs", env=env) as terminal:
        terminal.wait_for("● live")
        terminal.settle()
        # Frames that nobody takes: the thread that writes hangs, and with it leaving in order.
        terminal.send("?\x1b\x1b" * 60)
        wait_for(Stuck(terminal), "the program to hang in a write")
        began = time.monotonic()
        os.kill(terminal.process.pid, signal.SIGHUP)
        assert terminal.process.wait(10) == 128 + signal.SIGHUP
        assert time.monotonic() - began < 1.0 + BUSY


def test_a_locale_without_utf8_is_drawn_in_ascii(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus", env={"LANG": "C"}) as terminal:
        terminal.wait_for("* live")
        terminal.settle()
        assert terminal.text.isascii()
