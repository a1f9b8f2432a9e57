"""Keeps the stored session fresh: the client renews it, and the next start needs the new one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from qpi_tui.session.credentials import CredentialStore, CredentialStoreError, account_of, session_end
from qpi_tui.settings.accounts import SignIn, normal_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpi_client import AsyncQPIClient

_log = logging.getLogger(__name__)

# Seconds between checks whether the client renewed the session.
EVERY = 60.0
# A session that lasts this many seconds longer replaces the stored one.
LONGER = 3600.0


def keep_in_place(sign_in: SignIn, token: str) -> None:
    """Replace the account's stored session; do nothing if none is stored. Runs in a thread."""
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    try:
        CredentialStore().replace(account, token)
    except CredentialStoreError:
        # The console can continue; the next start asks to sign in.
        _log.debug("the new session is not kept", exc_info=True)


async def keep_renewed(sign_in: SignIn, kept: str, client: AsyncQPIClient, lasts: Callable[[], bool]) -> None:
    """Store renewed sessions while the connection lasts."""
    while lasts():
        token = client.session_token() if client.session is not None else kept
        if session_end(token) - session_end(kept) >= LONGER:
            await asyncio.to_thread(keep_in_place, sign_in, token)
            kept = token
        await asyncio.sleep(EVERY)
