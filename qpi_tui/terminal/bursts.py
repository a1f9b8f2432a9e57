"""Detects keys that arrived together: a paste without brackets, text from a program, a packet of a slow line.

Such keys confirm nothing: a line break in a paste is an Enter. Otherwise they are commands and text like any other, as
long as hands could have typed them ahead. Beyond that they are pasted text, until a pause: it goes into a field, or
nowhere (`is_pasted`).
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.events import Key

# Seconds between keys that hands cannot press faster; a held key repeats every 30 ms.
GAP = 0.015
# Number of keys that may arrive together, and more per second: what hands type while a line stalls. A line break counts
# for several, because hands wait for its effect.
AHEAD, RATE, BREAK = 12, 15.0, 4
# Seconds without a key after which a paste is over. A slow line pauses for less within one.
PAUSE = 0.35
_BREAKS = {"enter", "ctrl+j"}
_TEXT = {"tab", "space", *_BREAKS}


class Bursts:
    """Marks keys that arrived together, by the read that brought them and the time since the last one."""

    def __init__(self) -> None:
        self._last = float("-inf")
        self._left: float = AHEAD
        self._before = ""
        self._together = self._pasting = False

    def mark(self, keys: Sequence[Key], now: float) -> None:
        """Mark these keys, which one read brought."""
        for key in keys:
            key.begins = ""  # type: ignore[attr-defined]  # events take attributes
        typed = [key for key in keys if key.character is not None or key.key in _TEXT]
        if not typed:
            return
        pause = now - self._last
        together = len(typed) > 1 or pause < GAP
        self._last = now
        self._left = min(self._left + RATE * pause, AHEAD)
        text = [key for key in typed if key.is_printable or key.key in _TEXT]
        if together:
            self._left -= sum(map(self._weight, text))
        self._pasting = (self._pasting and pause < PAUSE) or self._left < 0
        self._left = max(self._left, 0.0)
        begins = "text" if pause >= PAUSE else "burst" if together and not self._together else ""
        self._together = together
        for key in typed if together else ():
            key.burst = "last" if key is typed[-1] else "inner"  # type: ignore[attr-defined]
        for key in text:
            key.pasted = self._pasting  # type: ignore[attr-defined]
            key.begins = begins if key is text[0] else ""  # type: ignore[attr-defined]

    def _weight(self, key: Key) -> int:
        """Return how much of human typing a key counts as; a held key is pressed once."""
        again, self._before = key.key == self._before, key.key
        return BREAK if key.key in _BREAKS else int(not again)


def in_burst(key: Key) -> bool:
    """Whether a key arrived together with others."""
    return bool(getattr(key, "burst", ""))


def ends_burst(key: Key) -> bool:
    """Whether no other key followed it in the same read."""
    return getattr(key, "burst", "") == "last"


def is_pasted(key: Key) -> bool:
    """Whether a key belongs to text that hands did not type."""
    return bool(getattr(key, "pasted", False))


def begins(key: Key) -> str:
    """Whether a key came first after a pause (`text`), first of a group (`burst`), or after others.

    Keys that no `Bursts` marked stand alone.
    """
    return str(getattr(key, "begins", "text"))


def instead_of(key: Key, name: str, character: str) -> Key:
    """Return another key with the same mark."""
    other = Key(name, character)
    for mark in ("time", "burst", "pasted", "begins"):
        if hasattr(key, mark):
            setattr(other, mark, getattr(key, mark))
    return other
