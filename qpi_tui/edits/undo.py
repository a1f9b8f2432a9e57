"""Undo of the last change: the reverting edits are kept for 10 s, and offered once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit

SECONDS = 10.0


class Undo:
    """Holds the edits that undo the last change, for `SECONDS` after it was made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._edits: tuple[Edit, ...] = ()
        self._until = float("-inf")

    def offer(self, edits: Sequence[Edit]) -> None:
        """Offer these edits as the undo. Earlier changes can no longer be undone."""
        self._edits = tuple(edits)
        self._until = self._clock() + SECONDS

    @property
    def open(self) -> bool:
        """Whether there is an undo."""
        return bool(self._edits) and self._clock() < self._until

    def take(self) -> tuple[Edit, ...]:
        """Return the edits, once; nothing if it is too late."""
        edits = self._edits if self.open else ()
        self._edits = ()
        return edits


def offered(edits: Sequence[Edit]) -> str:
    """Return the label of the undo key."""
    if len(edits) == 1:
        return edits[0].offer
    words = {edit.offer_many for edit in edits}
    return words.pop() if len(words) == 1 else "undo all"
