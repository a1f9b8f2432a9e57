"""An action: one thing that a user can do, with its keys and texts."""

from __future__ import annotations

from typing import NamedTuple

from qpi_tui.domain.roles import EVERYBODY, Role


class Action(NamedTuple):
    """One user action. `keys` are Textual key names; the first is the one shown.

    `area` is the part of the id before the dot, the screen of the action; `verb` the part after it.
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
    """Create an action from its id, `area.verb`, and its keys, separated by blanks."""
    area, _, verb = id.partition(".")
    return Action(id, area, verb, tuple(keys.split()), label, help, who, changes, shown)
