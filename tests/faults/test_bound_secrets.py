"""A secret belongs to one server: a second one, reached in every way there is, gets none before it was typed for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.session.connection import connect
from qpi_tui.session.sources import settings_of
from qpi_tui.settings.accounts import Account, Credential, Kind, SignIn, WrongAccount, server_of
from tests.cli.command import Command
from tests.cli.conftest import folders
from tests.faults.listener import Listener
from tests.tui.helpers import WIDE, Person

__all__ = ["folders"]
IDENTITY = "admin@example.com"


@pytest.fixture
def other(sandbox: Sandbox) -> Iterator[Listener]:
    listener = Listener(sandbox.url)
    yield listener
    listener.close()


@pytest.fixture
def profiles(sandbox: Sandbox, other: Listener, folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two profiles for the same name and role, so that nothing but the server tells them apart."""
    config = folders / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    account = f'identity = "{IDENTITY}"\nrole = "admin"\n'
    config.write_text(
        f'profile = "lab"\n[profiles.lab]\nurl = "{sandbox.url}"\n{account}'
        f'[profiles.other]\nurl = "{other.url}"\n{account}'
    )
    assert sandbox.admin.identity == IDENTITY
    return config


def environments(sandbox: Sandbox) -> list[dict[str, str]]:
    """What may be set for the first server: the least that signs in there, everything, an API token."""
    password = sandbox.admin.password
    return [
        {"QPI_PASSWORD": password},
        {"QPI_URL": sandbox.url, "QPI_ROLE": "admin", "QPI_IDENTITY": IDENTITY, "QPI_PASSWORD": password},
        {"QPI_URL": sandbox.url, "QPI_ROLE": "token", "QPI_API_TOKEN": "qpi_" + "0" * 40},
    ]


async def palette(person: Person, words: str) -> None:
    await person.act("app.palette")
    # The word alone is in actions too.
    await person.type(f"server {words}")
    await person.sees(f"Go to the server {words}")
    await person.press("enter")


def signed_in(person: Person, url: str) -> bool:
    connection = person.app.connection
    return connection is not None and connection.client.base_url == url


@pytest.mark.parametrize("number", [0, 1])
async def test_the_palette_takes_no_credential_along_and_escape_comes_back(
    profiles: Path, sandbox: Sandbox, other: Listener, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    for name, value in environments(sandbox)[number].items():
        monkeypatch.setenv(name, value)
    app = Console(settings_of())
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: signed_in(person, sandbox.url))
        await person.ready()
        before = app.connection
        await palette(person, "other")
        await person.sees("sign in to other")
        await person.until(lambda: any(b"auth-methods" in request for request in other.came))
        # Enter without a password sends none.
        await person.press("enter")
        await person.sees("Type the password")
        await person.press("escape")
        await person.sees("Still on lab.")
        assert app.connection is before
        assert not before.client.closed
        await person.sees("lab")
        await person.sees("live")
        assert other.credentials() == []
        await palette(person, "other")
        await person.sees("sign in to other")
        await person.type(sandbox.admin.password)
        await person.press("enter")
        await person.until(lambda: signed_in(person, other.url))
        assert other.credentials()
        assert app.settings.name == "other"
        # Back to where the environment is about: nothing is typed.
        await palette(person, "lab")
        await person.until(lambda: signed_in(person, sandbox.url))


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("way", ["--profile", "QPI_PROFILE"])
async def test_a_console_started_on_the_other_profile_asks(
    profiles: Path, sandbox: Sandbox, other: Listener, monkeypatch: pytest.MonkeyPatch, number: int, way: str
) -> None:
    if way == "QPI_PROFILE" and number == 0:
        pytest.skip("the environment names the server and the password: they belong together")
    for name, value in environments(sandbox)[number].items():
        monkeypatch.setenv(name, value)
    if way == "QPI_PROFILE":
        monkeypatch.setenv("QPI_PROFILE", "other")
    app = Console(settings_of("other" if way == "--profile" else ""))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.sees("sign in", other.url)
        await person.until(lambda: any(b"auth-methods" in request for request in other.came))
        await person.press("enter")
        await person.sees("Type the password")
        assert other.credentials() == []


async def test_signing_out_and_another_address_takes_nothing_along(
    profiles: Path, sandbox: Sandbox, other: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environments(sandbox)[1].items():
        monkeypatch.setenv(name, value)
    app = Console(settings_of())
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: signed_in(person, sandbox.url))
        await person.ready()
        await person.act("app.sign_out")
        await person.sees("Sign out of")
        await person.act("dialog.confirm")
        await person.sees("Signed out")
        await person.until(lambda: isinstance(app.focused, Input))
        # A wrong password for the first server, then the address of the second one.
        await person.type("not-the-password")
        await person.press("enter")
        await person.sees("Wrong e-mail or password")
        app.screen.query_one("#url", Input).value = other.url
        await person.pilot.pause()
        assert app.screen.query_one("#secret", Input).value == ""
        await person.press("enter")
        await person.sees("Type the password")
        assert other.credentials() == []
        await person.type(sandbox.admin.password)
        await person.press("enter")
        await person.until(lambda: signed_in(person, other.url))


