"""Everything that the program writes, and every process that it starts, is searched for marked secrets."""

from __future__ import annotations

import gc
import os
import signal
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.app import Console
from qpi_tui.session.connection import SignIn
from qpi_tui.settings.config import Settings
from qpi_tui.terminal.clipboard import copy_text
from tests.cli.command import Command
from tests.tui.helpers import at_console
from tests.tui.terminal.harness import Terminal

MARK = "Sesame-0pen-9173"


def environment(folder: Path, **more: str) -> dict[str, str]:
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("STATE", "CONFIG", "DATA", "CACHE")}
    return {"HOME": str(folder), **homes, "QPI_KEYRING": "off", "TEXTUAL_ANIMATIONS": "none", "TMUX": "", **more}


def found_in(folder: Path, *secrets: str) -> list[str]:
    """Return files that contain a secret, and files and folders readable by others."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            found += [f"{path.name} holds a secret" for secret in secrets if secret.encode() in held]
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077 and "qpi" in str(path.relative_to(folder)):
            found.append(f"{path} has mode {mode:o}")
    return found


def processes_below(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [pid]
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and int((folder / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found += processes_below(int(folder.name))
        except (OSError, IndexError):
            continue
    return found


def test_a_password_from_the_environment_is_written_nowhere(
    sandbox: Sandbox, new_user: Any, admin_http: Any, qpu: dict[str, Any], tmp_path: Path
) -> None:
    who = new_user()
    fields = {"password": MARK, "passwordConfirm": MARK}
    admin_http.patch(f"/api/collections/users/records/{who.id}", json=fields).raise_for_status()
    env = environment(tmp_path, QPI_URL=sandbox.url, QPI_ROLE="user", QPI_IDENTITY=who.identity, QPI_PASSWORD=MARK)
    with Terminal([sys.executable, "-m", "qpi_tui"], size=(120, 40), env=env) as terminal:
        terminal.wait_for("live", 30)
        terminal.press("2")
        terminal.settle()
        terminal.press("n")
        terminal.settle()
        for text in ("10m", "why"):
            terminal.press(text)
            terminal.confirm()
            terminal.settle(0.1)
        terminal.wait_for("requested 10 min")
        pids = processes_below(terminal.process.pid)
        assert not [pid for pid in pids if MARK in Path(f"/proc/{pid}/cmdline").read_text()]
        children = pids[1:]
        assert not [pid for pid in children if MARK.encode() in Path(f"/proc/{pid}/environ").read_bytes()]
        terminal.press("q")
        assert terminal.wait_end() == 0
        assert MARK.encode() not in bytes(terminal.raw)
        # A session's token starts like this.
        assert b"eyJ" not in bytes(terminal.raw)
    assert not found_in(tmp_path, MARK, "eyJ")
    assert list(tmp_path.rglob("*journal*")), "there is a journal, so there was something to search"


def test_a_crash_report_contains_no_secret(tmp_path: Path, sandbox: Sandbox) -> None:
    """After an error in the middle of a frame, the report contains no local variables."""
    program = tmp_path / "crashing.py"
    program.write_text(
        "import sys\n"
        "from qpi_tui.screens.requests import RequestsScreen\n"
        "def show(self, data):\n"
        "    secret = self.connection.client.session_token()\n"
        "    password = " + repr(MARK) + "\n"
        "    raise RuntimeError('broken')\n"
        "RequestsScreen.do_all = lambda self: show(self, None)\n"
        "from qpi_tui.__main__ import main\n"
        "sys.exit(main())\n"
    )
    who = sandbox.admin
    folder = tmp_path / "home"
    folder.mkdir()
    env = environment(
        folder, QPI_URL=sandbox.url, QPI_ROLE="admin", QPI_IDENTITY=who.identity, QPI_PASSWORD=who.password
    )
    with Terminal([sys.executable, str(program)], size=(120, 40), env=env) as terminal:
        terminal.wait_for("live", 30)
        terminal.press("2")
        terminal.settle()
        terminal.press("t")
        code = terminal.wait_end(30)
        raw = bytes(terminal.raw)
    assert code != 0
    assert who.password.encode() not in raw
    assert b"eyJ" not in raw
    assert MARK.encode() not in raw
    assert not found_in(folder, who.password, "eyJ")


def test_no_repr_contains_a_secret() -> None:
    sign_in = SignIn("https://lab.example.org", identity="me", password=MARK, api_token=MARK, session=MARK)
    assert MARK not in repr(sign_in)
    assert MARK not in repr(Settings(sign_in=sign_in))
    assert MARK not in repr(Console(Settings(sign_in=sign_in)))
    assert MARK not in str(vars(sign_in.without_secrets()))


async def test_a_token_shown_once_is_removed_from_memory(sandbox: Sandbox, user: Any) -> None:
    async with at_console(sandbox.url, "user", user, screen="tokens") as person:
        await person.act("tokens.create")
        await person.type("night")
        await person.press("enter", "enter")
        await person.sees("Shown only once")
        shown = person.app.screen
        token = shown._secret
        assert token.startswith("qpi_")
        await person.press("escape", "enter")
        await person.until(lambda: person.app.screen is not shown)
        await person.sees("night")
        assert token not in person.screen
        assert shown._secret == ""
        assert token not in str([step.outcome for step in person.app.audit_log.entries if hasattr(step, "outcome")])
        assert token not in " ".join(entry.outcome for entry in person.app.audit_log.entries)
        shown = None
        gc.collect()
        held = [thing for thing in gc.get_objects() if isinstance(thing, dict) and thing.get("token") == token]
        assert not held, [list(thing) for thing in held]


def holders(secret: str) -> list[str]:
    """Return what in this process's memory still contains a text: attributes, dictionaries, lists."""
    gc.collect()
    found = []
    for thing in gc.get_objects():
        if isinstance(thing, dict) and any(value is secret or value == secret for value in list(thing.values())):
            found.append(f"dict with {list(thing)[:8]}")
        elif isinstance(thing, (list, tuple, set)) and any(type(value) is str and value == secret for value in thing):
            found.append(f"{type(thing).__name__} of {len(thing)}")
    return found


