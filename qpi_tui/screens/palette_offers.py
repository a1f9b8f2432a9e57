"""What the palette offers: something to do, or somewhere to go, found by the words that are typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpi_tui.screens.base import ConsoleScreen

Run = Callable[["ConsoleScreen"], None]


def _nothing(screen: ConsoleScreen) -> None:
    """Do nothing: an offer that only completes what is typed."""


@dataclass(frozen=True)
class Offer:
    """Something to pick in the palette.

    Args:
        id: By what it is known among those picked before.
        what: What it does, as it is shown.
        area: Where it is done.
        key: The key that does the same here.
        words: Other words by which it is found.
        typed: What can be typed for it; Tab puts it into the line.
        run: Does it, for the screen below the palette.
        asks: It is not whole yet: picking it puts `typed` into the line, to be gone on with.
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
        """Whether all these words, in small letters, occur in what it says."""
        return all(word in self._text for word in words)


def recent_first(offers: Iterable[Offer], recent: Sequence[str]) -> list[Offer]:
    """The offers, those that were picked lately before the others, the last one first."""
    rank = {id: place for place, id in enumerate(recent)}
    return sorted(offers, key=lambda offer: rank.get(offer.id, len(rank)))


def each_once(offers: Iterable[Offer]) -> list[Offer]:
    """The offers without those of an id that came before."""
    found: dict[str, Offer] = {}
    for offer in offers:
        found.setdefault(offer.id, offer)
    return list(found.values())
