"""What a screen read first at its last starts, so that the next start sends it before the client is loaded.

A read is expected if two starts in a row sent it in the same words. The moments in it may move with the clock: the
console asks by whole minutes (`clock.minute`), so "since 15 minutes ago" is known before its code is loaded.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.domain import clock
from qpi_tui.files.paths import cache_folder
from qpi_tui.settings.accounts import normal_url

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from qpi_tui.settings.accounts import SignIn

_log = logging.getLogger(__name__)
# Maximum numbers of accounts and screens, of reads of a screen, and of bytes of the file.
_MOST_SCREENS, _MOST_READS, _LARGEST = 60, 20, 1_000_000
# A whole minute in a query, as the client encodes it.
_MOMENT = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T|%20|\+)([0-9]{2})%3A([0-9]{2})%3A00\.000Z"


class _Start(NamedTuple):
    """What one start read. `minute` is the console's clock, `offset` its seconds ahead of this machine's."""

    minute: datetime
    offset: float
    reads: list[str]


def expected_reads(sign_in: SignIn, screen: str) -> list[str]:
    """Return the paths and queries that this account's screen is expected to read."""
    starts = _stored().get(_key(sign_in, screen), [])
    if len(starts) < 2:
        return []
    before, last = starts
    try:
        minute = clock.whole_minute(clock.now() - clock.offset() + timedelta(seconds=last.offset))
        expected = [_moved(read, before, last, minute) for read in last.reads]
    except (ValueError, OverflowError):
        # A damaged file: no such day, or one beyond the calendar.
        return []
    return [read for read in expected if read]


def remember_reads(sign_in: SignIn, screen: str, reads: Iterable[str]) -> None:
    """Store what the screen read at this start, a moment ago; without queries that contain a token."""
    sent = [read for read in dict.fromkeys(reads) if _is_ours(read) and "token=" not in read][:_MOST_READS]
    stored, key = _stored(), _key(sign_in, screen)
    stored[key] = [*stored.pop(key, [])[-1:], _Start(clock.minute(), clock.offset().total_seconds(), sent)]
    for oldest in list(stored)[:-_MOST_SCREENS]:
        del stored[oldest]
    said = {
        key: [[start.minute.isoformat(), start.offset, start.reads] for start in starts]
        for key, starts in stored.items()
    }
    with suppress(OSError):
        from qpi_tui.files.private_file import replace_private

        replace_private(_file(), json.dumps(said, separators=(",", ":")))


def _moved(read: str, before: _Start, last: _Start, minute: datetime) -> str:
    """Return a read of the last start as it will be sent in this minute; "" if the start before did not send it."""
    passed = last.minute - before.minute
    for other in before.reads:
        if re.sub(_MOMENT, "", other) != re.sub(_MOMENT, "", read):
            continue
        moments = list(zip(re.finditer(_MOMENT, other), re.finditer(_MOMENT, read), strict=True))
        # Of a moment that both starts in one minute sent, nobody knows whether it moves.
        if moments and not passed and minute != last.minute:
            return ""
        if all(old[0] == new[0] or _time(new) - _time(old) == passed for old, new in moments):
            moving = {new[0] for old, new in moments if old[0] != new[0]}
            return _later(read, moving, minute - last.minute)
    return ""


def _later(read: str, moving: set[str], by: timedelta) -> str:
    return re.sub(_MOMENT, lambda found: _text(found, by) if found[0] in moving else found[0], read)


def _time(found: re.Match[str]) -> datetime:
    return datetime.fromisoformat(f"{found[1]} {found[3]}:{found[4]}")


def _text(found: re.Match[str], later: timedelta) -> str:
    moment = _time(found) + later
    return f"{moment:%Y-%m-%d}{found[2]}{moment:%H}%3A{moment:%M}%3A00.000Z"


def _key(sign_in: SignIn, screen: str) -> str:
    return f"{normal_url(sign_in.url)} {sign_in.role.value} {sign_in.identity} {screen}"


def _file() -> Path:
    return cache_folder() / "first-reads.json"


def _stored() -> dict[str, list[_Start]]:
    """Return the last two starts by account and screen; an unreadable file counts as missing."""
    from qpi_tui.files.text_file import read_text

    try:
        found = json.loads(read_text(_file(), most=_LARGEST))
        return {key: [_start(*start) for start in starts[-2:]] for key, starts in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        _log.debug("the first reads cannot be read", exc_info=True)
        return {}


def _start(minute: str, offset: float, reads: list[str]) -> _Start:
    start = _Start(datetime.fromisoformat(minute), float(offset), [read for read in reads if _is_ours(read)])
    if start.minute.tzinfo is None:
        raise ValueError("a time without a zone")
    return start


def _is_ours(read: object) -> bool:
    return isinstance(read, str) and read.startswith("/api/")
