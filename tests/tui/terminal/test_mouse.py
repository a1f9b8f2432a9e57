"""The mouse in a real terminal: labels of keys are clickable, spans are dragged, and no click confirms by accident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import READ, Terminal


@pytest.fixture
def week(lab: Sandbox, tmp_path: Path) -> Iterator[Terminal]:
    """Run the administrator's console on the week of slots."""
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "slots") as terminal:
        terminal.wait_for("live")
        yield terminal


def place(terminal: Terminal, text: str, last: bool = False) -> tuple[int, int]:
    """Return column and row of a text on the screen, from 1."""
    terminal.wait_for(text)
    rows = [(row, line) for row, line in enumerate(terminal.lines, 1) if text in line]
    row, line = rows[-1 if last else 0]
    return line.index(text) + 1, row


def mouse(terminal: Terminal, button: int, x: int, y: int, end: str = "M") -> None:
    """Return one mouse report."""
    terminal.send(f"\x1b[<{button};{x};{y}{end}")


def click(terminal: Terminal, text: str, *, right: int = 0, last: bool = False) -> None:
    """Press and release on a text, or this many columns to the right of its start."""
    x, y = place(terminal, text, last)
    mouse(terminal, 0, x + right, y)
    mouse(terminal, 0, x + right, y, "m")


def click_when_read(terminal: Terminal, text: str, done: Callable[[], object]) -> None:
    """Click a button of a dialog once there was time to read it."""
    for _ in range(10):
        terminal.pump_for(READ)
        if done():
            return
        click(terminal, text, right=2)
        terminal.settle()
    assert done(), terminal.text


def test_dragging_selects_a_span_and_a_click_only_moves_the_cursor(week: Terminal) -> None:
    this_week = week.lines[2]
    week.press("]")
    # Whether the cursor is on a booking there depends on the time of day.
    week.wait_for(lambda: "Week" in week.lines[2] and week.lines[2] != this_week)
    x, y = place(week, "09:00")
    mouse(week, 0, x + 12, y)
    for step in (1, 2, 3):
        mouse(week, 32, x + 12, y + step)
    week.wait_for("2 h")
    mouse(week, 0, x + 12, y + 3, "m")
    # Nothing follows the mouse after the release.
    mouse(week, 35, x + 12, y + 6)
    week.wait_for("09:00 – 11:00")
    week.press("enter")
    week.wait_for("Book a slot")
    assert "09:00 2h" in week.text
    week.press("escape", "escape")
    week.wait_for(lambda: "Book a slot" not in week.text)
    x, y = place(week, "12:00")
    mouse(week, 0, x + 12, y)
    mouse(week, 0, x + 12, y, "m")
    week.wait_for("12:00 UTC · ")


def test_help_lines_detail_words_marks_and_headings_are_clickable(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path
) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "users") as terminal:
        terminal.wait_for("live")
        first = lab.users[1].identity
        x, y = place(terminal, first)
        mouse(terminal, 0, 2, y)
        mouse(terminal, 0, 2, y, "m")
        terminal.wait_for("1 marked")
        click(terminal, "? help", last=True)
        click(terminal, "Create a user")
        terminal.wait_for("[ Create")
        click_when_read(terminal, "[ Cancel", lambda: "[ Create" not in terminal.text)
        # A double click opens the row; its words are keys too.
        for _ in range(2):
            mouse(terminal, 0, x + 1, y)
            mouse(terminal, 0, x + 1, y, "m")
        terminal.wait_for("[ Close")
        click_when_read(terminal, "e edit", lambda: "[ Close" not in terminal.text)
        click_when_read(terminal, "[ Cancel", lambda: "[ Cancel" not in terminal.text)
        click(terminal, "6 Users")
        click(terminal, "3 QPUs")
        terminal.wait_for("▌")


def test_a_click_does_not_confirm_a_dialog_that_just_opened(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path
) -> None:
    requests = "/api/collections/qpu_time_requests/records"
    body = {"user": lab.users[1].id, "seconds": 60, "status": "pending", "requested_reason": "a click"}
    id = lab_http.post(requests, json=body).raise_for_status().json()["id"]

    def status() -> str:
        return str(lab_http.get(f"{requests}/{id}").json()["status"])

    with open_console(lab.url, lab.admin, tmp_path, "--screen", "requests") as terminal:
        terminal.wait_for("live")
        click(terminal, "a click")
        terminal.press("a")
        click(terminal, "[ Approve")
        terminal.settle()
        assert status() == "pending"
        assert "[ Approve" in terminal.text
        click_when_read(terminal, "[ Approve", lambda: status() == "approved")
        # Undo is clicked, and asks.
        click(terminal, "(10 s)")
        terminal.wait_for("Undo the change")
