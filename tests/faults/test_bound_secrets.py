"""A secret is bound to one server: another server, however it is reached, gets none until one is typed for it."""

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
    """Create two profiles with the same name and role, so that only the server distinguishes them."""
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
    """Return environments for the first server: the minimum that signs in, everything, an API token."""
    password = sandbox.admin.password
    return [
        {"QPI_PASSWORD": password},
        {"QPI_URL": sandbox.url, "QPI_ROLE": "admin", "QPI_IDENTITY": IDENTITY, "QPI_PASSWORD": password},
        {"QPI_URL": sandbox.url, "QPI_ROLE": "token", "QPI_API_TOKEN": "qpi_" + "0" * 40},
    ]


async def palette(person: Person, words: str) -> None:
    await person.act("app.palette")
    # The word alone also occurs in actions.
    await person.type(f"server {words}")
    await person.sees(f"Go to the server {words}")
    await person.press("enter")


def signed_in(person: Person, url: str) -> bool:
    connection = person.app.connection
    return connection is not None and connection.client.base_url == url


@pytest.mark.parametrize("number", [0, 1])
async def test_switching_servers_in_the_palette_sends_no_credentials_and_esc_returns(
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
        # Back to the server that the environment is for: nothing is typed.
        await palette(person, "lab")
        await person.until(lambda: signed_in(person, sandbox.url))


@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("way", ["--profile", "QPI_PROFILE"])
async def test_a_console_started_on_another_profile_asks_for_credentials(
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
        unused = [name for name in ("QPI_PASSWORD", "QPI_API_TOKEN") if name in environments(sandbox)[number]]
        await person.sees(f"{' and '.join(unused)} in the environment", "not sent")
        await person.until(lambda: any(b"auth-methods" in request for request in other.came))
        await person.press("enter")
        await person.sees("Type the password")
        assert other.credentials() == []


async def test_another_address_after_signing_out_gets_no_credentials(
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
        # A wrong password for the first server, then the address of the second.
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


async def test_a_rejected_credential_from_the_environment_is_not_sent_to_another_address(
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
        # It is still available for its own address.
        url.value = sandbox.url
        await person.pilot.pause()
        assert app.screen.typed().complete


async def test_after_an_expired_session_another_address_gets_no_credentials(
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
def test_commands_send_no_credentials_to_another_server(
    profiles: Path, sandbox: Sandbox, other: Listener, number: int
) -> None:
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
        # The environment names another server than the one signed in to.
        assert command("login", "--profile", "other").code == 2
        assert other.credentials() == []
    else:
        command.ok("login", "--profile", "other")
        assert other.credentials()


@pytest.mark.parametrize("kind", list(Kind))
async def test_credentials_reject_another_account(kind: Kind, other: Listener) -> None:
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
    # An inconsistent sign-in is incomplete, and connecting sends nothing.
    role = Role.TOKEN if kind is Kind.API_TOKEN else Role.ADMIN
    mixed = SignIn(other.url, role, "a@b.example", credentials=(credential,))
    assert not mixed.complete
    with pytest.raises(Exception):  # noqa: B017, PT011  # whichever: nothing was sent
        await connect(mixed)
    assert other.credentials() == []


def test_two_spellings_of_an_address_are_the_same_server() -> None:
    assert server_of("https://Lab.example:443/x") == server_of("lab.example") == "https://lab.example"
    assert server_of("http://[::1]:80") == "http://[::1]"
    assert server_of("http://lab:8090") != server_of("https://lab:8090")
    assert os.environ.get("QPI_PASSWORD") is None


def test_a_typed_password_belongs_to_its_server_and_is_not_shown(sandbox: Sandbox) -> None:
    who = Credentials(IDENTITY, "x-password", "")
    sign_in = SignIn(sandbox.url, Role.ADMIN, who.identity, who.password)
    assert sign_in.complete
    assert "x-password" not in repr(sign_in)
