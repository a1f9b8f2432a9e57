"""The console's files: the XDG folders on Linux, the usual places elsewhere.

Nothing is created before it is needed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.startup import load_folders

if TYPE_CHECKING:
    from platformdirs import PlatformDirs


class NoHomeError(OSError):
    """The home folder is unknown: no HOME, and no entry for the user."""

    def __str__(self) -> str:
        return (
            "Cannot find the home folder. Set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and "
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
    """Return the folder of the configuration."""
    return _folder("config") / "config.toml"


def state_folder() -> Path:
    """Return the folder of the audit log and crash reports."""
    return _folder("state")


def audit_log_file() -> Path:
    """Return the path of the audit log. The name is older than its title."""
    return state_folder() / "journal.jsonl"


def drafts_file(audit_log: Path) -> Path:
    """Return the path of the drafts that belong to an audit log."""
    return audit_log.with_name("drafts.json")


def data_folder() -> Path:
    """Return the path of sessions, if there is no keyring."""
    return _folder("data")


def cache_folder() -> Path:
    """Return the path of cached names for shell completion."""
    return _folder("cache")
