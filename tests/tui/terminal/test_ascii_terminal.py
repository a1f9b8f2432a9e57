"""Plain ASCII in a terminal's cells: every screen of a user, dialogs over it, drawn circuits, the week."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from qpi_client import QPIClient
from qpi_sandbox import Sandbox
from qpi_tui.domain.roles import Role
from screenshots.make import MOMENT, still_lab
from tests.tui.helpers import key_of
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

SIZES = [(80, 24), (120, 40)]
# The screen, the keys, and the text to wait for before the cells are read.
SIGHTS: Sequence[tuple[str, tuple[str, ...], str]] = (
    ("overview", (), "Time"),
    ("requests", (), "pending"),
    ("requests", ("n",), "Request QPU time"),
    ("qpus", (), "maint"),
    ("jobs", (), "circ"),
    ("jobs", (" ", "j", " ", "o"), "2 marked"),
    ("jobs", ("/", "bf20027", "enter", "enter"), "counts"),
    ("jobs", ("/", "bf20027", "enter", "enter", "w"), r"\+---\+"),
    ("jobs", ("/", "wte5m34", "enter", "enter"), "IQ points"),
    ("jobs", ("/", "bf20027", "enter", "enter", "v"), "payload"),
    ("jobs", ("/", "failed", "enter", "enter"), "failed"),
    ("jobs", ("s",), "OPENQASM"),
    ("jobs", ("E",), "csv"),
    ("slots", (), "[Ww]eek 48"),
    ("slots", ("l", "g", " ", "j", "j"), "1 h 30 min"),
    ("slots", ("w",), "[Ww]eek 48"),
    ("slots", ("v",), "Booked by"),
    ("slots", ("b",), "Book a slot"),
    ("drivers", (), "kind"),
    ("telemetry", (), "channel"),
    ("announcements", (), "title"),
    ("tokens", (), "expires"),
    ("tokens", ("n",), "name"),
    ("journal", (), "Outcome"),
    ("jobs", ("?",), "Keys of"),
    ("jobs", (":", "boo"), "Book"),
)


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a user's lab without activity."""
    with still_lab(Role.USER) as running:
        yield running


@pytest.fixture(scope="module")
def served(lab: Sandbox) -> set[str]:
    """Return every non-ASCII character in the server's records."""
    with QPIClient(lab.url) as client:
        client.auth_with_password(lab.admin.identity, lab.admin.password, collection="_superusers")
        told = [
            client.list_jobs(everyone=True), client.list_qpus(), client.list_drivers(), client.list_time_slots(),
            client.list_time_requests(), client.list_notifications(), client.list_users(),
        ]  # fmt: skip
    return {char for char in json.dumps(told, ensure_ascii=False, default=str) if char > "~"}


def beyond(terminal: Terminal) -> set[str]:
    """Return the non-ASCII characters on the screen."""
    return {char for line in terminal.lines for char in line if char > "~"}


def seen(terminal: Terminal, keys: Sequence[str], wanted: str) -> None:
    """Press the keys, each when the previous one was handled, and wait for the expected text."""
    terminal.wait_for("live")
    for key in keys:
        terminal.press(key)
        terminal.settle(0.1)
    terminal.wait_for(lambda: re.search(wanted, terminal.text, re.IGNORECASE))
    terminal.settle(0.1)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_screen_and_dialog_is_drawn_in_ascii(
    lab: Sandbox, served: set[str], tmp_path: Path, size: tuple[int, int]
) -> None:
    env = {"QPI_NOW": MOMENT.isoformat()}
    with open_console(lab.url, lab.users[0], tmp_path, "--ascii", role="user", env=env, size=size) as terminal:
        for screen, keys, wanted in SIGHTS:
            seen(terminal, (key_of(f"go.{screen}"), *keys), wanted)
            assert beyond(terminal) <= served, f"{screen} {keys}\n{terminal.text}"
            # Back out of what was opened, to the unfiltered list.
            for _ in range(min(len(keys), 3)):
                terminal.press("escape")
                terminal.settle(0.13)


# Each size, and each way to enable it.
@pytest.mark.parametrize(("by", "size"), [("flag", SIZES[0]), ("environment", SIZES[1]), ("file", SIZES[0])])
def test_the_week_and_a_circuit_are_drawn_in_ascii(
    lab: Sandbox, tmp_path: Path, size: tuple[int, int], by: str
) -> None:
    env = {"QPI_NOW": MOMENT.isoformat(), **({"QPI_ASCII": "1"} if by == "environment" else {})}
    arguments = ["--screen", "slots", *(["--ascii"] if by == "flag" else [])]
    if by == "file":
        (tmp_path / "config" / "qpi-tui").mkdir(parents=True)
        (tmp_path / "config" / "qpi-tui" / "config.toml").write_text("ascii = true\n")
    with open_console(lab.url, lab.users[0], tmp_path, *arguments, role="user", env=env, size=size) as terminal:
        seen(terminal, ("l",), "[Ww]eek 48")
        # Own, other and selected half hours have three different characters.
        assert re.search(r"### you  |#you#", terminal.text)
        assert re.search(r"::: taken  |:taken:", terminal.text)
        terminal.press("g", " ", "j")
        terminal.wait_for(lambda: re.search(r"\+\+\+ 1 h|\+1 h\+", terminal.text))
        terminal.press("4")
        terminal.wait_for("Circxshots")
        seen(terminal, ("/", "bf20027", "enter", "enter", "w"), r"\+---\+")
        drawn = [line for line in terminal.lines if re.match(r" +q_0: -", line) or re.match(r" *q_1: -", line)]
        assert drawn, terminal.text
        assert any(re.search(r"-\| \w+ \|-", line) for line in drawn), "a gate has sides, and wires at them"
        boxes = [line for line in terminal.lines if "+---+" in line]
        gates = next(line for line in terminal.lines if re.search(r"\| \w \|", line))
        at = re.search(r"\| \w \|", gates)
        assert at is not None
        assert any(line[at.start() : at.end()] == "+---+" for line in boxes), "above its gate is its roof"
        # The same key restores all characters everywhere, and then ASCII again.
        terminal.press("a")
        terminal.wait_for("┌───┐")
        terminal.wait_for("●")
        terminal.press("a")
        terminal.wait_for(lambda: not {"┌", "●", "·"} & beyond(terminal))
