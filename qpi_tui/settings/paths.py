"""Where the console keeps things: the XDG folders on Linux, the usual places elsewhere.

Nothing is made before it is needed.
"""

from __future__ import annotations

from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("qpi-tui", appauthor=False)


def config_file() -> Path:
    """The configuration that people write."""
    return _DIRS.user_config_path / "config.toml"


def state_folder() -> Path:
    """The journal and the reports of crashes."""
    return _DIRS.user_state_path


def journal_file() -> Path:
    """Every change that this machine's consoles made."""
    return state_folder() / "journal.jsonl"


def data_folder() -> Path:
    """Sessions, where there is no keyring."""
    return _DIRS.user_data_path


def cache_folder() -> Path:
    """Names that a shell completes, kept for a minute."""
    return _DIRS.user_cache_path
