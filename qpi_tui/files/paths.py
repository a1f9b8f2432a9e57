"""Where the console keeps things: the XDG folders on Linux, the usual places elsewhere.

Nothing is made before it is needed.
"""

from __future__ import annotations

from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("qpi-tui", appauthor=False)


class NoHomeError(OSError):
    """The home folder is not known: no HOME, and a user whom this machine does not know."""

    def __str__(self) -> str:
        return (
            "The home folder is not known. Set HOME, or XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME and "
            "XDG_CACHE_HOME."
        )


def _folder(kind: str) -> Path:
    try:
        path: Path = getattr(_DIRS, f"user_{kind}_path")
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
