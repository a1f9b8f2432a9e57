"""Version marker of a partially known list."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """What is known of a long list differs where this does."""

    list: int
    version: int
