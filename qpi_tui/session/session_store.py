"""Keeping a session fresh where it is kept: the client renews it, and the next start needs the new one."""

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

# Seconds between two looks at whether the client renewed the session.
EVERY = 60.0
# A session that lasts so many seconds longer than the kept one is kept in its place.
LONGER = 3600.0


def keep_in_place(sign_in: SignIn, token: str) -> None:
    """Keep a session in place of the one that is kept for the account; nothing where none is. In a thread."""
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    try:
        store = CredentialStore()
        if store.get(account):
            store.put(account, token)
    except CredentialStoreError:
        # The console can go on; the next start asks for a sign-in.
        _log.debug("the new session is not kept", exc_info=True)


async def keep_renewed(sign_in: SignIn, kept: str, client: AsyncQPIClient, lasts: Callable[[], bool]) -> None:
    """While the connection lasts, keep what the client has renewed."""
    while lasts():
        token = client.session_token() if client.session is not None else kept
        if session_end(token) - session_end(kept) >= LONGER:
            await asyncio.to_thread(keep_in_place, sign_in, token)
            kept = token
        await asyncio.sleep(EVERY)
