"""Reproducible random numbers."""

from __future__ import annotations

import random


def rng(*seed: object) -> random.Random:
    """Return a generator: the same numbers for the same seed, others each time without one. Not for secrets."""
    return random.Random("/".join(map(str, seed)) if seed else None)  # noqa: S311  # no secret comes of it
