"""The console and the frame writer on a slow line: fewer frames, none late, and the line is detected automatically."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.test_console import settled
from tests.tui.terminal.test_frames import ENV, assert_same_as_a_full_repaint, start


def test_slow_mode_requests_no_mouse_fewer_colours_and_fewer_frames(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--slow") as terminal:
        settled(terminal, "pending")
        written = terminal.raw.decode()
        assert "\x1b[?1003h" not in written
        assert "8;2;" not in written
        before = len(terminal.raw)
        frames: list[int] = []
        began = time.monotonic()
        for _ in range(20):
            terminal.press("down", "up", "down")
            terminal.pump_for(0.05)
            if len(terminal.raw) != before:
                before = len(terminal.raw)
                frames.append(before)
        # Twenty times 0.05 s may take more than a second on a busy machine.
        assert 0 < len(frames) <= 5 * (time.monotonic() - began) + 3, "five frames a second"
        # The screen behind a dialog is unchanged: dimming it would repaint everything.
        terminal.settle()
        before = len(terminal.raw)
        # On a slow line a frame is up to a fifth of a second late.
        whole = terminal.cost(lambda: terminal.press("ctrl+l"), lambda: len(terminal.raw) > before + 2_000)
        behind = terminal.lines[0]
        assert terminal.cost(lambda: terminal.press(":"), "type an action") < whole
        assert terminal.lines[0] == behind


def test_a_slow_line_is_detected(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, drain=4_000, env={"QPI_SLOW": ""}) as terminal:
        terminal.wait_for("pending", 30)
        # In normal use: the number of keys needed depends on how much each changes.
        for key in "342432" * 5:
            if b"\x1b[?1003l" in terminal.raw:
                break
            terminal.press(key)
            terminal.pump_for(1.0)
        terminal.wait_for(lambda: b"\x1b[?1003l" in terminal.raw)
        # Shown in the header as long as it applies.
        terminal.wait_for("slow line")


@pytest.mark.parametrize("answers", [True, False])
def test_a_slow_line_never_blocks_the_program_and_ends_with_the_last_frame(tmp_path: Path, answers: bool) -> None:
    stalls, turned = tmp_path / "stalls", tmp_path / "page"
    # The line may be detected as slow, which leaves 256 colours.
    env = {**ENV, "STALLS": str(stalls), "PAGE": str(turned), "TEXTUAL_COLOR_SYSTEM": "256"}
    with start(env=env, drain=8_000, answers=answers) as terminal:
        page = 0
        for n in range(15 if answers else 42):  # a held key, ten times a second
            terminal.press("f7", "f2")
            page = n + 1
            terminal.pump_for(0.1)
        # On a busy machine the program handles the last key later; earlier output is not late.
        terminal.wait_for(lambda: turned.read_text() == str(page))
        pressed = len(terminal.raw)
        terminal.wait_for(f"page {page:03} ")
        # The benchmark holds a second on a free machine; on a busy one, another frame may be on its way. Textual's own
        # writer has fifteen seconds of them waiting.
        assert len(terminal.raw) - pressed <= 32_000, "more than four seconds of the line"
        terminal.drain = None
        assert_same_as_a_full_repaint(terminal, "a key held on a slow line")
        # Textual's own writer blocks the program for 2.2 s here.
        assert float(stalls.read_text()) < 1.0
