"""At 40 columns and 10 lines, the text of a dialog is readable and its buttons are reachable."""

from __future__ import annotations

from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console


@pytest.mark.parametrize(
    ("screen", "key", "asked", "buttons"),
    [
        ("requests", "a", "Approve this request?", ("[ Approve (enter) ]", "[ Cancel (esc) ]")),
        ("requests", "*a", "Approve 12 requests?", ("[ Approve (tab enter) ]", "[ Cancel (esc) ]")),
        ("qpus", "d", "Disable", ("[ Disable", "[ Cancel (esc) ]")),
        ("qpus", "S", "Sign out of", ("[ Sign out (enter) ]", "[ Cancel (esc) ]")),
        ("qpus", "?", "Keys of QPUs", ("[ Close (esc) ]",)),
    ],
)
def test_a_dialog_and_its_buttons_are_visible(
    lab: Sandbox, tmp_path: Path, screen: str, key: str, asked: str, buttons: tuple[str, ...]
) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", screen, size=(40, 10)) as terminal:
        terminal.wait_for(lambda: "▌" in terminal.text and "live" in terminal.text)
        terminal.settle()
        terminal.press(key)
        terminal.wait_for(asked)
        terminal.settle()
        for button in buttons:
            assert button in terminal.text, terminal.text


def test_tab_reaches_the_buttons_of_a_form(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "announcements", size=(40, 10)) as terminal:
        terminal.wait_for("write")
        terminal.wait_for("live")
        terminal.settle()
        terminal.press("n")
        terminal.wait_for("Announce")
        terminal.press(*["tab"] * 6)
        terminal.wait_for("[ Cancel (esc) ]")
        terminal.press("shift+tab")
        terminal.wait_for("[ Announce (enter) ]")


def test_a_key_in_the_bottom_line_is_clickable(lab: Sandbox, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus", size=(100, 30)) as terminal:
        terminal.wait_for("n register")
        terminal.wait_for("live")
        terminal.settle()
        for words, opened in (("n register", "Register a QPU"), ("? help", "Keys of QPUs")):
            x = terminal.lines[29].index(words) + 1
            # Press and release, as terminals report the mouse.
            terminal.send(f"\x1b[<0;{x + 3};30M\x1b[<0;{x + 3};30m")
            terminal.wait_for(opened)
            terminal.press("escape")
            terminal.wait_for(lambda opened=opened: opened not in terminal.text)
        # There is nothing between two keys.
        terminal.send("\x1b[<0;100;30M\x1b[<0;100;30m")
        terminal.settle()
        assert "▎" not in terminal.text
