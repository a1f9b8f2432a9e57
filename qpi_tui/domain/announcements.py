"""Announcements for users: which are current, when to read them again, and the banner's text. Pure."""

from __future__ import annotations

import random
import re
import time
from datetime import datetime

from qpi_tui.domain.clock import day_text, local, now
from qpi_tui.domain.sanitize import RECORD_LIMIT, clean
from qpi_tui.domain.styled_text import Part

# No event reports that an announcement begins. Most begin at a quarter of an hour: read seconds after it, so that
# consoles do not read at once, and at most this often.
QUARTER = 900.0
AFTER = (1.0, 6.0)
LOOK = 180.0
# The same while the user is active, and how long after a key that lasts.
WATCHED, HERE = 20.0, 120.0


def until_due(moment: datetime | None = None, jitter: float | None = None, *, watched: bool = False) -> float:
    """Return the seconds until a user's announcements have to be read again. `watched`: the user is active."""
    left = QUARTER - (moment or now()).timestamp() % QUARTER
    spread = random.uniform(*AFTER) if jitter is None else jitter  # noqa: S311  # apart, no secret
    return min(left + spread, WATCHED if watched else LOOK)


class Presence:
    """Tracks whether the user has pressed a key in the last minutes."""

    def __init__(self) -> None:
        self._last = float("-inf")

    @property
    def here(self) -> bool:
        """Whether a key was pressed recently."""
        return time.monotonic() - self._last < HERE

    def pressed(self) -> bool:
        """Record a key. Return True if the user returns after a pause."""
        back, self._last = not self.here, time.monotonic()
        return back


# Words of a warning, in any case; other announcements are shown without colour. Compiled for the first announcement.
_WARNS = (
    r"(?i)\b(outage|power cut|down(time)?|maintenance|unavailable|offline|out of (service|order)|closed|shut ?down|"
    r"interrupt\w*|broken|warms? up|is warm|no jobs|warning|urgent)\b"
)


def warns(title: str, text: str) -> bool:
    """Whether an announcement is a warning, by its words: the server stores no level."""
    return re.search(_WARNS, f"{title} {text}"[:RECORD_LIMIT]) is not None


def banner(title: str, text: str, end: datetime | None, *, more: int = 0) -> list[Part]:
    """Return the banner of an announcement: title, text and end."""
    text = clean(text, RECORD_LIMIT)
    mark = ("▲ ", "bold $text-warning") if warns(title, text) else ("◆ ", "")
    parts: list[Part] = [mark, (clean(title) or "?", "bold")]
    if text:
        parts.append((f": {text}", ""))
    if end is not None:
        when = local(end)
        parts.append(
            (
                f" · until {when:%H:%M}"
                if when.date() == local(now()).date()
                else f" · until {day_text(when)} {when:%H:%M}",
                "$text-muted",
            )
        )
    if more:
        parts.append((f" · {more} more", "$text-muted"))
    return parts
