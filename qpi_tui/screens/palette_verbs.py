"""Verb, then object: `disable aer`, `approve anna`, `jobs failed`, `theme nord`, with synonyms from other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_tui.actions import ACTIONS, allowed
from qpi_tui.domain.sanitize import clean
from qpi_tui.resources import registry
from qpi_tui.screens.palette_offers import Offer

if TYPE_CHECKING:
    from qpi_tui.domain.action import Action
    from qpi_tui.domain.roles import Role
    from qpi_tui.resources.base import Resource
    from qpi_tui.screens.base import ConsoleScreen

OBJECTS = ("requests", "qpus", "jobs", "users", "drivers", "tokens", "announcements")
"""The lists whose records can be the object of a verb, in the order of the suggestions."""
# Actions on one record of such a list.
_VERBS = {
    "approve", "reject", "withdraw", "allocate", "edit", "delete", "reset", "look", "enable", "disable", "maintenance",
    "rename", "qubits", "online", "cancel", "again", "move", "token", "expiry", "revoke", "end", "dismiss",
}  # fmt: skip
# Synonyms from other programs, by the verb of the action or the id of the screen.
SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "approve": ("grant", "accept"),
    "reject": ("deny", "refuse", "decline"),
    "allocate": ("give time", "credit"),
    "enable": ("start", "resume", "uncordon"),
    "disable": ("stop", "suspend", "cordon"),
    "maintenance": ("maint", "drain"),
    "rename": ("mv",),
    "cancel": ("kill", "abort", "scancel"),
    "delete": ("remove", "rm", "del"),
    "again": ("rerun", "retry", "resubmit", "requeue"),
    "submit": ("run", "sbatch"),
    "revoke": ("rm token",),
    "reset": ("reset password",),
    "look": ("impersonate", "look as", "sudo"),
    "sign_out": ("logout", "log out", "signout"),
    "quit": ("exit", "q", "q!", "wq"),
    "jobs": ("job", "squeue", "sacct", "queue"),
    "qpus": ("qpu", "sinfo", "devices", "backends"),
    "users": ("user", "people", "accounts"),
    "requests": ("request", "req", "time"),
    "slots": ("slot", "week", "bookings", "reservations"),
    "drivers": ("driver", "drv"),
    "announcements": ("announcement", "notices"),
    "tokens": ("token",),
    "journal": ("audit log", "history"),
}
# Maximum number of suggested objects.
_MOST = 50


class Object(NamedTuple):
    """A record as object of a verb: its id, its name, and further words that find it."""

    id: str
    name: str
    words: str = ""


Objects = Callable[[str], Sequence[Object]]
"""The records of a list that are known; those that are not are read, and offered once they are there."""


class Context(NamedTuple):
    """The account, and what it may do."""

    role: Role
    read_only: bool
    generation: str
    objects: Objects


def names_of(action: Action) -> tuple[str, ...]:
    """Return the words for an action: its verb, its label, and its synonyms."""
    return tuple(dict.fromkeys((action.verb.replace("_", " "), action.label.lower(), *SYNONYMS.get(action.verb, ()))))


def verb_offers(typed: str, context: Context) -> list[Offer]:
    """Return the meanings of a verb with its object; nothing if the input does not begin with a verb."""
    words = " ".join(typed.casefold().split())
    return [*_changes(words, context), *_places(typed, context)]


def _changes(words: str, context: Context) -> Iterator[Offer]:
    """Yield actions on one record, for each matching record."""
    for place in OBJECTS:
        resource = registry()[place]
        if not (resource.visible(context.role) and resource.exists_on(context.generation)):
            continue
        for action in ACTIONS.values():
            if action.area != place or action.verb not in _VERBS:
                continue
            typed = [name for name in names_of(action) if words == name or words.startswith(f"{name} ")]
            if typed and allowed(action, context.role, read_only=context.read_only):
                # `look as anna` begins with `look` too.
                name = max(typed, key=len)
                yield from _with_objects(action, name, resource, words.removeprefix(name).split(), context)


def _with_objects(
    action: Action, name: str, resource: Resource[Any], wanted: Sequence[str], context: Context
) -> Iterator[Offer]:
    found = 0
    for each in context.objects(resource.id):
        text = f"{each.id} {each.name} {each.words}".casefold()
        if all(word in text for word in wanted):
            yield Offer(
                f"do:{action.id}:{each.id}",
                f"{action.label.capitalize()} {resource.noun[0]} {each.name}",
                resource.id,
                typed=f"{name} {each.name}",
                run=partial(_do, resource.id, each.id, action.id),
            )
            found += 1
            if found == _MOST:
                return


def _do(place: str, id: str, action: str, screen: ConsoleScreen) -> None:
    """Go to the record and start the action, which asks as always."""
    from qpi_tui.screens.filtered import FilteredScreen

    console = screen.console
    console.go_to(place)
    there = console.screen
    if console.current_place == place and isinstance(there, FilteredScreen):
        there.do_with(id, action)


def _places(typed: str, context: Context) -> Iterator[Offer]:
    """Yield a list with a filter behind its name."""
    first, _, rest = typed.strip().partition(" ")
    if not rest.strip():
        return
    for resource in registry().values():
        names = {resource.id, resource.title.lower(), resource.user_title.lower(), *SYNONYMS.get(resource.id, ())}
        here = resource.visible(context.role) and resource.exists_on(context.generation) and resource.columns
        # `server` is followed by a server's name.
        if here and resource.id != "server" and first.casefold() in names:
            filter = meant_filter(resource, rest.strip())
            title = resource.title_for(context.role)
            yield Offer(
                f"filter:{resource.id}:{filter}",
                f"{title} with the filter {clean(filter, 60)}",
                resource.id,
                typed=f"{first} {filter}",
                run=partial(_filter, resource.id, filter),
            )


def meant_filter(resource: Resource[Any], words: str) -> str:
    """Return the filter for the words: a word that is a choice of a field, such as a status, filters that field."""
    found = []
    for word in words.split():
        for key, rule in resource.rules.items():
            known = {name for choice, others in rule.choices.items() for name in (choice, *others)}
            if word.casefold() in known:
                found.append(f"{key}:{word.casefold()}")
                break
        else:
            found.append(word)
    return " ".join(found)


def _filter(place: str, filter: str, screen: ConsoleScreen) -> None:
    screen.console.go_to(place, words=filter)
