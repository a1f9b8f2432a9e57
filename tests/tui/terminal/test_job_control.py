"""Leaving the terminal and returning: job control of the shell, and signals."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import PROGRAM, environment, open_console
from tests.tui.terminal.harness import Terminal

# Mouse, paste and screen modes are restored.
RESTORED = ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1003l", "\x1b[?2004l")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
@pytest.mark.parametrize("wrapped", [False, True])
def test_ctrl_z_returns_to_the_shell_and_fg_repaints_the_console(lab: Sandbox, tmp_path: Path, wrapped: bool) -> None:
    env = {**environment(lab.url, lab.admin, tmp_path), "PS1": "shell> "}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], size=(100, 30), env=env) as terminal:
        terminal.wait_for("shell>")
        # Like a program that starts it and waits.
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


def test_without_a_shell_ctrl_z_is_explained_and_the_console_continues(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus") as terminal:
        terminal.wait_for("● live")
        terminal.press("ctrl+z")
        terminal.wait_for("Cannot suspend")
        # It was not stopped, and continues as before.
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


def test_a_locale_without_utf8_is_drawn_in_ascii(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus", env={"LANG": "C"}) as terminal:
        terminal.wait_for("* live")
        terminal.settle()
        assert terminal.text.isascii()
