"""Sets of keys, and conflicts between actions that work at the same time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from qpi_tui.actions import ACTIONS, Keys, key_word
from qpi_tui.domain.action import Action
from qpi_tui.settings.custom_commands import CustomCommand

# The changes of a set; the default keys are vim's where possible, so the vim set only adds.
KEYSETS: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "vim": {
        "go.next": "L tab",
        "go.previous": "H shift+tab",
        # Its own key is taken by the next screen.
        "users.ledger": "l",
    },
}
# These areas work on every screen, with a list's beside them; a dialog's only by themselves.
_EVERYWHERE = {"app", "go"}
_LISTS = "table"
_ALONE = {"dialog", "handout"}
_NO_LISTS = {"job", "json"}


def clashes(moved: Mapping[str, str], commands: Sequence[CustomCommand] = ()) -> list[str]:
    """Return a sentence for each key that two actions of a screen share, if one was moved or is a custom command."""
    if not moved and not commands:
        return []  # The default keys do not conflict: a test checks that.
    keys = Keys(moved)
    return [*_command_clashes(keys, commands), *_moved_clashes(keys, moved)]


def _moved_clashes(keys: Keys, moved: Mapping[str, str]) -> list[str]:
    return [
        f"The key {key_word(key)} is both {_said(one)} and {_said(other)}. Give one of them another key in [keys]."
        for one, other, key in shared_keys(keys)
        if one.id in moved or other.id in moved
    ]


def _command_clashes(keys: Keys, commands: Sequence[CustomCommand]) -> list[str]:
    """Return a sentence for each custom command whose key an action of its screens, or another command, has."""
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
            f"The key {key_word(command.key)} of the command {command.name} is {_said(other)}. Give it another key."
            for other in others[:1]
        ]
        taken += [(mine, (command.key,)) for mine in command.actions]
    return found


def shared_keys(keys: Keys) -> Iterator[tuple[Action, Action, str]]:
    """Yield every two actions of one screen that share a key."""
    for one, other in combinations(ACTIONS.values(), 2):
        if _together(one.area, other.area):
            for key in sorted(set(keys.of(one.id)) & set(keys.of(other.id))):
                yield one, other, key


def _together(one: str, other: str) -> bool:
    """Whether actions of both areas work on one screen."""
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
