"""A command killed in the middle of an edit: after the next start, the audit log matches the server."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.edits import recovery
from qpi_tui.edits.audit_log import read_audit_log
from qpi_tui.files.paths import audit_log_file
from tests.cli.command import Command
from tests.cli.interrupted import BELL, CHANGES, Bench, Change
from tests.cli.killed import STEPS
from tests.cli.terminal import at_terminal
from tests.conftest import NewQpu, NewUser, sign_in, wait_for
from tests.faults.inputs import ACCIDENTS, KILLS, MISSING


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox that may be modified freely and on which no job runs."""
    with Sandbox(worker=False, faults=[]) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    # A killed process leaves no connection open on this machine's network for seconds.
    monkeypatch.setattr(recovery, "GRACE", 0.2)


@pytest.fixture
def bench(sandbox: Sandbox, admin_http: httpx.Client, new_user: NewUser, new_qpu: NewQpu, tmp_path: Path) -> Bench:
    return Bench(sandbox, admin_http, new_user, new_qpu, tmp_path)


@pytest.mark.parametrize("step", [*STEPS, "sent"])
@pytest.mark.parametrize("name", CHANGES)
def test_after_the_next_start_the_audit_log_matches_the_server(
    sandbox: Sandbox, bench: Bench, name: str, step: str, record_property: Callable[[str, object], None]
) -> None:
    change: Change = getattr(bench, name)()
    _kill(sandbox, change, step)
    held = change.held()
    assert held == (step in ("sent", "answered", "outcome-written"))

    answer = change.who.ok("whoami")
    entries = read_audit_log(audit_log_file())
    assert [entry.ok for entry in entries] == ([] if step == "before-intent" else [bool(held)])
    assert all(entry.state in ("done", "refused") for entry in entries)
    assert ("From the last run" in answer.err) == (step in ("intent-written", "sent", "answered"))
    assert change.held() == held
    # It is reported once.
    assert "From the last run" not in change.who.ok("whoami").err
    assert _open() == 0
    record_property(f"{ACCIDENTS}{KILLS}", 1)
    record_property(f"{ACCIDENTS}{MISSING}", 0)


def test_open_edits_of_one_api_token_are_not_completed_by_another(
    sandbox: Sandbox, new_user: NewUser, new_qpu: NewQpu, tmp_path: Path
) -> None:
    """The server does not say whose a token is, so two tokens count as two accounts."""
    qpu = new_qpu(online=False)["id"]
    file = tmp_path / "bell.qasm"
    file.write_text(BELL)
    mine, other = (_with_token(sandbox, new_user()) for _ in range(2))
    words = ("jobs", "submit", str(file), "--qpu", qpu)
    program = ("-m", "tests.cli.killed", "intent-written")
    with at_terminal(*words, program=program, **mine.environment) as terminal:
        assert terminal.ends() == -signal.SIGKILL
    assert "From the last run" not in other.ok("qpus", "list").err
    assert _open() == 1
    assert "From the last run" in mine.ok("qpus", "list").err
    assert _open() == 0
    other.ok(*words)
    whose = [entry.who for entry in read_audit_log(audit_log_file())]
    assert len(set(whose)) == 2
    assert all(re.fullmatch("API token [0-9a-f]{8}", who) for who in whose)


def _with_token(sandbox: Sandbox, user: Credentials) -> Command:
    """Return commands that use an API token of a user."""
    own = {"Authorization": sign_in(sandbox.url, user)}
    made = httpx.post(f"{sandbox.url}/api/tokens", json={"name": "script"}, headers=own).raise_for_status()
    return Command({"QPI_URL": sandbox.url, "QPI_API_TOKEN": made.json()["token"]})


def _kill(sandbox: Sandbox, change: Change, step: str) -> None:
    """Run a command in a terminal, and kill it at a step."""
    assert sandbox.faults is not None
    sandbox.faults.clear()
    if step != "sent":
        program = ("-m", "tests.cli.killed", step)
        with at_terminal(*change.words, program=program, **change.who.environment) as terminal:
            assert terminal.ends() == -signal.SIGKILL
        return
    faults = sandbox.faults
    began = len(faults.log)
    faults.add(Fault("stalled", route=change.route))
    try:
        with at_terminal(*change.words, **change.who.environment) as terminal:
            method, _, path = change.route.partition(" ")
            path = path.rstrip("*").partition("*")[0]
            wait_for(
                lambda: any(each.method == method and each.path.startswith(path) for each in faults.log[began:]),
                "the request",
            )
            wait_for(change.held, "the server to hold the change")
            os.kill(terminal.pid, signal.SIGKILL)
            assert terminal.ends() == -signal.SIGKILL
    finally:
        faults.clear()


def _open() -> int:
    """Return the number of intents without a final outcome."""
    lines = (
        [json.loads(line) for line in audit_log_file().read_text().splitlines()] if audit_log_file().exists() else []
    )
    ended = {line["id"] for line in lines if line["state"] in ("done", "refused", "handled")}
    return sum(line["state"] == "begun" and line["id"] not in ended for line in lines)