async def test_a_refused_credential_of_the_environment_is_not_for_the_next_address(
    profiles: Path, sandbox: Sandbox, other: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environments(sandbox)[1], "QPI_PASSWORD": "an-old-password"}.items():
        monkeypatch.setenv(name, value)
    app = Console(settings_of())
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.sees("Wrong e-mail or password")
        url = app.screen.query_one("#url", Input)
        url.value = other.url
        await person.pilot.pause()
        await person.press("enter")
        await person.sees("Type the password")
        assert other.credentials() == []
        # For its own address it is still there.
        url.value = sandbox.url
        await person.pilot.pause()
        assert app.screen.typed().complete


async def test_a_session_that_is_over_asks_and_the_other_address_gets_nothing(
    profiles: Path, sandbox: Sandbox, other: Listener
) -> None:
    Command({}).ok("login", "--profile", "lab", QPI_PASSWORD=sandbox.admin.password)
    app = Console(settings_of("lab"))
    async with app.run_test(size=WIDE) as pilot:
        person = Person(pilot, app)
        await person.until(lambda: signed_in(person, sandbox.url))
        await person.ready()
        from qpi_client import SessionExpired

        app.sign_in_flow.lost(SessionExpired(401, "The session is over"))
        await person.until(lambda: isinstance(app.screen, SignInScreen) and app.screen.query("#secret"))
        app.screen.query_one("#url", Input).value = other.url
        await person.pilot.pause()
        await person.press("enter")
        await person.sees("Type the password")
        await person.press("escape")
        await person.until(lambda: not isinstance(app.screen, SignInScreen))
        await palette(person, "other")
        await person.sees("sign in to other")
        assert other.credentials() == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_commands(profiles: Path, sandbox: Sandbox, other: Listener, number: int) -> None:
    command = Command(environments(sandbox)[number])
    ways: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("--profile", "other"), {}),
        (("--url", other.url), {}),
    ]
    if number:
        ways.append(((), {"QPI_PROFILE": "other"}))
    for words, more in ways:
        for name in ("whoami", "jobs list", "users list", "_complete users show"):
            answer = command(*name.split(), *words, **more)
            if not name.startswith("_"):
                assert answer.code == 4, (name, words, answer)
                assert "not sent to" in answer.err
                assert server_of(other.url) in answer.err
    assert other.credentials() == []
    if number:
        # The environment names another server than the one that is signed in to.
        assert command("login", "--profile", "other").code == 2
        assert other.credentials() == []
    else:
        command.ok("login", "--profile", "other")
        assert other.credentials()


@pytest.mark.parametrize("kind", list(Kind))
async def test_the_type_itself_refuses_another_account(kind: Kind, other: Listener) -> None:
    mine = Account("http://127.0.0.1:1", Role.ADMIN, "a@b.example")
    credential = Credential(mine, kind, "the-secret-text")
    assert credential.reveal_to(mine) == "the-secret-text"
    for theirs in (
        Account(server_of(other.url), Role.ADMIN, "a@b.example"),
        Account("https://127.0.0.1:1", Role.ADMIN, "a@b.example"),
        Account("http://127.0.0.1:1", Role.USER, "a@b.example"),
        Account("http://127.0.0.1:1", Role.ADMIN, "c@d.example"),
    ):
        with pytest.raises(WrongAccount) as error:
            credential.reveal_to(theirs)
        assert "the-secret-text" not in str(error.value) + repr(credential)
    # A sign-in that was put together wrongly: nothing is complete, and connecting sends nothing.
    role = Role.TOKEN if kind is Kind.API_TOKEN else Role.ADMIN
    mixed = SignIn(other.url, role, "a@b.example", credentials=(credential,))
    assert not mixed.complete
    with pytest.raises(Exception):  # noqa: B017, PT011  # whichever: nothing was sent
        await connect(mixed)
    assert other.credentials() == []


def test_the_same_server_in_two_spellings() -> None:
    assert server_of("https://Lab.example:443/x") == server_of("lab.example") == "https://lab.example"
    assert server_of("http://[::1]:80") == "http://[::1]"
    assert server_of("http://lab:8090") != server_of("https://lab:8090")
    assert os.environ.get("QPI_PASSWORD") is None


def test_who_is_typed_for(sandbox: Sandbox) -> None:
    who = Credentials(IDENTITY, "x-password", "")
    sign_in = SignIn(sandbox.url, Role.ADMIN, who.identity, who.password)
    assert sign_in.complete
    assert "x-password" not in repr(sign_in)
