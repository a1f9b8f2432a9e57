"""A session that ends during a change: sign-in opens over it, the draft is kept, and the change is offered again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.session.connection import unencrypted
from qpi_tui.widgets.lines import StatusLine
from tests.conftest import record
from tests.tui.helpers import at_console


async def test_a_change_interrupted_by_sign_in_is_offered_again_and_never_repeated_silently(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client
) -> None:
    who = new_user(seconds=1000)
    async with at_console(sandbox.url, "user", who, screen="requests") as person:
        await person.act("requests.create")
        await person.type("10m")
        await person.press("enter")
        await person.type("because")
        # A new password ends every session of the account.
        fields = {"password": "another-password-1", "passwordConfirm": "another-password-1"}
        admin_http.patch(f"/api/collections/users/records/{who.id}", json=fields).raise_for_status()
        await person.press("enter")
        await person.until(lambda: isinstance(person.app.screen, SignInScreen))
        await person.type("another-password-1")
        await person.press("enter")
        await person.until(lambda: not isinstance(person.app.screen, SignInScreen))
        await person.sees("Request QPU time", "10m", "because")
        mine = {"filter": f"user='{who.id}'"}
        requests = "/api/collections/qpu_time_requests/records"
        assert admin_http.get(requests, params=mine).json()["totalItems"] == 0
        await person.press("enter")
        await person.sees("requested 10 min")
        assert admin_http.get(requests, params=mine).json()["totalItems"] == 1
        assert record(admin_http, "users", who.id)["qpu_seconds"] == 1000


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://lab.example.org", "lab.example.org"),
        ("http://10.0.0.7:8090/", "10.0.0.7"),
        ("http://127.0.0.1.evil.example", ""),
        ("http://[fe80::1]:80", "fe80::1"),
        ("https://lab.example.org", ""),
        ("lab.example.org", ""),
        ("http://127.0.0.1:8090", ""),
        ("http://localhost", ""),
        ("http://[::1]:8090", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_unencrypted_addresses_are_recognized(url: str, host: str) -> None:
    assert unencrypted(url) == (host or ("127.0.0.1.evil.example" if "evil" in url else ""))


async def test_the_encryption_warning_appears_before_the_password_and_stays(sandbox: Sandbox) -> None:
    async with at_console("http://lab.invalid", size=(80, 24)) as person:
        await person.sees("http:// is not encrypted")
        line = person.app.screen_stack[0].query_one(StatusLine)
        await person.until(lambda: "NOT ENCRYPTED" in line.render().plain)


async def test_text_typed_into_a_form_does_not_end_up_as_a_password(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client
) -> None:
    who = new_user(seconds=1000)
    asked = {"user": who.id, "seconds": 60, "status": "pending", "requested_reason": "before"}
    admin_http.post("/api/collections/qpu_time_requests/records", json=asked).raise_for_status()
    async with at_console(sandbox.url, "user", who, screen="requests") as person:
        await person.sees("before")
        await person.act("requests.create")
        await person.type("10")
        fields = {"password": "another-password-1", "passwordConfirm": "another-password-1"}
        admin_http.patch(f"/api/collections/users/records/{who.id}", json=fields).raise_for_status()
        # The list behind the form notices that the session has expired.
        behind = person.app.screen_stack[0]
        behind.feed.poke()
        await person.until(lambda: behind.feed.health.mood == "offline")
        await person.sees("session expired: sign in again", "Request QPU time", "1 pending")
        await person.type("m")
        await person.sees("10m", "10 min")
        await person.press("escape")
        await person.until(lambda: isinstance(person.app.screen, SignInScreen))
        assert not person.app.screen.query_one("#secret").value
        await person.type("another-password-1")
        await person.press("enter")
        await person.until(lambda: not isinstance(person.app.screen, SignInScreen))
        await person.sees_not("session expired")
