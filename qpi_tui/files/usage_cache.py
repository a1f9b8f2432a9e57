"""The counted past days on disk, by server and account, so that they are read only once."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path

from qpi_tui.domain.usage_days import UsageDay, day_from
from qpi_tui.files.private_file import replace_private
from qpi_tui.files.text_file import read_text

_log = logging.getLogger(__name__)
# Maximum bytes of a day's file: ten thousand jobs of as many users take less.
_LARGEST = 64_000_000


class UsageCache:
    """A file of mode 0600 for each day. An unreadable one counts as missing.

    Args:
        folder: The folder of all accounts' caches.
        server: The server's address.
        account: The account with its role: a user's days contain only the user's own jobs.
    """

    def __init__(self, folder: Path, server: str, account: str) -> None:
        name = hashlib.sha256(f"{server}\n{account}".encode()).hexdigest()[:24]
        self._folder = folder / "usage" / name

    def read(self, days: Iterable[date]) -> dict[date, UsageDay]:
        """Return the stored ones of these days."""
        kept = {path.stem for path in self._folder.glob("*.json")} if self._folder.is_dir() else set()
        found = {}
        for day in days:
            if day.isoformat() not in kept:
                continue
            try:
                read = day_from(json.loads(read_text(self._path(day), most=_LARGEST)))
            except (OSError, ValueError, RecursionError):
                _log.debug("a day of usage cannot be read", exc_info=True)
                continue
            if read.day == day:
                found[day] = read
        return found

    def write(self, day: UsageDay) -> None:
        """Store a day."""
        try:
            replace_private(self._path(day.day), json.dumps(day.as_json(), separators=(",", ":")))
        except OSError:
            _log.debug("a day of usage cannot be kept", exc_info=True)

    def forget(self) -> None:
        """Stop storing."""
        for path in self._folder.glob("*.json"):
            with suppress(OSError):
                path.unlink()

    def _path(self, day: date) -> Path:
        return self._folder / f"{day.isoformat()}.json"
