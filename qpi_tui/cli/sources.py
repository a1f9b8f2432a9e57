"""Where a command, or the console, learns about its server: configuration, environment, what `login` kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qpi_tui.actions import Role
from qpi_tui.cli.problems import NOT_ALLOWED, USAGE, Problem
from qpi_tui.config import ConfigError, ConfigFile, Settings, merge, read_config
from qpi_tui.connection import SignIn, normal_url
from qpi_tui.learned import Learned


def config() -> ConfigFile:
    """The configuration, with the profiles that `login` made; mistakes are usage errors."""
    from qpi_tui.paths import config_file

    learned = Learned()
    try:
        return replace(read_config(config_file()), learned=learned.profiles, current=learned.current)
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None


def settings_for(profile: str = "", url: str = "", *, read_only: bool = False, **given: Any) -> Settings:
    """Everything together for one server; mistakes are usage errors."""
    try:
        settings = merge(config(), profile=profile, url=url, read_only=read_only or None, **given)
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None
    return with_pin(settings)


def with_pin(settings: Settings) -> Settings:
    """The same, with the certificate that was trusted for the server, where the configuration names none."""
    url = settings.sign_in.url
    if not url or {"ca_file", "fingerprint"} & settings.transport.keys():
        return settings
    fingerprint = Learned().fingerprint(normal_url(url))
    return replace(settings, transport={**settings.transport, "fingerprint": fingerprint}) if fingerprint else settings


def with_kept(sign_in: SignIn) -> SignIn:
    """The same sign-in with what `login` kept for it, where nothing better was given.

    May ask the system's keyring, which takes its time.
    """
    from qpi_tui.vault import Vault, VaultError, account_of, password_of

    if not sign_in.url or sign_in.password or sign_in.api_token or sign_in.session:
        return sign_in
    if not sign_in.identity and sign_in.role is not Role.TOKEN:
        return sign_in
    account = account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity)
    try:
        vault = Vault()
        if sign_in.role is Role.TOKEN:
            return replace(sign_in, api_token=vault.get(account))
        # A session is tried first; the password, where it is kept, is for when that is over.
        return replace(sign_in, session=vault.get(account), password=vault.get(password_of(account)))
    except VaultError as error:
        raise Problem(str(error), NOT_ALLOWED) from None
