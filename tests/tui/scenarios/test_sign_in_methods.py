"""Which sign-in methods are offered, and the message for each failure."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from textual.widgets import Input

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import SignIn
from tests.cli.conftest import folders
from tests.cli.tls import Authority, Front
from tests.conftest import sign_in
from tests.ports import port_to_keep
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.page_server import serve_page
from tests.tui.scenarios.test_sign_in import person_said

__all__ = ["folders"]


@pytest.fixture
def no_passwords(admin_http: httpx.Client) -> Iterator[None]:
    """Disable password sign-in for users during the test."""
    for enabled in (False, True):
        switched = {"passwordAuth": {"enabled": enabled, "identityFields": ["email"]}}
        admin_http.patch("/api/collections/users", json=switched).raise_for_status()
        if not enabled:
            yield


async def test_disabled_sign_in_methods_are_not_offered(
    sandbox: Sandbox, admin_http: httpx.Client, no_passwords: None
) -> None:
    methods = admin_http.get("/api/collections/users/auth-methods").json()
    assert methods["password"]["enabled"] is False
    async with at_console("", "user", size=NARROW) as person:
        await person.sees("● user", "○ administrator", "○ API token")
        await person.type(sandbox.url)
        await person.press("tab")
        await person.sees("● administrator", "does not let users sign in with a password")
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


async def test_the_error_of_a_rejected_token_names_a_token(sandbox: Sandbox) -> None:
    async with at_console(sandbox.url, "token", size=NARROW) as person:
        await person.until(lambda: isinstance(person.app.focused, Input))
        await person.type("no-such-token")
        await person.press("enter")
        await person.sees("Unknown API token")


async def test_a_server_without_method_information_offers_everything() -> None:
    async with at_console("", "user", size=NARROW) as person:
        await person.type(f"http://127.0.0.1:{port_to_keep()}")
        await person.press("tab", "right", "left")
        await person.sees("● user", "○ administrator", "○ API token")


async def said_at(person: Person) -> str:
    """Type a name and a password, press Enter, and return the message."""
    await person.until(lambda: isinstance(person.app.focused, Input))
    await person.type("a@b.example")
    await person.press("tab")
    await person.type("some-password")
    await person.press("enter")
    await person.until(lambda: "Signing in" not in person.screen and person_said(person))
    assert person.app.screen.query_one("#identity", Input).value == "a@b.example"
    assert person.app.screen.query_one("#secret", Input).value == "some-password"
    return person_said(person)


async def test_each_failure_has_its_own_message_and_keeps_the_draft(sandbox: Sandbox, tmp_path: Path) -> None:
    front = Front(sandbox.url, Authority(tmp_path))
    other = Authority(tmp_path)
    said = {}
    with serve_page() as page:
        for case, url, transport in (
            ("wrong", sandbox.url, {}),
            ("away", f"http://127.0.0.1:{port_to_keep()}", {}),
            ("certificate", front.url, {"fingerprint": other.fingerprint}),
            ("no QPI", page, {}),
        ):
            async with at_console(url, "user", size=NARROW, transport=transport) as person:
                said[case] = await said_at(person)
    front.close()
    assert len(set(said.values())) == 4
    assert "Wrong e-mail or password" in said["wrong"]
    assert "certificate" in said["certificate"]
    assert "QPI" in said["no QPI"]
    assert not any(b"auth-with" in head for head in front.got)


async def test_a_disabled_password_method_is_not_reported_as_a_wrong_password(
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
            await person.sees("does not let users sign in with a password", "● administrator")
            assert "○ user" not in person.screen
            assert person.app.screen.query_one("#identity", Input).value == user.identity
            assert person.app.screen.query_one("#secret", Input).value == user.password
        finally:
            on = {"passwordAuth": {"enabled": True, "identityFields": ["email"]}}
            admin_http.patch("/api/collections/users", json=on).raise_for_status()


def switch_off(lab: Path, *collections: str) -> None:
    """Disable password sign-in in a stopped laboratory. The API rejects that for `_superusers`."""
    with closing(sqlite3.connect(lab / "pb_data" / "data.db")) as database, database:
        for name in collections:
            (told,) = database.execute("SELECT options FROM _collections WHERE name = ?", (name,)).fetchone()
            options = json.loads(told)
            options["passwordAuth"]["enabled"] = False
            database.execute("UPDATE _collections SET options = ? WHERE name = ?", (json.dumps(options), name))


def takes_passwords(lab: Sandbox) -> bool:
    """Whether the server accepts passwords of administrators."""
    methods = httpx.get(f"{lab.url}/api/collections/_superusers/auth-methods").json()
    return bool(methods["password"]["enabled"])


def ask_for_codes(lab: Sandbox, collection: str) -> None:
    """Make the server require a one-time code after the password."""
    asks = {
        "otp": {"enabled": True, "duration": 180, "length": 8},
        "mfa": {"enabled": True, "duration": 180, "rule": ""},
    }
    head = {"Authorization": sign_in(lab.url, lab.admin, "_superusers")}
    httpx.patch(f"{lab.url}/api/collections/{collection}", json=asks, headers=head).raise_for_status()


@pytest.mark.parametrize("also_users", [False, True])
async def test_disabled_administrator_passwords_are_explained(tmp_path: Path, also_users: bool) -> None:
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False):
        pass
    switch_off(tmp_path / "lab", "_superusers", *(["users"] if also_users else []))
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False) as lab:
        assert not takes_passwords(lab)
        # Interactively, administrator is not offered, and the alternatives are shown.
        async with at_console("", "admin", size=NARROW) as person:
            await person.sees("○ user", "● administrator", "○ API token")
            await person.type(lab.url)
            await person.press("tab")
            await person.until(lambda: "does not let administrators sign in with a password" in person_said(person))
            assert "administrator " not in person.screen.replace("administrators", "")
            if also_users:
                await person.sees("● API token")
                assert "An API token gives access to jobs, QPUs and drivers." in person_said(person)
                assert "user  " not in person.screen
                return
            await person.sees("● user")
            assert "Sign in as a user, or use an API token." in person_said(person)
            # The role has the focus: on to the name.
            await person.press("tab")
            await person.type(lab.users[0].identity)
            await person.press("tab")
            await person.type(lab.users[0].password)
            await person.press("enter")
            await person.ready()
            assert person.app.role == "user"


async def test_a_rejected_administrator_with_full_credentials_is_told_the_alternatives(tmp_path: Path) -> None:
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False):
        pass
    switch_off(tmp_path / "lab", "_superusers")
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False) as lab:
        async with at_console(lab.url, "admin", size=NARROW) as person:
            sign_in = SignIn(lab.url, Role.ADMIN, lab.admin.identity, lab.admin.password)
            person.app.run_worker(person.app.sign_in_flow.sign_in_with(sign_in), exit_on_error=False)
            await person.sees("does not let administrators", "● user", "○ API token")


@pytest.mark.parametrize("collection", ["users", "_superusers"])
async def test_a_correct_password_that_needs_a_second_factor_is_not_reported_as_wrong(
    tmp_path: Path, collection: str
) -> None:
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=5, worker=False) as lab:
        ask_for_codes(lab, collection)
        role, who = ("user", lab.users[0]) if collection == "users" else ("admin", lab.admin)
        async with at_console(lab.url, role, size=NARROW) as person:
            await person.until(lambda: isinstance(person.app.focused, Input))
            await person.type(who.identity)
            await person.press("tab")
            await person.type(who.password)
            await person.press("enter")
            # There is no mail here; `test_signing_in.py` continues.
            await person.sees("Password accepted", "one-time code", "Code by mail")
            await person.press("escape")
            await person.sees("No code given")
            assert person.app.screen.query_one("#secret", Input).value == who.password
