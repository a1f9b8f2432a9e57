"""Version marker of a partially known list."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """A version of a long list's known part: it changes when that changes."""

    list: int
    version: int