async def test_a_driver_token_and_a_new_password_are_removed_from_memory(sandbox: Sandbox, qpu: Any) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="drivers") as person:
        await person.act("drivers.register")
        await person.until(lambda: person.app.screen.query("#entry-name"))
        await person.type("marked")
        for _ in range(6):
            await person.press("enter")
            await person.pilot.pause()
        await person.sees("Shown only once")
        token = str(person.app.screen._secret)
        assert len(token) > 20
        await person.press("escape", "enter")
        await person.until(lambda: not hasattr(person.app.screen, "_secret"))
        await person.pilot.pause()
        assert not holders("".join(token))
        person.app.go("users")
        await person.sees("@")
        await person.act("users.create")
        await person.until(lambda: person.app.screen.query("#entry-email"))
        form = person.app.screen
        values = {"email": f"marked{len(token)}@test.example", "password": MARK}
        for entry in form._entries:
            form.query_one(f"#entry-{entry.id}").value = values.get(entry.id, "")
        await person.pilot.pause()
        assert MARK not in person.screen
        form.do_confirm()
        await person.until(lambda: not person.app.screen.query("#entry-email"))
        await person.sees(values["email"])
        values.clear()
        del form
        await person.pilot.pause()
        assert not holders("".join(["Sesame", "-0pen-", "9173"]))


