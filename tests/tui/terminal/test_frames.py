"""The frame writer on a real pseudo-terminal: the screen is correct."""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

import pytest

from tests.tui.terminal.harness import Terminal

ROOT = Path(__file__).parents[3]
PROGRAM = [sys.executable, "-m", "tests.tui.terminal.frames_app"]
ENV = {"PYTHONPATH": str(ROOT), "TEXTUAL_ANIMATIONS": "none"}


def start(**options: object) -> Terminal:
    terminal = Terminal(PROGRAM, **{"env": ENV, **options})  # type: ignore[arg-type]
    terminal.wait_for("row 10")
    terminal.settle(0.4)
    return terminal


def assert_same_as_a_full_repaint(terminal: Terminal, story: str) -> None:
    """Check that the terminal shows what Textual itself would have painted on an empty one."""
    terminal.settle(0.2)
    seen = terminal.cells()
    terminal.blank()
    terminal.cost(lambda: terminal.press("f9"))
    whole = terminal.cells()
    for y, (left, right) in enumerate(zip(seen, whole, strict=True)):
        for x, (a, b) in enumerate(zip(left, right, strict=True)):
            assert a == b, f"{story}: line {y}, column {x}: shown {a}, painted {b}"
    terminal.cost(lambda: terminal.press("f10"))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_session_equals_a_full_repaint(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a story to replay, no secret
    keys = ["down", "up", "pagedown", "pageup", "home", "end", "left", "right", "tab", "tab", "enter", "x", "字"]
    keys += ["escape", "backspace", "f2", "f3", "f4", "f5", "f6"]
    story: list[str] = []
    colours = {"TEXTUAL_COLOR_SYSTEM": "standard"} if seed == 2 else {}
    with start(size=(100, 30), env={**ENV, **colours}) as terminal:
        for _ in range(7):
            for _ in range(chance.randrange(1, 9)):
                story.append(chance.choice(keys))
                terminal.press(story[-1])
                if chance.random() < 0.7:
                    terminal.pump(0.05)
            if chance.random() < 0.3:
                terminal.settle(0.1)
                size = chance.choice([(100, 30), (80, 24), (60, 20), (120, 40)])
                story.append(str(size))
                terminal.resize(*size)
            assert_same_as_a_full_repaint(terminal, " ".join(story))


def test_no_control_character_of_a_text_reaches_the_terminal() -> None:
    with start(env={**ENV, "EVIL": "1"}) as terminal:
        assert "ab�2Jc" in terminal.text or "ab2Jc" in terminal.text
        terminal.press("pagedown", "pagedown", "end", "home", "f6")
        terminal.settle()
        written = terminal.raw.decode()
        assert "\x1b]52" not in written
        assert not set(written) & {"\u202e", "\x9b", "\x9d"}


def test_a_cleared_terminal_is_fully_repainted() -> None:
    with start() as terminal:
        seen = terminal.cells()
        terminal.blank()
        terminal.press("f10")
        terminal.settle()
        assert terminal.cells() == seen


def test_a_resumed_program_repaints_everything() -> None:
    with start() as terminal:
        seen = terminal.cells()
        os.kill(terminal.process.pid, signal.SIGTSTP)
        status = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.wait_for(lambda: status.read_text().rpartition(")")[2].split()[0] == "T")
        terminal.settle()
        terminal.blank()
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait_for("row 10")
        terminal.settle()
        assert terminal.cells() == seen
