"""Chance that can be repeated."""

from __future__ import annotations

import random


def dice(*seed: object) -> random.Random:
    """Dice that fall the same way for the same seed, differently each time without one; not for secrets."""
    return random.Random("/".join(map(str, seed)) if seed else None)  # noqa: S311  # no secret comes of it
