"""A command killed in the middle of a change: after the next start, the audit log equals what the server holds."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.edits import recovery
from qpi_tui.edits.audit_log import read_audit_log
from qpi_tui.files.paths import audit_log_file
from tests.cli.command import Command, as_
from tests.cli.killed import STEPS
from tests.cli.terminal import at_terminal
from tests.conftest import NewQpu, NewUser, connect_driver, record, wait_for

BELL = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\nc = measure q;\n'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One on which things can go wrong, and no job runs."""
    with Sandbox(worker=False, faults=[]) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    # A process that was killed leaves nothing on this machine's network for seconds.
    monkeypatch.setattr(recovery, "GRACE", 0.2)


@dataclass(frozen=True)
class Change:
    """A change: who makes it by which words, which request it sends, and how often the server holds it."""

    who: Command
    words: tuple[str, ...]
    route: str
    held: Callable[[], int]


class Bench:
    """Makes what a change needs."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client, new_user: NewUser, new_qpu: NewQpu, folder: Path) -> None:
        self._sandbox, self._http, self._new_user, self._new_qpu, self._folder = (
            sandbox,
            http,
            new_user,
            new_qpu,
            folder,
        )
        self._admin = as_(sandbox.url, sandbox.admin, "admin")

    def _count(self, collection: str, condition: str) -> int:
        query = {"filter": condition, "perPage": 1}
        return int(self._http.get(f"/api/collections/{collection}/records", params=query).json()["totalItems"])

    def _make(self, collection: str, **fields: Any) -> str:
        return str(
            self._http.post(f"/api/collections/{collection}/records", json=fields).raise_for_status().json()["id"]
        )

    def approval(self) -> Change:
        user = self._new_user()
        id = self._make("qpu_time_requests", user=user.id, status="pending", seconds=1800)

        def held() -> int:
            approved = record(self._http, "qpu_time_requests", id)["status"] == "approved"
            credited = record(self._http, "users", user.id)["qpu_seconds"] == 5400
            assert approved == credited
            return int(approved)

        return Change(
            self._admin, ("requests", "approve", id, "--yes"), "PATCH /api/collections/qpu_time_requests/*", held
        )

    def allocation(self) -> Change:
        user = self._new_user()

        def held() -> int:
            return int(record(self._http, "users", user.id)["qpu_seconds"] - 3600) // 60

        return Change(
            self._admin, ("users", "allocate", user.id, "+1m", "--yes"), "PATCH /api/collections/users/*", held
        )

    def toggle(self) -> Change:
        qpu = self._new_qpu(online=False)
        id = connect_driver(self._http, qpu["id"], "mock", name=f"drv_{qpu['id']}")

        def held() -> int:
            return int(not record(self._http, "drivers", id)["enabled"])

        return Change(self._admin, ("drivers", "disable", id, "--yes"), "POST /api/op/drivers/toggle", held)

    def booking(self) -> Change:
        user = self._new_user()
        begin = (datetime.now(UTC) + timedelta(days=400, hours=self._count("time_slots", ""))).replace(
            minute=0, second=0
        )
        when = f"{begin:%Y-%m-%d %H:%M}"

        def held() -> int:
            return self._count("time_slots", f"booked_by='{user.id}'")

        who = as_(self._sandbox.url, user, "user")
        return Change(who, ("slots", "book", when, "30m"), "POST /api/collections/time_slots/*", held)

    def cancellation(self) -> Change:
        user, qpu = self._new_user(), self._new_qpu(online=False)
        id = self._make("quantum_jobs", user_id=user.id, qpu_target=qpu["id"], status="pending", payload={"shots": 1})

        def held() -> int:
            return int(record(self._http, "quantum_jobs", id)["status"] == "cancelled")

        who = as_(self._sandbox.url, user, "user")
        return Change(who, ("jobs", "cancel", id, "--yes"), "POST /api/jobs/*/cancel", held)

    def submission(self) -> Change:
        user, qpu = self._new_user(), self._new_qpu(online=False)
        file = self._folder / "bell.qasm"
        file.write_text(BELL)

        def held() -> int:
            return self._count("quantum_jobs", f"user_id='{user.id}'")

        who = as_(self._sandbox.url, user, "user")
        return Change(who, ("jobs", "submit", str(file), "--qpu", qpu["id"]), "POST /api/jobs", held)


@pytest.fixture
def bench(sandbox: Sandbox, admin_http: httpx.Client, new_user: NewUser, new_qpu: NewQpu, tmp_path: Path) -> Bench:
    return Bench(sandbox, admin_http, new_user, new_qpu, tmp_path)


CHANGES = ("approval", "allocation", "toggle", "booking", "cancellation", "submission")


@pytest.mark.parametrize("step", [*STEPS, "sent"])
@pytest.mark.parametrize("name", CHANGES)
def test_the_log_after_the_next_start_is_what_the_server_holds(
    sandbox: Sandbox, bench: Bench, name: str, step: str
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
    # It is said once.
    assert "From the last run" not in change.who.ok("whoami").err
    assert _open() == 0


def _kill(sandbox: Sandbox, change: Change, step: str) -> None:
    """Run a command at a terminal, and kill it at a step."""
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
    """How many intents have no final outcome."""
    lines = (
        [json.loads(line) for line in audit_log_file().read_text().splitlines()] if audit_log_file().exists() else []
    )
    ended = {line["id"] for line in lines if line["state"] in ("done", "refused", "handled")}
    return sum(line["state"] == "begun" and line["id"] not in ended for line in lines)
