"""What the console is told: command line > environment > default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qpi_tui.actions import Role
from qpi_tui.connection import SignIn


class ConfigError(ValueError):
    """A setting that cannot be; the message says which and what it may be."""


@dataclass(frozen=True)
class Settings:
    """Everything the console is told.

    `name` is what the header calls the server (a profile's name) in place of its address; `refresh` is in seconds;
    `transport` goes to the client.
    """

    sign_in: SignIn = field(default_factory=SignIn)
    name: str = ""
    screen: str = ""
    refresh: float = 2.0
    read_only: bool = False
    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    journal: Path | None = None
    transport: Mapping[str, Any] = field(default_factory=dict)


def sign_in_from(environment: Mapping[str, str] = os.environ, *, url: str = "") -> SignIn:
    """`QPI_URL`, `QPI_ROLE`, `QPI_IDENTITY`, `QPI_PASSWORD`, `QPI_API_TOKEN`; the command line's address wins."""
    token = environment.get("QPI_API_TOKEN", "")
    word = environment.get("QPI_ROLE", "").strip().lower()
    names = {"": Role.USER, "user": Role.USER, "admin": Role.ADMIN, "token": Role.TOKEN}
    if word not in names:
        raise ConfigError(f"QPI_ROLE is {word!r}; it may be `admin` or `user`.")
    role = names[word]
    password = environment.get("QPI_PASSWORD", "")
    if token and not password and role is not Role.ADMIN:
        role = Role.TOKEN
    return SignIn(
        url=url or environment.get("QPI_URL", ""),
        role=role,
        identity=environment.get("QPI_IDENTITY", ""),
        password=password,
        api_token=token,
    )
