"""Sets of keys, and whether two actions that are alive at the same time want the same one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from qpi_tui.actions import ACTIONS, Keys, key_word
from qpi_tui.domain.action import Action
from qpi_tui.settings.custom_commands import CustomCommand

# What a set changes; ours are vim's where they can be, so the vim-like set only adds.
KEYSETS: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "vim": {
        "go.next": "L tab",
        "go.previous": "H shift+tab",
        # Its own key is taken by the next screen.
        "users.ledger": "l",
    },
}
# These areas are alive on every screen, a list's beside them; a dialog's only by themselves.
_EVERYWHERE = {"app", "go"}
_LISTS = "table"
_ALONE = {"dialog", "handout"}
_NO_LISTS = {"job", "json"}


def clashes(moved: Mapping[str, str], commands: Sequence[CustomCommand] = ()) -> list[str]:
    """A sentence for each key that two actions of the same screen have, where one of them was moved, or is a command of
    one's own."""
    if not moved and not commands:
        return []  # the list's own keys do not clash, as a test makes sure of
    keys = Keys(moved)
    return [*_command_clashes(keys, commands), *_moved_clashes(keys, moved)]


def _moved_clashes(keys: Keys, moved: Mapping[str, str]) -> list[str]:
    return [
        f"The key {key_word(key)} is both {_said(one)} and {_said(other)}: give one of them another in [keys]."
        for one, other, key in shared_keys(keys)
        if one.id in moved or other.id in moved
    ]


def _command_clashes(keys: Keys, commands: Sequence[CustomCommand]) -> list[str]:
    """A sentence for each command of one's own whose key an action of its screens, or another command, has."""
    found = []
    taken: list[tuple[Action, tuple[str, ...]]] = [(each, keys.of(each.id)) for each in ACTIONS.values()]
    for command in commands:
        others = [
            other
            for mine in command.actions
            for other, theirs in taken
            if command.key in theirs and _together(mine.area, other.area)
        ]
        found += [
            f"The key {key_word(command.key)} of the command {command.name} is {_said(other)}: give it another."
            for other in others[:1]
        ]
        taken += [(mine, (command.key,)) for mine in command.actions]
    return found


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
