"""Random sessions at the console with keys, sizes, dialogs and changes on the server: the screen equals a full
repaint.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

SIZES = ((120, 40), (80, 24), (60, 20), (160, 45))
# Screens, lists, dialogs and forms. `y`, which confirms, is excluded.
KEYS = (
    *"1234567890J", *"jkgGoO/?*Utawnmevsfirbxd+-", "tab", "shift+tab", "pagedown", "pageup", "ctrl+d", "ctrl+u",
    "space", "down", "up", "left", "right", "enter", "enter", "escape", "escape", "字", ":", "ctrl+k",
)  # fmt: skip
ROUNDS = 8


def change_something(http: httpx.Client, chance: random.Random) -> str:
    """Change a record as another client."""
    collection, fields = chance.choice(
        [
            ("quantum_jobs", {"status": chance.choice(["pending", "running", "completed", "failed"])}),
            ("users", {"qpu_seconds": chance.randrange(100_000)}),
            ("qpus", {"status": chance.choice(["online", "offline", "maintenance"])}),
        ]
    )
    path = f"/api/collections/{collection}/records"
    ids = [item["id"] for item in http.get(path, params={"fields": "id", "sort": "-created"}).json()["items"]]
    id = chance.choice(ids)
    http.patch(f"{path}/{id}", json=fields).raise_for_status()
    return f"<{collection} {id} {fields}>"


def assert_same_as_a_full_repaint(terminal: Terminal, story: str) -> None:
    """Check that the terminal shows the same after it was cleared and repainted."""
    terminal.settle(0.3)
    # Another process draws circuits; it starts with the first one.
    terminal.wait_for(lambda: "circuit, OpenQASM" not in terminal.text, 60)
    terminal.settle(0.3)
    seen = terminal.cells()
    terminal.blank()
    assert terminal.cost(lambda: terminal.press("ctrl+l")) > 0
    for y, (shown, painted) in enumerate(zip(seen, terminal.cells(), strict=True)):
        for x, (a, b) in enumerate(zip(shown, painted, strict=True)):
            assert a == b, f"{story}: line {y}, column {x}: shown {a}, painted {b}"


@pytest.mark.parametrize(("role", "seed"), [("admin", 1), ("user", 2)])
def test_a_random_session_equals_a_full_repaint(
    lab: Sandbox, lab_http: httpx.Client, tmp_path: Path, role: str, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a story to replay, no secret
    who = lab.admin if role == "admin" else lab.users[0]
    # The clock is fixed: an age that grows between two checks is no error.
    still = {"QPI_NOW": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    story: list[str] = []
    with open_console(lab.url, who, tmp_path, role=role, size=(120, 40), env=still) as terminal:
        terminal.wait_for("● live")
        terminal.settle(0.5)
        for _ in range(ROUNDS):
            for _ in range(chance.randrange(1, 8)):
                story.append(chance.choice(KEYS))
                terminal.press(story[-1])
                if chance.random() < 0.7:
                    terminal.pump(0.05)
                if chance.random() < 0.2:
                    story.append(change_something(lab_http, chance))
            if chance.random() < 0.4:
                terminal.settle(0.1)
                size = chance.choice(SIZES)
                story.append(str(size))
                terminal.resize(*size)
            assert_same_as_a_full_repaint(terminal, " ".join(story))
        assert terminal.process.poll() is None
