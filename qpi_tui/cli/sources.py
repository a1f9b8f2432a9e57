"""The settings for a command; what is wrong with them is a `Problem` with its exit code."""

from __future__ import annotations

from typing import Any

from qpi_tui.cli.problems import NOT_ALLOWED, USAGE, Problem
from qpi_tui.session import sources
from qpi_tui.settings.accounts import SignIn
from qpi_tui.settings.config import ConfigError, ConfigFile, Settings


def config() -> ConfigFile:
    """The configuration, with the profiles that `login` made."""
    try:
        return sources.whole_config()
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None


def settings_for(profile: str = "", url: str = "", *, read_only: bool = False, **given: Any) -> Settings:
    """Everything together for one server."""
    try:
        return sources.settings_of(profile, url, read_only=read_only, **given)
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None


def with_kept(sign_in: SignIn) -> SignIn:
    """The same sign-in with what `login` kept for it."""
    from qpi_tui.session.credentials import CredentialStoreError

    try:
        return sources.with_kept(sign_in)
    except CredentialStoreError as error:
        raise Problem(str(error), NOT_ALLOWED) from None
