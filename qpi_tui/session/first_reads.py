"""What a screen read first at the last starts, so that the next start sends it before the client is loaded.

A read is expected once two starts in a row sent it in the same words: one that contains the time of day never is.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from qpi_tui.files.paths import cache_folder
from qpi_tui.settings.accounts import normal_url

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qpi_tui.settings.accounts import SignIn

_log = logging.getLogger(__name__)
# Maximum numbers of accounts and screens, of reads of a screen, and of bytes of the file.
_MOST_SCREENS, _MOST_READS, _LARGEST = 60, 20, 1_000_000


def expected_reads(sign_in: SignIn, screen: str) -> list[str]:
    """Return the paths and queries that this account's screen is expected to read."""
    last, before = _stored().get(_key(sign_in, screen), ([], []))
    return [read for read in last if read in before]


def remember_reads(sign_in: SignIn, screen: str, reads: Iterable[str]) -> None:
    """Store what the screen read at this start; without queries that contain a token."""
    sent = [read for read in dict.fromkeys(reads) if read.startswith("/api/") and "token=" not in read][:_MOST_READS]
    stored, key = _stored(), _key(sign_in, screen)
    last, before = stored.pop(key, ([], []))
    if sent == last == before:
        return
    stored[key] = (sent, last)
    for oldest in list(stored)[:-_MOST_SCREENS]:
        del stored[oldest]
    with suppress(OSError):
        from qpi_tui.files.private_file import replace_private

        replace_private(_file(), json.dumps(stored, separators=(",", ":")))


def _key(sign_in: SignIn, screen: str) -> str:
    return f"{normal_url(sign_in.url)} {sign_in.role.value} {sign_in.identity} {screen}"


def _file() -> Path:
    return cache_folder() / "first-reads.json"


def _stored() -> dict[str, tuple[list[str], list[str]]]:
    """Return the last and the previous reads by account and screen; an unreadable file counts as missing."""
    from qpi_tui.files.text_file import read_text

    try:
        found = json.loads(read_text(_file(), most=_LARGEST))
        return {key: (_texts(last), _texts(before)) for key, (last, before) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        _log.debug("the first reads cannot be read", exc_info=True)
        return {}


def _texts(stored: list[str]) -> list[str]:
    return [read for read in stored if isinstance(read, str) and read.startswith("/api/")]
