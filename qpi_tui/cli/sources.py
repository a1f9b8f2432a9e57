"""The settings for a command; errors in them are a `Problem` with an exit code."""

from __future__ import annotations

from typing import Any

from qpi_tui.cli.problems import NOT_ALLOWED, USAGE, Problem
from qpi_tui.session import sources
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import ConfigError, ConfigFile, Settings


def config() -> ConfigFile:
    """Return the configuration, with the profiles that `login` created."""
    try:
        return sources.whole_config()
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None


def settings_for(profile: str = "", url: str = "", *, read_only: bool = False, **given: Any) -> Settings:
    """Return the merged settings for one server."""
    try:
        return sources.settings_of(profile, url, read_only=read_only, **given)
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None


def with_kept(sign_in: SignIn) -> SignIn:
    """Return the sign-in with the credentials that `login` stored."""
    from qpi_tui.session.credentials import CredentialStoreError

    try:
        return sources.with_kept(sign_in)
    except CredentialStoreError as error:
        raise Problem(str(error), NOT_ALLOWED) from None
