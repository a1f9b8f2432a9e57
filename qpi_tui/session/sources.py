"""Where a command, or the console, learns about its server: configuration, environment, what `login` kept."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from qpi_tui.domain.roles import Role
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.settings.accounts import SignIn, normal_url
from qpi_tui.settings.config import ConfigFile, Settings, merge, read_config, without_account


def whole_config() -> ConfigFile:
    """The configuration, with the profiles that `login` made; mistakes are `ConfigError`s."""
    from qpi_tui.files.paths import config_file

    learned = RememberedServers()
    return replace(read_config(config_file()), learned=learned.profiles, current=learned.current)


def settings_of(profile: str = "", url: str = "", *, read_only: bool = False, **given: Any) -> Settings:
    """Everything together for one server; mistakes are `ConfigError`s."""
    return with_pin(merge(whole_config(), profile=profile, url=url, read_only=read_only or None, **given))


def settings_of_other(profile: str) -> Settings:
    """Everything for a profile that is chosen after the start: the environment's account is not for it."""
    return with_pin(merge(whole_config(), without_account(os.environ), profile=profile))


def with_pin(settings: Settings) -> Settings:
    """The same, with the certificate that was trusted for the server, where the configuration names none."""
    url = settings.sign_in.url
    if not url or {"ca_file", "fingerprint"} & settings.transport.keys():
        return settings
    fingerprint = RememberedServers().fingerprint(normal_url(url))
    return replace(settings, transport={**settings.transport, "fingerprint": fingerprint}) if fingerprint else settings


def may_be_kept(sign_in: SignIn) -> bool:
    """Whether there may be a session for it: a server and an account are named, and nothing to sign in with."""
    return bool(sign_in.url and not sign_in.complete and (sign_in.identity or sign_in.role is Role.TOKEN))


def with_kept(sign_in: SignIn) -> SignIn:
    """The same sign-in with what `login` kept for it, where nothing better was given.

    May ask the system's keyring, which takes its time. Raises `CredentialStoreError`.
    """
    from qpi_tui.session.credentials import CredentialStore, account_of, password_of

    if not may_be_kept(sign_in):
        return sign_in
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    vault = CredentialStore()
    where = (sign_in.url, sign_in.role, sign_in.identity)
    if sign_in.role is Role.TOKEN:
        return SignIn(*where, api_token=vault.get(account))
    # A session is tried first; the password, where it is kept, is for when that is over.
    return SignIn(*where, session=vault.get(account), password=vault.get(password_of(account)))
