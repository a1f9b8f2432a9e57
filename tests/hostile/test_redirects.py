"""A server that redirects everything to another host: no command, screen or stream follows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_sandbox import Credentials
from qpi_tui.widgets.dialogs import Dialog
from tests.faults.lab import Elsewhere
from tests.faults.reading import patient_no_more
from tests.hostile.commands import CHANGES, READS
from tests.hostile.server import SESSION, Hostile, records_with, serve_hostile
from tests.hostile.test_commands import FULL, environment, split
from tests.tui.helpers import at_console

ME = Credentials("me@test.example", "a-password-1234", "me0000000000000")
# These send no request to a server.
LOCAL = ("config ", "keys", "help ", "audit-log", "themes import")
# A command that reports what it found wrong, as it should, and continues.
TELLS = ("info",)
# Nothing can be read back about a mail: if its response is lost, the message is always the same.
LETTERS = ("server mail",)


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    with serve_hostile() as server:
        server.records = records_with([f"name {number}" for number in range(20)])
        server.accepts = server.tells = True
        yield server


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    other = Elsewhere()
    yield other
    other.close()


@pytest.mark.parametrize(
    ("role", "signed_in"), [("admin", True), ("user", False), *([("admin", False), ("user", True)] if FULL else [])]
)
def test_no_command_follows_a_redirect(
    hostile: Hostile, elsewhere: Elsewhere, tmp_path: Path, role: str, signed_in: bool
) -> None:
    """With each redirect status in turn, from the first request or after signing in."""
    hostile.elsewhere = f"http://127.0.0.1:{elsewhere.port}"
    hostile.lets_in = signed_in
    command = [sys.executable, "-m", "tests.hostile.commands", role, ""]
    env = {**os.environ, **environment(hostile, tmp_path, role), "QPI_TESTS_EVERY": "1"}
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    said = {each.command: each for each in split(done.stderr)}
    assert len(said) == len(READS[role]) + len(CHANGES[role])
    for line, each in said.items():
        if line.startswith((*LOCAL, *TELLS, *LETTERS)) or (signed_in and line == "whoami"):
            continue
        assert each.code not in (0, 70), line
        assert "redirects" in each.text, (line, each.text)
    assert len(hostile.sent_away) >= len(said) - 6
    assert {status for status, *_ in hostile.sent_away} == {301, 302, 303, 307, 308}
    assert not elsewhere.came
    for secret in (ME.password.encode(), SESSION.encode()):
        assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize("words", [("login", "--role", "user"), ("_complete", "users", "show", ""), ("logout",)])
def test_signing_in_and_completion_follow_no_redirect(
    hostile: Hostile, elsewhere: Elsewhere, tmp_path: Path, words: tuple[str, ...]
) -> None:
    hostile.elsewhere = f"http://127.0.0.1:{elsewhere.port}"
    env = {**os.environ, **environment(hostile, tmp_path, "user")}
    subprocess.run([sys.executable, "-m", "qpi_tui", *words], env=env, capture_output=True, timeout=150, check=False)
    assert not elsewhere.came


@pytest.mark.parametrize("role", ["admin", "user"])
async def test_a_running_console_and_its_stream_follow_no_redirect(
    hostile: Hostile, elsewhere: Elsewhere, role: str
) -> None:
    """Every list, the stream, a change, and the session refresh, once the server starts to redirect."""
    with patient_no_more():
        async with at_console(hostile.url, role, ME, screen="requests") as person:
            await person.until(lambda: person.app.changes.live)
            shown = person.app.screen.table.visible_records
            hostile.elsewhere = f"http://127.0.0.1:{elsewhere.port}"
            hostile.break_streams()
            for tab in [tab.id for tab in person.app.tabs() if tab.id != "journal"]:
                person.app.go(tab)
                await person.pilot.pause()
                person.app.screen.feed.poke()
                await person.until(lambda: person.app.screen.feed.health.mood == "offline")
                await person.sees("offline")
            await person.until(lambda: "/api/realtime" in {path for *_, path in hostile.sent_away})
            person.app.go("requests")
            await person.pilot.pause()
            assert person.app.screen.table.visible_records == shown
            before = len(hostile.sent_away)
            await person.act("requests.approve" if role == "admin" else "requests.withdraw")
            await person.confirm()
            await person.until(lambda: any("/records/" in path for *_, path in hostile.sent_away[before:]))
            await person.sees("1 failed", "redirects")
            await person.press("escape")
            await person.until(lambda: not isinstance(person.app.screen, Dialog))
            assert not elsewhere.came
            # It stops redirecting.
            hostile.elsewhere = ""
            await person.until(lambda: person.app.screen.feed.health.mood == "fresh", within=40)
            await person.sees_not("offline")
        assert not elsewhere.came
