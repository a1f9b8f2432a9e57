"""The sources of a command's or the console's settings: configuration, environment, and what `login` stored."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from qpi_tui.domain.roles import Role
from qpi_tui.session.remembered import RememberedServers
from qpi_tui.settings.accounts import SignIn, normal_url, server_of
from qpi_tui.settings.config import ConfigFile, Settings, merge, read_config, without_account


def whole_config() -> ConfigFile:
    """Return the configuration with the profiles that `login` created; mistakes are `ConfigError`s."""
    from qpi_tui.files.paths import config_file

    learned = RememberedServers()
    return replace(read_config(config_file()), learned=learned.profiles, current=learned.current)


def settings_of(profile: str = "", url: str = "", *, read_only: bool = False, **given: Any) -> Settings:
    """Return the merged settings for one server; mistakes are `ConfigError`s."""
    return with_pin(merge(whole_config(), profile=profile, url=url, read_only=read_only or None, **given))


def settings_of_other(profile: str) -> Settings:
    """Return the settings for a profile chosen after the start: without the environment's account."""
    return with_pin(merge(whole_config(), without_account(os.environ), profile=profile))


def with_pin(settings: Settings) -> Settings:
    """Add the trusted certificate of the server if the configuration names none."""
    url = settings.sign_in.url
    if not url or {"ca_file", "fingerprint"} & settings.transport.keys():
        return settings
    fingerprint = RememberedServers().fingerprint(normal_url(url))
    return replace(settings, transport={**settings.transport, "fingerprint": fingerprint}) if fingerprint else settings


def unused_credentials(sign_in: SignIn) -> str:
    """Return the message for credentials in the environment that are for another account; "" if there are none."""
    held = [name for name in ("QPI_PASSWORD", "QPI_API_TOKEN") if os.environ.get(name)]
    if not held or not sign_in.url or sign_in.credentials:
        return ""
    return (
        f"{' and '.join(held)} in the environment: they belong to another account and were not sent "
        f"to {server_of(sign_in.url)}."
    )


def may_be_kept(sign_in: SignIn) -> bool:
    """Whether a stored session is possible: server and account are known, and no credentials are given."""
    return bool(sign_in.url and not sign_in.complete and (sign_in.identity or sign_in.role is Role.TOKEN))


def with_kept(sign_in: SignIn) -> SignIn:
    """Add the credentials that `login` stored, if none are given.

    May use the system's keyring, which is slow. Raises `CredentialStoreError`.
    """
    from qpi_tui.session.credentials import CredentialStore, account_of, password_of

    if not may_be_kept(sign_in):
        return sign_in
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    vault = CredentialStore()
    where = (sign_in.url, sign_in.role, sign_in.identity)
    if sign_in.role is Role.TOKEN:
        return SignIn(*where, api_token=vault.get(account))
    # The session is tried first; a stored password is for when it has expired.
    return SignIn(*where, session=vault.get(account), password=vault.get(password_of(account)))
