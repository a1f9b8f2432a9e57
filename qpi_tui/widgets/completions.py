"""Complete typed text, one suggestion after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

WHO = "a part of the name or of the e-mail address"
"""What may be typed for a person."""


class Completions:
    """The suggestions for a text, taken in turn on each press of the key."""

    def __init__(self) -> None:
        self._offered: Sequence[str] = ()
        self._at = -1

    def following(self, typed: str, complete: Callable[[str], Sequence[str]] | None) -> str | None:
        """Return the completed text; None if nothing completes it, or it is complete."""
        if not typed or complete is None:
            return None
        if not self._offered or typed != self._offered[self._at]:
            self._offered, self._at = complete(typed), -1
        if not self._offered or list(self._offered) == [typed]:
            return None
        self._at = (self._at + 1) % len(self._offered)
        return self._offered[self._at]


def beginning_with(names: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """Return completions from a list of names: those that start with the text, then those that contain it."""

    def complete(typed: str) -> Sequence[str]:
        wanted = typed.strip().casefold()
        found = [name for name in names if wanted in name.casefold()]
        return sorted(found, key=lambda name: (not name.casefold().startswith(wanted), name.casefold()))[:50]

    return complete
