"""The console is killed in the middle of a change, in a terminal. The log at the next start matches the server.

Each start reports the outcome of the previous change and is killed in the next one, so one start serves two steps.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.edits.audit_log import AuditEntry, read_audit_log
from tests.cli.interrupted import CHANGES, Bench, Change
from tests.cli.killed import STEPS
from tests.conftest import NewQpu, NewUser
from tests.faults.inputs import ACCIDENTS, KILLS, MISSING
from tests.hostile.stepped import KILLED, SteppedTerminal
from tests.hostile.test_terminal import FULL
from tests.tui.terminal.console import environment

SENT = "sent"


def steps_of(name: str) -> list[str]:
    """Return where it is killed: at each step. The short form kills most changes only where something is left open."""
    return [*STEPS, SENT] if FULL or name == "approval" else ["intent-written", SENT]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox that may be modified freely and on which no job runs."""
    with Sandbox(worker=False, faults=[]) as running:
        yield running


@pytest.fixture
def bench(sandbox: Sandbox, admin_http: httpx.Client, new_user: NewUser, new_qpu: NewQpu, tmp_path: Path) -> Bench:
    return Bench(sandbox, admin_http, new_user, new_qpu, tmp_path)


def entries(home: Path) -> list[AuditEntry]:
    return read_audit_log(_file(home))


def left_open(home: Path) -> int:
    """Return how many intents have no final outcome."""
    file = _file(home)
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    ended = {line["id"] for line in lines if line["state"] in ("done", "refused", "handled")}
    return sum(line["state"] == "begun" and line["id"] not in ended for line in lines)


def _file(home: Path) -> Path:
    return home / "state" / "qpi-tui" / "journal.jsonl"


def started(sandbox: Sandbox, change: Change, home: Path, step: str) -> SteppedTerminal:
    """Start a console that will be killed at a step, on the screen of a change."""
    env = {**environment(sandbox.url, change.credentials, home, change.role), KILLED: step or "never"}
    terminal = SteppedTerminal(["--screen", change.screen, "--refresh", "3600"], env=env)
    terminal.wait_for("● live", 30)
    terminal.follow()
    return terminal


def make(terminal: SteppedTerminal, change: Change) -> None:
    """Press the keys of a change without waiting for the effect of the last."""
    for key in change.keys[:-1]:
        terminal.step(*(key[1:] if key.startswith("=") else [key]))
    terminal.press(change.keys[-1])


def kill(sandbox: Sandbox, terminal: SteppedTerminal, change: Change, step: str) -> None:
    """Make a change during which the program is killed."""
    assert sandbox.faults is not None
    if step == SENT:
        sandbox.faults.add(Fault("stalled", route=change.route))
    try:
        make(terminal, change)
        if step == SENT:
            terminal.wait_for(change.held)
            os.kill(terminal.process.pid, signal.SIGKILL)
        assert terminal.wait_end(30) == -signal.SIGKILL
    finally:
        sandbox.faults.clear()


@pytest.mark.parametrize("name", CHANGES)
def test_the_log_of_a_killed_console_matches_the_server(
    sandbox: Sandbox, bench: Bench, tmp_path: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    before: Change | None = None
    logged: list[bool] = []
    for step in [*steps_of(name), ""]:
        change = getattr(bench, name)()
        with started(sandbox, change, tmp_path, step) as terminal:
            if before is not None:
                terminal.wait_for(lambda: left_open(tmp_path) == 0)
                assert [entry.ok for entry in entries(tmp_path)] == logged, (step, terminal.text)
                assert all(entry.state in ("done", "refused") for entry in entries(tmp_path))
            if step:
                kill(sandbox, terminal, change, step)
                held = change.held()
                assert held == (step in (SENT, "answered", "outcome-written")), step
                logged += [] if step == "before-intent" else [bool(held)]
        before = change
    record_property(f"{ACCIDENTS}{KILLS}", len(steps_of(name)))
    record_property(f"{ACCIDENTS}{MISSING}", 0)
