"""Which ways of signing in are offered, and what is said of each that fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from textual.widgets import Input

from qpi_sandbox import Credentials, Sandbox
from tests.cli.conftest import folders
from tests.cli.tls import Authority, Front
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.page_server import serve_page
from tests.tui.scenarios.test_sign_in import free_port, person_said

__all__ = ["folders"]


@pytest.fixture
def no_passwords(admin_http: httpx.Client) -> Iterator[None]:
    """The server takes no passwords from users for as long as the test runs."""
    for enabled in (False, True):
        switched = {"passwordAuth": {"enabled": enabled, "identityFields": ["email"]}}
        admin_http.patch("/api/collections/users", json=switched).raise_for_status()
        if not enabled:
            yield


async def test_what_the_server_has_switched_off_is_not_offered(
    sandbox: Sandbox, admin_http: httpx.Client, no_passwords: None
) -> None:
    methods = admin_http.get("/api/collections/users/auth-methods").json()
    assert methods["password"]["enabled"] is False
    async with at_console("", "user", size=NARROW) as person:
        await person.sees("● user", "○ administrator", "○ API token")
        await person.type(sandbox.url)
        await person.press("tab")
        await person.sees("● administrator", "switched off passwords for users")
        assert "○ user" not in person.screen
        await person.press("right")
        await person.sees("● API token", "○ administrator")
        await person.press("right", "tab")
        await person.sees("● administrator")
        await person.type(sandbox.admin.identity)
        await person.press("tab")
        await person.type(sandbox.admin.password)
        await person.press("enter")
        await person.sees("pending", "asked")


async def test_a_server_that_says_nothing_of_it_offers_everything() -> None:
    async with at_console("", "user", size=NARROW) as person:
        await person.type(f"http://127.0.0.1:{free_port()}")
        await person.press("tab", "right", "left")
        await person.sees("● user", "○ administrator", "○ API token")


async def said_at(person: Person) -> str:
    """Type a name and a password, press enter, and read what is said."""
    await person.until(lambda: isinstance(person.app.focused, Input))
    await person.type("a@b.example")
    await person.press("tab")
    await person.type("some-password")
    await person.press("enter")
    await person.until(lambda: "Signing in" not in person.screen and person_said(person))
    assert person.app.screen.query_one("#identity", Input).value == "a@b.example"
    assert person.app.screen.query_one("#secret", Input).value == "some-password"
    return person_said(person)


async def test_each_way_of_failing_has_a_sentence_of_its_own_and_keeps_what_was_typed(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    front = Front(sandbox.url, Authority(tmp_path))
    other = Authority(tmp_path)
    said = {}
    with serve_page() as page:
        for case, url, transport in (
            ("wrong", sandbox.url, {}),
            ("away", f"http://127.0.0.1:{free_port()}", {}),
            ("certificate", front.url, {"fingerprint": other.fingerprint}),
            ("no QPI", page, {}),
        ):
            async with at_console(url, "user", size=NARROW, transport=transport) as person:
                said[case] = await said_at(person)
    front.close()
    assert len(set(said.values())) == 4
    assert "does not know this name" in said["wrong"]
    assert "certificate" in said["certificate"]
    assert "QPI" in said["no QPI"]
    assert not any(b"auth-with" in head for head in front.got)


async def test_a_password_that_a_server_takes_no_more_is_not_called_wrong(
    sandbox: Sandbox, admin_http: httpx.Client, user: Credentials
) -> None:
    async with at_console(sandbox.url, "user", size=NARROW) as person:
        await person.until(lambda: isinstance(person.app.focused, Input))
        await person.type(user.identity)
        await person.press("tab")
        await person.type(user.password)
        off = {"passwordAuth": {"enabled": False, "identityFields": ["email"]}}
        admin_http.patch("/api/collections/users", json=off).raise_for_status()
        try:
            await person.press("enter")
            await person.sees("has switched off signing in with a password")
        finally:
            on = {"passwordAuth": {"enabled": True, "identityFields": ["email"]}}
            admin_http.patch("/api/collections/users", json=on).raise_for_status()
