"""Sets of keys, and whether two actions that are alive at the same time want the same one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from qpi_tui.actions import ACTIONS, Keys, key_word
from qpi_tui.domain.action import Action

# What a set changes; ours are vim's where they can be, so the vim-like set only adds.
KEYSETS: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "vim": {
        "go.next": "L tab",
        "go.previous": "H shift+tab",
    },
}
# These areas are alive on every screen, a list's beside them; a dialog's only by themselves.
_EVERYWHERE = {"app", "go"}
_LISTS = "table"
_ALONE = {"dialog", "handout"}
_NO_LISTS = {"job", "json"}


def clashes(moved: Mapping[str, str]) -> list[str]:
    """A sentence for each key that two actions of the same screen have, where one of them was moved."""
    if not moved:
        return []  # the list's own keys do not clash, as a test makes sure of
    keys = Keys(moved)
    return [
        f"The key {key_word(key)} is both {_said(one)} and {_said(other)}: give one of them another in [keys]."
        for one, other, key in shared_keys(keys)
        if one.id in moved or other.id in moved
    ]


def shared_keys(keys: Keys) -> Iterator[tuple[Action, Action, str]]:
    """Every two actions that are alive on one screen and have a key in common."""
    for one, other in combinations(ACTIONS.values(), 2):
        if _together(one.area, other.area):
            for key in sorted(set(keys.of(one.id)) & set(keys.of(other.id))):
                yield one, other, key


def _together(one: str, other: str) -> bool:
    """Whether actions of both areas are alive on one screen."""
    areas = {one, other}
    if len(areas) == 1:
        return True
    if areas & _ALONE:
        return False
    if areas & _EVERYWHERE:
        return True
    return _LISTS in areas and not areas & _NO_LISTS


def _said(action: Action) -> str:
    return f"{action.id} ({action.label})"
