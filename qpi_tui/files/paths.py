"""Where the console keeps things: the XDG folders on Linux, the usual places elsewhere.

Nothing is made before it is needed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.startup import load_folders

if TYPE_CHECKING:
    from platformdirs import PlatformDirs


class NoHomeError(OSError):
    """The home folder is not known: no HOME, and a user whom this machine does not know."""

    def __str__(self) -> str:
        return (
            "The home folder is not known. Set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and "
            "XDG_CACHE_HOME."
        )


@cache
def _folders() -> PlatformDirs:
    found: PlatformDirs = load_folders().PlatformDirs("qpi-tui", appauthor=False)
    return found


def _folder(kind: str) -> Path:
    try:
        path: Path = getattr(_folders(), f"user_{kind}_path")
    except RuntimeError:
        raise NoHomeError from None
    return path


def config_file() -> Path:
    """The configuration that people write."""
    return _folder("config") / "config.toml"


def state_folder() -> Path:
    """The audit log and the reports of crashes."""
    return _folder("state")


def audit_log_file() -> Path:
    """Every change that this machine's consoles and commands made. Its name is older than its title."""
    return state_folder() / "journal.jsonl"


def data_folder() -> Path:
    """Sessions, where there is no keyring."""
    return _folder("data")


def cache_folder() -> Path:
    """Names that a shell completes, kept for a minute."""
    return _folder("cache")
