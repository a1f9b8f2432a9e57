"""http:// to an HTTPS port, https:// to an HTTP port, and a private certificate of a server from the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.app import Console
from qpi_tui.session.certificates import spelled
from qpi_tui.session.sources import settings_of
from tests.cli.command import Command, as_
from tests.cli.tls import Authority, Front
from tests.tui.helpers import NARROW, Person, at_console


@pytest.fixture
def front(sandbox: Sandbox, tmp_path: Path) -> Iterator[Front]:
    made = Front(sandbox.url, Authority(tmp_path))
    yield made
    made.close()


async def test_http_to_an_https_port_is_reported_before_anything_is_typed(front: Front) -> None:
    wrong = front.url.replace("https://", "http://")
    async with at_console(wrong, "user", size=NARROW) as person:
        await person.sees("is an HTTPS port", f"Use {front.url}")


def test_commands_report_the_wrong_scheme_too(front: Front, sandbox: Sandbox, user: Credentials) -> None:
    answer = as_(front.url.replace("https://", "http://"), user, "user")("jobs", "list")
    assert answer.code == 3
    assert f"Use {front.url}" in answer.err
    answer = as_(sandbox.url.replace("http://", "https://"), user, "user")("jobs", "list")
    assert answer.code == 3
    assert "does not speak HTTPS" in answer.err


async def test_a_private_certificate_is_shown_at_startup(
    front: Front, user: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = as_(front.url, user, "user").environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = Console(settings_of())
    async with app.run_test(size=NARROW) as pilot:
        person = Person(pilot, app)
        # No key is pressed.
        await person.sees("private certificate", front.authority.fingerprint[:2].upper())
        assert front.authority.fingerprint[:8].upper() in person.screen.replace(":", "")
        assert not any(b"auth-with" in head for head in front.got)
        # Enter trusts it, and the password from the environment is still used.
        await person.press("enter")
        await person.until(lambda: app.connection is not None)
        assert app.connection.identity == user.identity


def test_a_command_shows_the_private_certificate_too(front: Front, user: Credentials) -> None:
    answer = as_(front.url, user, "user")("jobs", "list")
    assert answer.code == 3
    assert spelled(front.authority.fingerprint) in answer.err
    assert "login --fingerprint" in answer.err
    assert not any(b"auth-" in head for head in front.got)
    assert Command({})("jobs", "list").code == 2
