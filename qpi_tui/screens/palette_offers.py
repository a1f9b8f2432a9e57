"""Suggestions of the palette: actions and places, found by the typed words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen

Run = Callable[["ConsoleScreen"], None]


def _nothing(screen: ConsoleScreen) -> None:
    """Do nothing: a suggestion that only completes the input."""


@dataclass(frozen=True)
class Offer:
    """A suggestion of the palette.

    Args:
        id: Identifies it among recent choices.
        what: The action, as shown.
        area: The screen of the action.
        key: The key for the same action.
        words: Further words that find it.
        typed: The input that Tab completes.
        run: Runs it, for the screen below the palette.
        asks: It is incomplete: choosing it puts `typed` into the line, to be continued.
    """

    id: str
    what: str
    area: str
    key: str = ""
    words: str = ""
    typed: str = ""
    run: Run = field(default=_nothing, compare=False)
    asks: bool = False

    @cached_property
    def _text(self) -> str:
        return f"{self.id} {self.what} {self.area} {self.key} {self.words}".casefold()

    def found_by(self, words: Sequence[str]) -> bool:
        """Whether all these lower-case words occur in it."""
        return all(word in self._text for word in words)


def recent_first(offers: Iterable[Offer], recent: Sequence[str]) -> list[Offer]:
    """Return the suggestions, recent choices first, newest first."""
    rank = {id: place for place, id in enumerate(recent)}
    return sorted(offers, key=lambda offer: rank.get(offer.id, len(rank)))


def each_once(offers: Iterable[Offer]) -> list[Offer]:
    """Return the suggestions without duplicates of an id."""
    found: dict[str, Offer] = {}
    for offer in offers:
        found.setdefault(offer.id, offer)
    return list(found.values())
