"""The servers that a console can switch to: profiles, stored sessions, trusted certificates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.sanitize import clean
from qpi_tui.session.connection import Connection, connect
from qpi_tui.session.credentials import CredentialStore, CredentialStoreError, account_of, password_of
from qpi_tui.session.preload import early_requests
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.session.sources import settings_of_other, unused_credentials, whole_config, with_kept, with_pin
from qpi_tui.settings.accounts import SignIn, normal_url, server_of
from qpi_tui.settings.config import ConfigError, Settings

if TYPE_CHECKING:
    from qpi_tui.ports import SignInShell

_log = logging.getLogger(__name__)


def other_profiles(here: str) -> list[str]:
    """Return the profiles other than the current one; none if the configuration is invalid."""
    try:
        return [name for name in whole_config().names if name != here]
    except ConfigError:
        return []


async def resume(console: SignInShell, sign_in: SignIn) -> None:
    """Sign in with the stored session, or ask."""
    try:
        kept = await asyncio.to_thread(with_kept, sign_in)
    except CredentialStoreError as error:
        console.sign_in_flow.ask(clean(error, 400))
        return
    if kept.complete:
        await console.sign_in_flow.sign_in_early(kept, early_requests(replace(console.settings, sign_in=kept)))
    else:
        console.sign_in_flow.ask(unused_credentials(sign_in), sign_in, error=False)


async def forget(sign_in: SignIn) -> None:
    """Delete the stored session and password of an account; if that fails, `login` says why."""
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)

    def forget_both() -> None:
        vault = CredentialStore()
        vault.forget(account)
        vault.forget(password_of(account))

    with suppress(CredentialStoreError):
        await asyncio.to_thread(forget_both)


async def switch(console: SignInShell, name: str) -> None:
    """Switch to another profile's server. The current account stays signed in until the sign-in there succeeds.

    The environment's account is only for the profile that the console was started with.
    """
    started = console.started_with
    try:
        settings = started if name == started.name else settings_of_other(name)
    except ConfigError as error:
        console.say([(clean(error, 400), "$text-error")])
        return
    if not settings.sign_in.url:
        console.say([(f"The profile {clean(name)} names no server.", "$text-error")])
        return
    before = console.settings
    target = replace(
        before,
        sign_in=settings.sign_in,
        name=settings.name,
        colour=settings.colour,
        refresh=settings.refresh,
        read_only=settings.read_only,
        transport=settings.transport,
        theme=settings.theme,
    )
    try:
        sign_in = await asyncio.to_thread(with_kept, target.sign_in)
    except CredentialStoreError as error:
        console.sign_in_flow.ask(clean(error, 400), settings=target)
        return
    if not sign_in.complete:
        console.sign_in_flow.ask("", settings=target)
        return
    console.say([(f"Signing in to {clean(name, 60)}…", "$text-muted")])
    try:
        connection = await connect(sign_in, read_only=target.read_only, **target.transport)
    except Exception as error:
        _log.debug("the sign-in at another server failed", exc_info=True)
        console.sign_in_flow.refused(error, sign_in, target)
    else:
        await move(console, target, sign_in, connection)


async def move(console: SignInShell, settings: Settings, sign_in: SignIn, connection: Connection) -> None:
    """Signed in: at another server, so leave this one, or here again."""
    before = console.settings
    if server_of(settings.sign_in.url) != server_of(console.sign_in.url) or settings.name != before.name:
        if not console.park(settings):
            await console.sign_in_flow.leave()
        console.say([])
    console.settings = settings
    if settings.theme != before.theme:
        console.use_theme(settings.theme or "textual-dark")
    await console.sign_in_flow.signed_in(sign_in, connection)


def transport_for(settings: Settings, url: str) -> Mapping[str, Any]:
    """Return the client's certificate options: the settings' for their own server, otherwise the trusted ones."""
    if server_of(settings.sign_in.url) == server_of(url) and settings.transport:
        return settings.transport
    return with_pin(Settings(sign_in=SignIn(url=url))).transport


def adopted(settings: Settings, sign_in: SignIn, transport: Mapping[str, Any]) -> Settings:
    """Return the settings after a manual sign-in; another server does not get the profile's name and colour."""
    if server_of(settings.sign_in.url) != server_of(sign_in.url):
        settings = replace(settings, name="", colour="")
    return replace(settings, sign_in=sign_in.without_secrets(), transport=transport)


class CertificatePrompt:
    """A certificate that is not trusted yet: shown once, trusted after the user has read its fingerprint."""

    def __init__(self) -> None:
        self._shown: tuple[str, str] | None = None
        self._offered: tuple[str, str] | None = None

    async def ask(self, url: str, transport: Mapping[str, Any], cause: Exception) -> str:
        """Return the message that shows the fingerprint, or rejects a changed one. Raises the client's errors.

        A second sign-in to the same server trusts it. If the authority is already trusted, `cause`, the original error,
        says what else is wrong.
        """
        offered, problem = await self._found(url, transport, cause)
        if problem:
            return problem
        self._shown = (server_of(url), offered)
        return f"{_private(offered)}, then press enter to trust it."

    async def offer(self, url: str, transport: Mapping[str, Any], cause: Exception) -> str:
        """Like `ask`, before sign-in: only `trust`, which the user chooses, trusts it."""
        offered, problem = await self._found(url, transport, cause)
        if problem:
            return problem
        self._offered = (server_of(url), offered)
        return f"{_private(offered)}, then choose: trust this certificate. Nothing was sent."

    async def _found(self, url: str, transport: Mapping[str, Any], cause: Exception) -> tuple[str, str]:
        from qpi_tui.session.certificates import changed, offered_fingerprint

        offered = await asyncio.to_thread(offered_fingerprint, url)
        known = str(transport.get("fingerprint", ""))
        if known == offered:
            raise cause
        return offered, changed(normal_url(url), known, offered) if known else ""

    def offers(self, url: str) -> bool:
        """Whether this server's certificate was shown and can be trusted."""
        return self._offered is not None and self._offered[0] == server_of(url)

    def trust(self, url: str) -> None:
        """Trust what was shown for this server. Raises `OSError` if it cannot be stored."""
        offered, self._offered = self._offered, None
        if offered is not None and offered[0] == server_of(url):
            RememberedServers().trust(normal_url(url), offered[1])

    def settle(self, url: str, transport: Mapping[str, Any]) -> Mapping[str, Any]:
        """Trust what `ask` showed for this server, if it did. Raises `OSError` if it cannot be stored."""
        shown, self._shown = self._shown, None
        if shown is None or shown[0] != server_of(url) or transport:
            return transport
        RememberedServers().trust(normal_url(url), shown[1])
        return {**transport, "fingerprint": shown[1]}


def _private(fingerprint: str) -> str:
    from qpi_tui.session.certificates import spelled

    return (
        f"This server has a private certificate, fingerprint {spelled(fingerprint)}. "
        "Compare it with its administrator's"
    )
