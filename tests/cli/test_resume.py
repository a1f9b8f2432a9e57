"""An interrupted batch reports what it did, and the same command with `--resume` completes it without repeating
anything.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.edits import recovery
from tests.cli.command import Command
from tests.conftest import NewUser, record

MANY = 57


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Return a sandbox that may be modified freely and on which no job runs."""
    with Sandbox(worker=False, faults=[]) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "GRACE", 0.2)


def interrupted(sandbox: Sandbox, admin: Command, words: list[str], stdin: str, after: int) -> tuple[int, str, str]:
    """Run a command, press Ctrl+C after it has printed some lines, and return the exit code and the output."""
    assert sandbox.faults is not None
    # Most of the time is spent waiting for a response, so the interrupt hits an edit in progress.
    sandbox.faults.add(Fault("latency", 0.05, route="PATCH /api/collections/users/*"))
    process = subprocess.Popen(
        [sys.executable, "-m", "qpi_tui", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **admin.environment},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(stdin)
    process.stdin.close()
    printed = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    with process:
        out, err = process.stdout.read(), process.stderr.read()
    sandbox.faults.clear()
    return process.returncode, "".join(printed) + out, err


def test_a_resumed_allocation_credits_every_user_once(
    sandbox: Sandbox, admin: Command, new_user: NewUser, admin_http: httpx.Client
) -> None:
    people = [new_user(seconds=3600) for _ in range(MANY)]
    ids = "\n".join(who.id for who in people)
    words = ["users", "allocate", "-", "+1", "--yes"]
    code, out, err = interrupted(sandbox, admin, words, ids, after=20)
    assert code == 130
    counts = re.search(r"Interrupted: (\d+) done, (\d+) unknown, (\d+) not begun\.", err)
    assert counts is not None, err
    done, unknown, not_begun = map(int, counts.groups())
    assert done >= 20
    assert unknown <= 1
    assert not_begun > 0
    assert done + unknown + not_begun == MANY
    assert out.count("✓ ") == done
    assert err.count("not begun\n") == not_begun
    assert err.count("outcome unknown") == unknown
    assert "--resume to do the rest" in err

    rest = admin.ok(*words, "--resume", stdin=ids)
    assert rest.out.count("done before") >= done
    assert [record(admin_http, "users", who.id)["qpu_seconds"] for who in people] == [3601] * MANY
    # It is finished: there is nothing left to resume.
    again = admin(*words, "--resume", stdin=ids)
    assert again.code == 1
    assert "Nothing to resume" in again.err
    assert record(admin_http, "users", people[0].id)["qpu_seconds"] == 3601


def test_an_interrupted_batch_prints_complete_json(sandbox: Sandbox, admin: Command, new_user: NewUser) -> None:
    people = [new_user(seconds=3600) for _ in range(12)]
    ids = "\n".join(who.id for who in people)
    code, out, _ = interrupted(sandbox, admin, ["users", "allocate", "-", "+2", "--yes", "--jsonl"], ids, after=3)
    assert code == 130
    states = [json.loads(line)["state"] for line in out.splitlines()]
    assert len(states) == len(people)
    assert states[:3] == ["done"] * 3
    assert states[-1] == "not begun"
    # The output is a complete document although it was interrupted; another amount is another batch.
    assert admin("users", "allocate", "-", "+3", "--yes", "--resume", stdin=ids).code == 1
    code, out, _ = interrupted(sandbox, admin, ["users", "allocate", "-", "+3", "--yes", "--json"], ids, after=30)
    assert code == 130
    assert {each["state"] for each in json.loads(out)} >= {"done", "not begun"}


def test_resuming_retries_what_failed(sandbox: Sandbox, admin: Command, new_user: NewUser) -> None:
    people = [new_user(seconds=3600) for _ in range(4)]
    words = ("users", "allocate", *(who.id for who in people), "+4", "--yes")
    assert sandbox.faults is not None
    sandbox.faults.add(Fault("502", route=f"PATCH /api/collections/users/records/{people[2].id}"))
    answer = admin(*words)
    sandbox.faults.clear()
    assert answer.code == 6
    assert answer.out.count("✓ ") == 3
    resumed = admin.ok(*words, "--resume", "--jsonl")
    assert [json.loads(line)["state"] for line in resumed.out.splitlines()] == ["skipped", "skipped", "done", "skipped"]
