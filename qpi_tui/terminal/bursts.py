"""Which keys came as one: a paste without brackets, text that a program wrote, a packet of a slow line.

Such keys are commands and text like any other, but they confirm nothing: a line break in a paste is an Enter.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Key

# Seconds between two keys that no hand presses; a key that is held repeats every 30 ms.
GAP = 0.015
_TEXT = {"enter", "tab", "ctrl+j", "space"}


class Bursts:
    """Marks keys that came together, by the read that brought them and by the time since the last one."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def mark(self, keys: Sequence[Key], now: float) -> None:
        """Mark these keys, which one read brought."""
        typed = [key for key in keys if key.character is not None or key.key in _TEXT]
        if not typed:
            return
        together = len(typed) > 1 or now - self._last < GAP
        self._last = now
        for key in typed if together else ():
            key.burst = "last" if key is typed[-1] else "inner"  # type: ignore[attr-defined]  # events take attributes


def in_burst(key: Key) -> bool:
    """Whether a key came together with others."""
    return bool(getattr(key, "burst", ""))


def ends_burst(key: Key) -> bool:
    """Whether no other key came behind it in the same read."""
    return getattr(key, "burst", "") == "last"
