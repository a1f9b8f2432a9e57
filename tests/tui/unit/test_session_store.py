"""A session that the client refreshes is stored for the next start, in place of the previous one."""

from __future__ import annotations

import base64
import json
from types import SimpleNamespace
from typing import Any, cast

from qpi_tui.domain.roles import Role
from qpi_tui.session.credentials import CredentialStore, account_of
from qpi_tui.session.session_store import keep_in_place, keep_renewed
from qpi_tui.settings.accounts import SignIn
from tests.cli.conftest import folders

__all__ = ["folders"]

ANNA = SignIn("https://lab.example", Role.USER, "anna@lab.example")
ACCOUNT = account_of(ANNA.url, "user", ANNA.identity)


def token(end: int) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": end}).encode()).decode().rstrip("=")
    return f"head.{claims}.tail"


async def renewed(kept: str, now: str) -> None:
    """Check once a client that has this session by now."""
    client = SimpleNamespace(session=object(), session_token=lambda: now)
    looks = iter([True])
    import qpi_tui.session.session_store as module

    before, module.EVERY = module.EVERY, 0.0
    try:
        await keep_renewed(ANNA, kept, cast("Any", client), lambda: next(looks, False))
    finally:
        module.EVERY = before


async def test_a_refreshed_session_replaces_the_stored_one() -> None:
    CredentialStore().put(ACCOUNT, token(1_000_000))
    await renewed(token(1_000_000), token(1_000_100))
    assert CredentialStore().get(ACCOUNT) == token(1_000_000)
    await renewed(token(1_000_000), token(2_000_000))
    assert CredentialStore().get(ACCOUNT) == token(2_000_000)


def test_without_a_stored_session_nothing_is_stored() -> None:
    keep_in_place(ANNA, token(1_000_000))
    assert CredentialStore().get(ACCOUNT) == ""
