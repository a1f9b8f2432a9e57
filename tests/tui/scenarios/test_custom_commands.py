"""User-defined commands in the console: their records, their input, and that no typed text starts one by accident."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.domain.roles import Role
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.child_environment import child_environment
from qpi_tui.settings.config import Settings
from qpi_tui.settings.custom_commands import read_commands
from qpi_tui.widgets.dialogs import Question, Reader
from tests.tui.helpers import NARROW, Person, at_console

HOSTILE = 'x"; touch hit; $(touch hit) `touch hit` \x1b[2J'
KEEP = f"""{shlex.quote(sys.executable)} -c '
import json, os, sys
with open("runs.jsonl", "a") as file:
    file.write(json.dumps({{"env": dict(os.environ), "stdin": sys.stdin.read()}}) + chr(10))
print("\\33[31mran on", os.environ.get("RECORD_ID", "nothing"))
'"""


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a laboratory without activity."""
    with Sandbox(seed=1, jobs=5, worker=False) as running:
        yield running


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def commands(**more: Any) -> dict[str, Any]:
    """Return settings with some commands."""
    tables = {
        "look": {"key": "f6", "screen": "qpus", "run": KEEP, "label": "Preview", "confirm": False,
                 "background": True},
        "ask": {"key": "y", "screen": "qpus jobs", "run": KEEP, "background": True, "output": "notice"},
        "all": {"key": "f7", "screen": "everywhere", "run": f"{KEEP}; exit 3", "confirm": False, "background": True,
                "output": "none"},
    }  # fmt: skip
    return {"commands": tuple(read_commands(tables).values()), **more}


def runs() -> list[dict[str, Any]]:
    """Return what the runs received."""
    path = Path("runs.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def test_a_key_runs_the_command_with_the_fields_of_the_record_and_no_secret(
    lab: Sandbox, admin_of: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QPI_PASSWORD", "of-another-server")
    body = {"name": HOSTILE, "num_qubits": 7, "enabled": True, "status": "offline"}
    id = admin_of.post("/api/collections/qpus/records", json=body).raise_for_status().json()["id"]
    async with at_console(lab.url, "admin", lab.admin, screen="qpus", **commands()) as person:
        await person.move_to(id)
        assert "f6 Preview" in person.screen
        await person.press("f6")
        await person.until(lambda: isinstance(person.app.screen, Reader))
        await person.sees(f"ran on {id}")
        assert "\x1b" not in person.app.screen._text().plain
        await person.press("escape")
        (run,) = runs()
        env = run["env"]
        assert env["RECORD_NAME"].startswith('x"; touch hit; $(touch hit) `touch hit` ')
        assert (env["RECORD_ID"], env["RECORD_NUM_QUBITS"], env["RECORD_STATUS"]) == (id, "7", "offline")
        assert json.loads(run["stdin"])["id"] == id
        assert (env["QPI_URL"], env["QPI_ROLE"], env["QPI_IDENTITY"]) == (lab.url, "admin", lab.admin.identity)
        assert "hit" not in os.listdir()
        session = person.app.connection.client.session_token()
        told = json.dumps(run)
        assert not [secret for secret in (session, lab.admin.password, "of-another-server") if secret in told]
        # A failed command is reported, and its output goes to the configured place.
        await person.press("f7")
        await person.sees("all ended with status 3.")
        assert len(runs()) == 2
        await person.press("question_mark")
        await person.sees("f6", "Preview")
        await person.press("escape", "colon")
        await person.type("preview")
        await person.press("enter")
        await person.until(lambda: len(runs()) == 3)
        await person.until(lambda: isinstance(person.app.screen, Reader))


async def test_a_printable_key_asks_first_and_text_runs_nothing(lab: Sandbox) -> None:
    async with at_console(
        lab.url, "admin", lab.admin, screen="jobs", size=NARROW, read_only=True, **commands()
    ) as person:
        await person.pilot.press(*"every day", "enter")
        await person.until(lambda: not person.app.key_queue.busy)
        await person.press("escape", "escape", "escape")
        assert runs() == []
        await person.press("y")
        await person.until(lambda: isinstance(person.app.screen, Question))
        assert "sh: " in person.screen
        await person.press("escape")
        await person.until(lambda: not isinstance(person.app.screen, Question))
        await person.press("space", "space", "y")
        await person.confirm()
        await person.until(lambda: len(runs()) == 2)
        await person.sees("ask: ran on")
        ids = {run["env"]["RECORD_ID"] for run in runs()}
        assert ids == set(person.app.screen.table.marks)
        assert {run["env"]["QPI_READ_ONLY"] for run in runs()} == {"1"}
        assert runs()[0]["env"]["RECORD_QPU_TARGET_NAME"]


async def test_keys_of_other_screens_and_dialogs_are_not_overridden(lab: Sandbox) -> None:
    async with at_console(lab.url, "user", lab.users[0], screen="qpus", **commands()) as person:
        await click_key(person, "f6")
        await person.until(lambda: len(runs()) == 1)
        await person.until(lambda: isinstance(person.app.screen, Reader))
        await person.press("f6", "escape", "4")
        await person.ready()
        await person.press("f6")
        await person.until(lambda: not person.app.key_queue.busy)
        assert len(runs()) == 1


async def click_key(person: Person, key: str) -> None:
    """Click a key in the bottom line."""
    line = person.app.screen.query_one("#keys")
    x = line.render().plain.index(f"{key} ")
    await person.pilot.click("#keys", offset=(x, 0))


def test_a_secret_is_in_the_environment_only_for_its_own_account() -> None:
    mine = SignIn("http://a.example", Role.ADMIN, "ada@a.example", password="one-secret")
    started = Settings(sign_in=mine, name="a")
    other = SignIn("http://b.example", Role.ADMIN, "ada@a.example")
    environment = {"QPI_PASSWORD": "one-secret", "QPI_URL": "http://a.example", "QPI_KEYRING": "off", "PATH": "/bin"}
    here = child_environment(environment, started, mine.without_secrets(), started)
    assert (here["QPI_PASSWORD"], here["QPI_PROFILE"], here["QPI_KEYRING"]) == ("one-secret", "a", "off")
    there = child_environment(environment, Settings(sign_in=other, name="b"), other, started)
    assert "QPI_PASSWORD" not in there
    assert (there["QPI_URL"], there["QPI_PROFILE"], there["PATH"]) == ("http://b.example", "b", "/bin")
    typed = child_environment({**environment, "QPI_PASSWORD": "another"}, started, mine.without_secrets(), started)
    assert "QPI_PASSWORD" not in typed
    assert os.environ.get("QPI_PASSWORD") != "one-secret"


@pytest.fixture(scope="module")
def admin_of(lab: Sandbox) -> Iterator[httpx.Client]:
    """Return the administrator's connection, bypassing the console."""
    from tests.conftest import sign_in

    with httpx.Client(
        base_url=lab.url, headers={"Authorization": sign_in(lab.url, lab.admin, "_superusers")}
    ) as client:
        yield client
