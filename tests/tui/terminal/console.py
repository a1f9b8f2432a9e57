"""The console as users start it, in a pseudo-terminal, signed in from the environment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from qpi_sandbox import Credentials
from tests.tui.terminal.harness import Terminal

PROGRAM = str(Path(sys.executable).with_name("qpi-tui"))


def environment(url: str, who: Credentials, home: Path, role: str = "admin") -> dict[str, str]:
    """Return credentials and a separate home directory, without this machine's configuration."""
    return {
        "QPI_URL": url, "QPI_ROLE": role, "QPI_IDENTITY": who.identity, "QPI_PASSWORD": who.password,
        "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"), "XDG_CACHE_HOME": str(home / "cache"), "TZ": "UTC",
    }  # fmt: skip


def open_console(
    url: str,
    who: Credentials,
    home: Path,
    *arguments: str,
    role: str = "admin",
    env: Mapping[str, str] | None = None,
    **options: object,
) -> Terminal:
    """Start the console. The caller waits for the expected screen."""
    whole = {**environment(url, who, home, role), **(env or {})}
    return Terminal([PROGRAM, *arguments], env=whole, **options)  # type: ignore[arg-type]
