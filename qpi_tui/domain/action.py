"""An action: one thing that a user can do, with its keys and texts."""

from __future__ import annotations

from typing import NamedTuple

from qpi_tui.domain.roles import EVERYBODY, Role


class Action(NamedTuple):
    """One thing a person can do. `keys` are Textual key names; the first is the one that is shown.

    `area` is the part of the id before the dot: where the action is alive; `verb` the part behind it.
    """

    id: str
    area: str
    verb: str
    keys: tuple[str, ...]
    label: str
    help: str
    who: frozenset[Role] = EVERYBODY
    changes: bool = False
    shown: bool = True


def action(
    id: str,
    keys: str,
    label: str,
    help: str,
    who: frozenset[Role] = EVERYBODY,
    *,
    changes: bool = False,
    shown: bool = True,
) -> Action:
    """An action by its id, `area.verb`, and its keys, separated by blanks."""
    area, _, verb = id.partition(".")
    return Action(id, area, verb, tuple(keys.split()), label, help, who, changes, shown)
