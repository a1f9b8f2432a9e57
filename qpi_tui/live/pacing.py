"""The share of a server's time that a search through its history may use."""

from __future__ import annotations

import time

REST = 9.0
"""Factor of the pause after a page to the page's time: at most a tenth of the server's time."""
# Seconds: what comes sooner came with the page before.
_WITH_PAGE = 0.002


class Pace:
    """How long to leave the server alone, from how long it took to answer."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def rest(self) -> float:
        """Seconds to wait now that a job is there; nothing for one that came with the one before."""
        took = time.monotonic() - self._since
        return took * REST if took > _WITH_PAGE else 0.0

    def go_on(self) -> None:
        """What is asked next is asked now."""
        self._since = time.monotonic()
