"""The console ends in the middle of a change: by kill -9, a hangup or Ctrl+C. The next start reports it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from tests.conftest import NewUser, record, wait_for
from tests.tui.terminal.console import open_console
from tests.tui.terminal.harness import Terminal

TOGGLE = "PATCH /api/collections/users/*"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox that may be modified freely and on which no job runs."""
    with Sandbox(worker=False, faults=[]) as running:
        yield running


@pytest.fixture(autouse=True)
def _sound(sandbox: Sandbox) -> Iterator[None]:
    yield
    assert sandbox.faults is not None
    sandbox.faults.clear()


def lines(home: Path) -> list[dict[str, Any]]:
    path = home / "state" / "qpi-tui" / "journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def give_an_hour(sandbox: Sandbox, terminal: Terminal, http: httpx.Client, user: str, fault: Fault) -> None:
    """Add an hour to the balance of the only user, and wait until the server has it while the response is lost."""
    assert sandbox.faults is not None
    # The list may appear before the client is loaded; a key counts once it can be handled.
    terminal.wait_for("● live")
    terminal.wait_for("1 h")
    terminal.press("a")
    terminal.wait_for("+2h or 90 adds")
    terminal.press("+1h")
    terminal.wait_for("1 h → 2 h")
    sandbox.faults.add(fault)
    # A key counts once the dialog was visible for a moment.
    terminal.pump_for(0.6)
    terminal.press("enter")
    wait_for(lambda: record(http, "users", user)["qpu_seconds"] == 7200, "the server to hold the change")


@pytest.fixture
def only_user(new_user: NewUser, admin_http: httpx.Client) -> str:
    for each in admin_http.get("/api/collections/users/records", params={"perPage": 200}).json()["items"]:
        admin_http.delete(f"/api/collections/users/records/{each['id']}")
    return str(new_user(seconds=3600).id)


@pytest.mark.parametrize("end", ["kill", "hang-up", "ctrl+c"])
def test_the_next_start_reports_the_outcome(
    sandbox: Sandbox, admin_http: httpx.Client, only_user: str, tmp_path: Path, end: str
) -> None:
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "users") as terminal:
        give_an_hour(sandbox, terminal, admin_http, only_user, Fault("stalled", route=TOGGLE))
        if end == "kill":
            os.kill(terminal.process.pid, signal.SIGKILL)
            assert terminal.wait_end() == -signal.SIGKILL
        elif end == "hang-up":
            terminal.hang_up()
            assert terminal.process.wait(10) in (128 + signal.SIGHUP, -signal.SIGHUP)
        else:
            terminal.press("ctrl+c")
            terminal.wait_for("Leave?")
            terminal.press("ctrl+c")
            assert terminal.wait_end() == 0
    assert [line["state"] for line in lines(tmp_path)] == ["begun"]
    assert sandbox.faults is not None
    sandbox.faults.clear()
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "users") as terminal:
        terminal.wait_for("From the last run: person")
        terminal.wait_for("+1 h, now 2 h (checked at the next start)")
    assert [(line["state"], line.get("ok")) for line in lines(tmp_path)] == [("begun", None), ("done", True)]
    assert record(admin_http, "users", only_user)["qpu_seconds"] == 7200


def test_quitting_waits_for_a_response_that_arrives_soon(
    sandbox: Sandbox, admin_http: httpx.Client, only_user: str, tmp_path: Path
) -> None:
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "users") as terminal:
        give_an_hour(sandbox, terminal, admin_http, only_user, Fault("latency", 1.0, route=TOGGLE))
        terminal.press("ctrl+c", "ctrl+c")
        assert terminal.wait_end() == 0
    assert [line["state"] for line in lines(tmp_path)] == ["begun", "done"]


def test_quitting_asks_once_about_a_draft_and_keeps_it_for_the_next_start(
    sandbox: Sandbox, only_user: str, tmp_path: Path
) -> None:
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "announcements") as terminal:
        terminal.wait_for("No announcements")
        terminal.press("n")
        terminal.wait_for("Cancel (esc)")
        terminal.press("Fridge")
        terminal.wait_for("Fridge")
        terminal.press("ctrl+c")
        terminal.wait_for("Leave?")
        terminal.press("escape")
        terminal.wait_for(lambda: "Leave?" not in terminal.text and "Fridge" in terminal.text)
        terminal.press("ctrl+c")
        terminal.wait_for("Leave?")
        terminal.press("ctrl+c")
        assert terminal.wait_end() == 0
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "announcements") as terminal:
        terminal.wait_for("No announcements")
        terminal.press("n")
        terminal.wait_for("Fridge")
        # An untouched form contains no draft.
        terminal.press("escape")
        terminal.wait_for("Draft kept")
        terminal.press("ctrl+c")
        assert terminal.wait_end() == 0
    assert os.stat(tmp_path / "state" / "qpi-tui" / "drafts.json").st_mode & 0o777 == 0o600
