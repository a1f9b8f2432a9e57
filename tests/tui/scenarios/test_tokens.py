"""API tokens: created, shown once, renamed, revoked."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.clock import parse_date
from tests.tui.helpers import NARROW, at_console


def tokens(client: httpx.Client) -> list[dict[str, Any]]:
    """Return the user's tokens, read by a second client."""
    found: list[dict[str, Any]] = client.get("/api/tokens").json()
    return found


def opens(sandbox: Sandbox, token: str) -> int:
    """Return how the server answers a request with a token."""
    return httpx.get(f"{sandbox.url}/api/jobs", headers={"X-API-Token": token}).status_code


@pytest.mark.parametrize("role", ["user", "admin"])
async def test_a_token_is_created_shown_once_renamed_and_revoked(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client, admin_http: httpx.Client, role: str
) -> None:
    who, http = (user, user_http) if role == "user" else (sandbox.admin, admin_http)
    async with at_console(sandbox.url, role, who, screen="tokens", size=NARROW) as person:
        await person.act("tokens.create")
        await person.type("night")
        person.app.screen.query_one("#entry-expires").value = "30d"
        await person.press("enter")
        await person.sees("The token night", "Shown only once")
        secret = str(person.app.screen.query_one("#secret").content)
        assert opens(sandbox, secret) == 200
        await person.act("handout.copy")
        assert person.app.clipboard == secret
        await person.press("escape", "enter")
        await person.sees("night", "● valid", "in 29 d")
        assert secret not in person.screen
        made = next(each for each in tokens(http) if each["name"] == "night")
        # The next key applies to the one just created.
        await person.until(lambda: person.app.screen.table.cursor_id == made["id"])
        assert parse_date(made["expires_at"]) is not None

        await person.move_to(made["id"])
        await person.act("tokens.rename")
        box = person.app.screen.query_one("#entry-name")
        box.value = "day"
        await person.press("enter")
        await person.until(lambda: {each["name"] for each in tokens(http)} >= {"day"})
        await person.sees("is now day")
        assert opens(sandbox, secret) == 200

        await person.act("tokens.revoke")
        await person.sees("Revoke day?", "cannot be undone")
        # Enter reaches the button that closes it.
        await person.press("enter")
        await person.sees_not("Revoke day?")
        assert opens(sandbox, secret) == 200
        await person.act("tokens.revoke", "dialog.confirm")
        await person.until(lambda: opens(sandbox, secret) == 401)


@pytest.mark.parametrize(
    ("expires", "said"),
    [("yesterday", "not a time"), ("2020-01-01", "in the past"), ("2099-01-01", "more than ten years away")],
)
async def test_an_invalid_expiry_is_rejected_before_it_is_sent(
    sandbox: Sandbox, user: Credentials, user_http: httpx.Client, expires: str, said: str
) -> None:
    async with at_console(sandbox.url, "user", user, screen="tokens") as person:
        await person.act("tokens.create")
        await person.type("short")
        person.app.screen.query_one("#entry-expires").value = expires
        await person.press("enter")
        await person.sees(said)
        assert tokens(user_http) == []
        assert person.app.screen.query_one("#entry-name").value == "short"


async def test_a_token_without_expiry_is_labelled_as_such(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "user", user, screen="tokens") as person:
        await person.act("tokens.create")
        await person.type("forever")
        person.app.screen.query_one("#entry-expires").value = "never"
        await person.sees("It never expires")
        await person.press("enter")
        await person.sees("Until it is revoked")
        await person.press("escape", "enter")
        await person.sees("1 without expiry")