def test_commands_store_secrets_in_the_session_file_only(
    sandbox: Sandbox, new_user: Any, admin_http: Any, tmp_path: Path
) -> None:
    who = new_user()
    fields = {"password": MARK, "passwordConfirm": MARK}
    admin_http.patch(f"/api/collections/users/records/{who.id}", json=fields).raise_for_status()
    command = Command(environment(tmp_path, QPI_PASSWORD=MARK))
    login = ("login", "--url", sandbox.url, "--identity", who.identity, "--role", "user", "--profile", "lab")
    lines = (
        login, ("info", "--json"), ("config", "show", "--json"), ("jobs", "list", "--json"),
        ("requests", "create", "1h", "--json"), ("tokens", "create", "ci", "--json"), ("tokens", "list", "--json"),
        ("requests", "approve", "x"), ("jobs", "show", "nothing"),
        ("_complete", "tokens", "revoke", ""),
        ("jobs", "list", "--url", "http://127.0.0.1:1"), ("whoami", "--profile", "nobody"),
        ("logout", "--profile", "lab"),
    )  # fmt: skip
    token = ""
    for line in lines:
        done = command(*line)
        said = done.out + done.err
        assert MARK not in said, line
        assert "eyJ" not in said, line
        if line[:2] == ("tokens", "create"):
            token = done.json["token"]
            # The last command stores the session in one file; a token that was shown is stored nowhere.
            kept = [path.name for path in tmp_path.rglob("*") if path.is_file() and b"eyJ" in path.read_bytes()]
            assert kept == ["sessions.json"]
        elif token:
            assert token not in said
    assert not found_in(tmp_path, MARK, "eyJ", token)
    assert list(tmp_path.rglob("journal.jsonl"))


def test_child_processes_get_no_secret_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    for name in ("QPI_PASSWORD", "QPI_API_TOKEN", "QPI_NEW_PASSWORD", "QPI_SANDBOX_USER_PASSWORD"):
        monkeypatch.setenv(name, MARK)
    before = set(processes_below(os.getpid()))
    with Sandbox(tmp_path / "lab") as mine:
        started = set(processes_below(os.getpid())) - before
        assert len(started) >= 3
        for pid in started:
            assert MARK.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
            line = Path(f"/proc/{pid}/cmdline").read_text()
            assert MARK not in line
            assert mine.admin.password not in line
        for path in (tmp_path / "lab", tmp_path / "lab" / "sign-ins.json"):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    with Sandbox(worker=False) as other:
        # Random unless given, and different each time.
        assert other.admin.password != mine.admin.password
        assert stat.S_IMODE(other.data.stat().st_mode) == 0o700
        assert other.url.startswith("http://127.0.0.1:")
        port = f":{int(other.url.rpartition(':')[2]):04X}"
        sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        listening = {words[1].partition(":")[0] for words in sockets if words[3] == "0A" and words[1].endswith(port)}
        assert listening == {"0100007F"}
    # The program that copies to the clipboard inside tmux.
    script = tmp_path / "tmux"
    script.write_text(f"#!/bin/sh\nenv > {tmp_path}/copied\ncat >> {tmp_path}/copied\n")
    script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("TMUX", "x")
    copy_text(Console(Settings()), "value")
    copied = (tmp_path / "copied").read_text()
    assert copied.endswith("value")
    assert MARK not in copied


@pytest.mark.parametrize("secret", ["#secret"])
async def test_a_typed_password_is_masked_and_not_stored(sandbox: Sandbox, user: Any, secret: str) -> None:
    async with at_console(sandbox.url, "user") as person:
        await person.until(lambda: person.app.screen.query(secret))
        box = person.app.screen.query_one(secret)
        box.value = MARK
        await person.pilot.pause()
        assert MARK not in person.screen
        assert MARK not in person.app.export_screenshot()


def test_a_killed_console_leaves_no_secret_behind(sandbox: Sandbox, user: Any, tmp_path: Path) -> None:
    env = environment(
        tmp_path, QPI_URL=sandbox.url, QPI_ROLE="user", QPI_IDENTITY=user.identity, QPI_PASSWORD=user.password
    )
    with Terminal([sys.executable, "-m", "qpi_tui"], size=(80, 24), env=env) as terminal:
        terminal.wait_for("live", 30)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.wait_end()
    assert not found_in(tmp_path, user.password, "eyJ")
