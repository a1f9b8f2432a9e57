"""Find out which runs of the program are alive, by file locks that the system releases when a process ends.

Each run locks one byte of a lock file. A run whose byte is unlocked has ended.
"""

from __future__ import annotations

import fcntl
from functools import cached_property
from pathlib import Path

from qpi_tui.files.private_file import open_lock_file

# Runs of this process: the system lets a process lock a byte twice.
_ours: set[tuple[str, int]] = set()
# Closing any descriptor of a file takes all locks of the process on it away: one descriptor serves each file, for good.
_descriptors: dict[str, int] = {}


class RunLock:
    """The lock of one run; taken when the run makes its first change."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._held = False

    @cached_property
    def number(self) -> int:
        """The byte that this run locks."""
        # A run that changes nothing needs none.
        import secrets

        return secrets.randbelow(2**31 - 1) + 1

    def hold(self) -> None:
        """Take the lock; a system that has no locks takes part without."""
        if self._path is None or self._held:
            return
        self._held = True
        _ours.add((str(self._path), self.number))
        try:
            fcntl.lockf(_descriptor(self._path), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, self.number)
        except OSError:
            # A file system without locks, or a read-only disk: others may check this run's changes while it lives.
            return

    def release(self) -> None:
        """Give the lock back."""
        if self._path is None or not self._held:
            return
        self._held = False
        _ours.discard((str(self._path), self.number))
        try:
            fcntl.lockf(_descriptor(self._path), fcntl.LOCK_UN, 1, self.number)
        except OSError:
            return


def is_running(path: Path, number: int) -> bool:
    """Whether the run of this number still lives."""
    if (str(path), number) in _ours:
        return True
    try:
        descriptor = _descriptor(path)
    except OSError:
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, number)
    return False


def _descriptor(path: Path) -> int:
    name = str(path)
    if name not in _descriptors:
        _descriptors[name] = open_lock_file(path)
    return _descriptors[name]
