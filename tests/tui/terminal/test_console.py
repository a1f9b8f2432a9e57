"""The console on a real pseudo-terminal and a real server: quiet, on every terminal, and gone when it should be."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

LIVE = "● live"


def settled(terminal: Terminal, *texts: str) -> None:
    for text in (LIVE, *texts):
        terminal.wait_for(text)
    terminal.settle(0.5)


def test_the_first_frame_is_written_once(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path) as terminal:
        settled(terminal, "help")
        assert terminal.raw.count(b"help") == 1


@pytest.mark.parametrize(
    ("term", "colours"),
    [("linux", 16), ("screen", 16), ("tmux-256color", 256), ("xterm-256color", 256), ("xterm-direct", 2**24)],
)
def test_every_terminal_gets_the_colours_that_it_supports(
    lab: Sandbox, tmp_path: Path, term: str, colours: int
) -> None:
    env = {"TERM": term, "COLORTERM": "truecolor" if colours > 256 else ""}
    with open_console(lab.url, lab.admin, tmp_path, env=env, size=(80, 24)) as terminal:
        settled(terminal, "pending")
        written = terminal.raw.decode()
        assert bool(re.search(r"[34]8;2;", written)) == (colours > 256)
        assert bool(re.search(r"[34]8;5;", written)) == (colours == 256)
        terminal.press("down", "down")
        terminal.settle()
        assert terminal.cost(lambda: terminal.press("ctrl+q"), lambda: terminal.process.poll() is not None) > 0
        assert terminal.process.returncode == 0


def test_resizing_smaller_and_back_restores_the_screen(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, size=(120, 40)) as terminal:
        settled(terminal, "pending")
        before = terminal.cells()
        terminal.resize(60, 20)
        terminal.wait_for("? help")
        terminal.settle(0.3)
        assert "pending" in terminal.text
        assert all(len(line.rstrip()) <= 60 for line in terminal.lines)
        terminal.resize(120, 40)
        terminal.settle(0.5)
        assert terminal.cells() == before


def test_the_cursor_in_a_field_does_not_blink(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path) as terminal:
        settled(terminal, "pending")
        terminal.press("/")
        terminal.settle(0.3)
        written = len(terminal.raw)
        terminal.pump_for(1.2)
        assert len(terminal.raw) == written


def test_a_stopped_console_resumes_with_a_full_repaint(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path) as terminal:
        settled(terminal, "pending")
        seen = terminal.cells()
        os.kill(terminal.process.pid, signal.SIGTSTP)
        status = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.wait_for(lambda: status.read_text().rpartition(")")[2].split()[0] == "T")
        terminal.settle()
        terminal.blank()
        os.kill(terminal.process.pid, signal.SIGCONT)
        settled(terminal, "pending")
        assert terminal.cells() == seen


@pytest.mark.parametrize(("number", "status"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_console_and_restores_the_terminal(
    lab: Sandbox, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    with open_console(lab.url, lab.admin, tmp_path) as terminal:
        settled(terminal, "pending")
        os.kill(terminal.process.pid, number)
        assert terminal.wait_end() == status
        for undone in ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1003l"):
            assert undone in terminal.raw.decode()


def test_a_closed_connection_ends_the_program(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path) as terminal:
        settled(terminal, "pending")
        terminal.hang_up()
        assert terminal.process.wait(10) == 129


def test_text_typed_after_tab_goes_into_the_next_field(lab: Sandbox, lab_http: httpx.Client, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus") as terminal:
        terminal.wait_for("● live")
        terminal.settle(0.3)
        terminal.press("n")
        terminal.wait_for("Register a QPU")
        terminal.settle(0.3)
        # All at once, as keys arrive over a line that stalled.
        terminal.press(*"typed-ahead", "tab", "7")
        terminal.wait_for("typed-ahead, 7 qubits")
        terminal.confirm()
        terminal.wait_for("registered")
    found = lab_http.get("/api/collections/qpus/records", params={"filter": "name='typed-ahead'"}).json()["items"]
    assert [each["num_qubits"] for each in found] == [7]


@pytest.mark.parametrize(
    ("place", "head"), [("3", "Last seen"), ("4", "Took"), ("6", "QPU time"), ("7", "Kind"), ("9", "Until")]
)
def test_a_filter_typed_while_its_screen_opens_is_a_filter(lab: Sandbox, tmp_path: Path, place: str, head: str) -> None:
    """In one burst, as from fast typists and slow lines. `c` and `n` are keys themselves, and have no effect here."""
    with open_console(lab.url, lab.admin, tmp_path, size=(80, 24)) as terminal:
        settled(terminal, "pending")
        terminal.send(f"{place}/chen")
        terminal.wait_for(head)
        terminal.wait_for("match")
        terminal.wait_for(" chen")
        assert "clipboard" not in terminal.text
        assert "New user" not in terminal.text
