"""A private certificate: shown and confirmed at the first sign-in, pinned, and rejected once it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.session.certificates import spelled
from qpi_tui.session.remembered import RememberedServers
from tests.cli.command import Command
from tests.cli.terminal import at_terminal
from tests.cli.tls import Authority, Front
from tests.tui.helpers import at_console


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> list[Authority]:
    folder = tmp_path_factory.mktemp("tls")
    return [Authority(folder), Authority(folder)]


@pytest.fixture
def front(sandbox: Sandbox, authorities: list[Authority]) -> Iterator[Front]:
    made = Front(sandbox.url, authorities[0])
    yield made
    made.close()


def words(front: Front, user: Credentials) -> tuple[str, ...]:
    return ("login", "--url", front.url, "--identity", user.identity)


def test_a_certificate_is_confirmed_on_a_terminal_and_pinned(front: Front, user: Credentials, folders: Path) -> None:
    with at_terminal(*words(front, user)) as terminal:
        terminal.reads(spelled(front.authority.fingerprint))
        terminal.reads("[y/N]")
        assert not any(b"authorization" in head.lower() or b"auth-with" in head for head in front.got)
        terminal.types("y\n")
        terminal.reads(f"Password of {user.identity}")
        terminal.types(f"{user.password}\n")
        terminal.reads("Signed in")
        assert terminal.ends() == 0
        assert user.password not in terminal.text
    assert Command({}).ok("whoami", "--json").json["server"] == front.url
    assert not list(folders.rglob("config.toml"))


def test_answering_no_does_not_trust_the_certificate(front: Front, user: Credentials) -> None:
    with at_terminal(*words(front, user)) as terminal:
        terminal.reads("[y/N]")
        terminal.types("n\n")
        assert terminal.ends() == 130
    assert RememberedServers().fingerprint(front.url) == ""


def test_without_a_terminal_the_error_gives_the_fingerprint(front: Front, user: Credentials) -> None:
    bare = Command({})
    refused = bare(*words(front, user), QPI_PASSWORD=user.password)
    assert refused.code == 2
    assert spelled(front.authority.fingerprint) in refused.err
    assert bare(*words(front, user), "--yes", QPI_PASSWORD=user.password).code == 2
    assert bare(*words(front, user), "--fingerprint", "00" * 32, QPI_PASSWORD=user.password).code == 1
    bare.ok(*words(front, user), "--fingerprint", spelled(front.authority.fingerprint), QPI_PASSWORD=user.password)
    assert bare.ok("jobs", "list", "--json").json == []


def test_a_changed_certificate_is_rejected_with_an_explanation(
    front: Front, user: Credentials, authorities: list[Authority]
) -> None:
    bare = Command({})
    bare.ok(*words(front, user), "--fingerprint", front.authority.fingerprint, QPI_PASSWORD=user.password)
    old, front.authority = front.authority, authorities[1]
    front.got.clear()
    answer = bare("jobs", "list")
    assert answer.code == 3
    assert old.fingerprint in answer.err.replace(":", "").lower()
    again = bare(*words(front, user), QPI_PASSWORD=user.password)
    assert again.code == 3
    assert "has changed" in again.err
    assert not any(b"auth-" in head or b"uthorization" in head for head in front.got)
    given = ("--trust-new-certificate", "--fingerprint", front.authority.fingerprint)
    bare.ok(*words(front, user), *given, QPI_PASSWORD=user.password)
    bare.ok("whoami")


async def test_the_console_shows_the_certificate_and_enter_trusts_it(front: Front, user: Credentials) -> None:
    async with at_console(front.url, "user") as person:
        await person.sees("sign in")
        await person.type(user.identity)
        await person.press("enter")
        await person.type(user.password)
        await person.press("enter")
        await person.sees("private certificate")
        assert front.authority.fingerprint[:8].upper() in person.screen.replace(":", "")
        assert not any(b"auth-with" in head for head in front.got)
        await person.press("enter")
        await person.until(lambda: person.app.connection is not None)
    assert await asyncio.to_thread(RememberedServers().fingerprint, front.url) == front.authority.fingerprint


async def test_the_console_rejects_a_changed_certificate(
    front: Front, user: Credentials, authorities: list[Authority]
) -> None:
    RememberedServers().trust(front.url, authorities[1].fingerprint)
    async with at_console(front.url, "user") as person:
        await person.sees("sign in")
        await person.type(user.identity)
        await person.press("enter")
        await person.type(user.password)
        await person.press("enter")
        await person.sees("has changed")
        await person.press("enter")
        await person.sees("has changed")
        assert person.app.connection is None
    assert not any(b"auth-with" in head for head in front.got)
