"""Typing mistakes with suggested corrections. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Suggestion(ValueError):
    """A mistake with a message; `wrong` in the text should probably be `right`."""

    def __init__(self, sentence: str, wrong: str, right: str) -> None:
        super().__init__(sentence)
        self.wrong, self.right = wrong, right


def mistaken(sentence: str, wrong: str, known: Iterable[str], *, otherwise: str = "") -> ValueError:
    """Return the error for an unknown word, with the nearest known one if any.

    Args:
        sentence: The message.
        wrong: The typed word.
        known: The candidates.
        otherwise: The message if none is similar.
    """
    words = {word.casefold(): word for word in known}
    near = difflib.get_close_matches(wrong.casefold(), words, n=1, cutoff=0.6)
    part = [] if near else [word for folded, word in words.items() if wrong.casefold() in folded]
    right = words[near[0]] if near else part[0] if part else ""
    if not right:
        return ValueError(f"{sentence} {otherwise}".strip())
    return Suggestion(f"{sentence} Did you mean {right}?", wrong, right)
