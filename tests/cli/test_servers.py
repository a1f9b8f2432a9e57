"""Switching between servers in the console, stored sessions, the colour of a profile, and internal errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.app import Console
from qpi_tui.files import crash_report
from qpi_tui.session.sources import settings_of
from tests.cli.command import Command
from tests.cli.terminal import at_terminal
from tests.conftest import NewUser
from tests.tui.helpers import Person, at_console


@pytest.fixture
def two(sandbox: Sandbox, new_user: NewUser, folders: Path) -> list[Credentials]:
    """Create two signed-in profiles and return their accounts."""
    people = [new_user(), new_user()]
    for name, who in zip(("lab", "other"), people, strict=True):
        words = ("login", "--profile", name, "--url", sandbox.url, "--identity", who.identity)
        Command({}).ok(*words, QPI_PASSWORD=who.password)
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    address = f'url = "{sandbox.url}"'
    config.write_text(f'[profiles.lab]\n{address}\ncolour = "red"\n[profiles.other]\n{address}\nread_only = true\n')
    return people


async def test_a_stored_session_is_used_and_the_palette_switches_servers(two: list[Credentials]) -> None:
    app = Console(settings_of("lab"))
    async with app.run_test(size=(120, 40)) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: app.connection is not None and app.connection.identity == two[0].identity)
        await person.sees("lab", two[0].identity)
        assert any("red" in part[1] for part in app.status(app.screen.feed.health).where)
        await person.act("app.palette")
        await person.type("other")
        await person.sees("Go to the server other")
        await person.press("enter")
        await person.until(lambda: app.connection is not None and app.connection.identity == two[1].identity)
        await person.sees("other", "READ-ONLY")
        assert not any("red" in part[1] for part in app.status(app.screen.feed.health).where)


async def test_without_a_stored_session_the_console_asks_to_sign_in(two: list[Credentials]) -> None:
    Command({}).ok("logout", "--profile", "lab")
    app = Console(settings_of("lab"))
    async with app.run_test(size=(120, 40)) as pilot:
        person = Person(pilot, app)
        await person.sees("sign in", two[0].identity)


async def test_signing_out_deletes_the_stored_session(two: list[Credentials], folders: Path) -> None:
    app = Console(settings_of("lab"))
    async with app.run_test(size=(120, 40)) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: app.connection is not None)
        await person.ready()
        await person.act("app.sign_out")
        await person.sees("Sign out of")
        await person.act("dialog.confirm")
        await person.sees("Signed out")
        await person.until(lambda: two[0].identity not in next(folders.rglob("sessions.json")).read_text())


async def test_a_remapped_key_and_a_custom_theme_take_effect(sandbox: Sandbox, folders: Path) -> None:
    themes = folders / "config" / "qpi-tui" / "themes"
    themes.mkdir(parents=True)
    (themes / "lab.toml").write_text('primary = "#205080"\nbackground = "#102030"\n')
    async with at_console(
        sandbox.url, "admin", sandbox.admin, screen="users", theme="lab", keys={"users.create": "f9"}
    ) as person:
        assert person.app.theme == "lab"
        await person.press("n")
        assert "New user" not in person.screen
        await person.press("f9")
        await person.sees("New user")


async def test_a_console_crash_leaves_a_report_without_secrets(sandbox: Sandbox, folders: Path) -> None:
    app = Console(replace(settings_of(url=sandbox.url)))
    secret = "hunter2-is-my-password"  # noqa: F841  # a local variable that no report may show

    def fail() -> None:
        token = "eyJhbGciOi.eyJpZCI6.c2lnbmF0dXJl"
        raise RuntimeError(f"password={token}")

    with pytest.raises(RuntimeError):  # noqa: PT012  # the pilot raises the fault once more when it ends
        async with app.run_test() as pilot:
            app.call_later(fail)
            await pilot.pause(0.1)
    assert isinstance(app.fault, RuntimeError)
    assert app.fault_report is not None
    text = app.fault_report.read_text()
    assert "RuntimeError" in text
    assert "test_servers.py" in text
    assert "hunter2" not in text
    assert "eyJhbGciOi" not in text
    assert app.fault_report.stat().st_mode & 0o077 == 0
    assert str(app.fault_report) in crash_report.sentence(app.fault_report, app.fault)


_FAULTY = """
import sys
from qpi_tui import app
from qpi_tui.cli import run

def broken(self, *_):
    secret = "hunter2-is-my-password"
    raise RuntimeError("the light went out")

app.Console.do_help = broken
sys.exit(run(sys.argv[1:]))
"""


def test_the_program_never_ends_in_a_traceback(sandbox: Sandbox, folders: Path) -> None:
    who = {"QPI_URL": sandbox.url, "QPI_ROLE": "admin", "QPI_IDENTITY": sandbox.admin.identity}
    with at_terminal(
        "--screen", "users", program=("-c", _FAULTY), QPI_PASSWORD=sandbox.admin.password, **who
    ) as terminal:
        terminal.reads("live")
        terminal.types("?")
        assert terminal.ends() == 70
    report = next(folders.rglob("crash-*.txt"))
    assert str(report) in terminal.text.replace("\n", "")
    assert "Traceback" not in terminal.text
    assert "hunter2" not in terminal.text + report.read_text()
    assert "the light went out" in report.read_text()


def test_a_command_crash_prints_a_short_message(monkeypatch: pytest.MonkeyPatch, admin: Command, folders: Path) -> None:
    import qpi_tui.cli.qpus

    def broken(signed: object) -> None:
        raise ZeroDivisionError("secret=abc123")

    monkeypatch.setattr(qpi_tui.cli.qpus, "read_registry", broken)
    answer = admin("qpus", "list")
    assert answer.code == 70
    assert "Traceback" not in answer.err
    report = next(folders.rglob("crash-*.txt"))
    assert str(report) in answer.err
    assert "ZeroDivisionError" in report.read_text()
    assert "abc123" not in report.read_text()
    assert admin.environment["QPI_PASSWORD"] not in report.read_text()


def test_only_the_latest_reports_are_kept(tmp_path: Path) -> None:
    for number in range(30):
        assert crash_report.report(ValueError(str(number)), tmp_path) is not None
    assert len(list(tmp_path.iterdir())) == 20


def test_secrets_are_redacted_from_reports() -> None:
    text = crash_report.without_secrets(
        "https://anna:pw@lab.example token: abc password='x y' eyJh.eyJp.sig qpi_0123456789abcdef0123456789abcdef0123"
    )
    for secret in ("anna:pw", "abc ", "eyJh", "0123456789abcdef"):
        assert secret not in text
    assert "lab.example" in text
