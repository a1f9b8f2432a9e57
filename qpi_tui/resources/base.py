"""The descriptor of a resource, written once.

Its screen and tab, their key, the realtime topic, the query, the decoder, sorting and filtering, the command,
completions, and the generated pages follow from it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from qpi_tui.domain.action import Action, action
from qpi_tui.domain.roles import EVERYBODY, Role

if TYPE_CHECKING:
    from qpi_tui.domain.columns import Column, Rule
    from qpi_tui.domain.filter_language import Language
    from qpi_tui.rows.base import Row

R = TypeVar("R", bound="Row")


class Relation(NamedTuple):
    """The related records of a field: their collection, and the fields to read (none: all)."""

    collection: str
    fields: tuple[str, ...] = ()


# Each method that a dataclass writes takes time at every start.
@dataclass(frozen=True, eq=False, repr=False)
class Resource(Generic[R]):
    """One resource.

    Args:
        id: The id of its screen and the first part of its actions' ids.
        title: What its screen is called. `short_title` is for narrow terminals, `user_title` for who is no
            administrator.
        help: A sentence on what is found there.
        key: The key that leads there, from every screen.
        row: Its typed row: the class, or where it is found, such as `qpi_tui.rows.users:UserRow`. A place keeps
            msgspec out of the first frame.
        noun: What one record, and several, are called.
        roles: Who may read it.
        screen: Its screen's module in `qpi_tui.screens` and class, such as `users:UsersScreen`.
        not_on: Generations of the server that do not have it.
        collection: Where the server keeps its records; empty for what the server does not keep.
        reader: The client's method that lists it; without one, `client.collection` does.
        fields: The fields to ask for, in the server's words; empty: all.
        relations: What its fields refer to, by field: those are asked for along with it.
        columns: The columns of its table.
        filters: Further names for `name:value` in a filter, each with the column or attribute it means.
        rules: What a filter knows of a field beside its column, such as the values that there are.
        order: The order in which a list is asked for; empty: the order of arrival.
        actions: What can be done with it, where `qpi_tui.actions` does not list it.
        word: The attribute of a row by which people name it to a command; empty: only the id.
        tab: Whether its screen is on the second line. Others are opened by key and from the palette.
        about: The attribute of a row that says what it is, where a shell completes its name.
    """

    id: str
    title: str
    help: str
    key: str
    row: type[R] | str
    screen: str
    noun: tuple[str, str] = ("record", "records")
    roles: frozenset[Role] = EVERYBODY
    not_on: tuple[str, ...] = ()
    short_title: str = ""
    user_title: str = ""
    collection: str = ""
    reader: str = ""
    fields: tuple[str, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    columns: Sequence[Column] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    order: str = ""
    actions: tuple[Action, ...] = ()
    word: str = ""
    about: str = ""
    tab: bool = True

    def visible(self, role: Role) -> bool:
        """Whether this role has the screen."""
        return role in self.roles

    def exists_on(self, generation: str) -> bool:
        """Whether a server of this generation has it; an unknown generation counts as yes."""
        return generation not in self.not_on

    def title_for(self, role: Role) -> str:
        """Return its title for this role."""
        return self.user_title if self.user_title and role is not Role.ADMIN else self.title

    def short_title_for(self, role: Role) -> str:
        """Return the short title."""
        return self.title_for(role) if role is not Role.ADMIN and self.user_title else self.short_title or self.title

    @property
    def go(self) -> Action:
        """Return the action that opens its screen."""
        return action(f"go.{self.id}", self.key, self.title, self.help, self.roles, shown=False)

    @property
    def place(self) -> tuple[bool, str]:
        """The position of its tab: by digit, 0 last, then by letter."""
        return not self.key.isdigit(), "10" if self.key == "0" else self.key.zfill(2)

    @cached_property
    def language(self) -> Language:
        """The filter language of its list."""
        from qpi_tui.domain.filter_language import language

        return language(self.columns, aliases=self.filters, rules=self.rules)

    # -- the server --------------------------------------------------------------------------------------------------

    @cached_property
    def query(self) -> Mapping[str, str]:
        """Return fields and expansions in the server's syntax."""
        found = {}
        if self.fields:
            related = [f"expand.{name}.{each}" for name, to in self.relations.items() for each in to.fields]
            found["fields"] = ",".join((*self.fields, *related))
        if self.relations:
            found["expand"] = ",".join(self.relations)
        return found

    @cached_property
    def topic(self) -> str:
        """Return the topic with options, so that a change event has what a read would return."""
        import json

        options = f"?options={json.dumps({'query': self.query}, separators=(',', ':'))}" if self.query else ""
        return f"{self.collection}/*{options}"

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Return the arguments of `client.collection(...).list`."""
        asked: dict[str, Any] = {"sort": self.order} if self.order else {}
        if self.fields:
            asked["fields"] = self.query["fields"].split(",")
        return {**asked, "expand": tuple(self.relations)} if self.relations else asked

    @property
    def topics(self) -> tuple[str, ...]:
        """The collections whose changes concern its list."""
        return tuple(dict.fromkeys(each for each in (self.collection, *self.related.values()) if each))

    @property
    def related(self) -> Mapping[str, str]:
        """The collections of its related fields, by field."""
        return {name: to.collection for name, to in self.relations.items()}

    # -- rows --------------------------------------------------------------------------------------------------------

    @cached_property
    def row_type(self) -> type[R]:
        """The class of its rows."""
        found: Any = self.row
        if isinstance(found, str):
            module, _, name = found.partition(":")
            found = getattr(importlib.import_module(module), name)
        kind: type[R] = found
        return kind

    def decode(self, record: object) -> R:
        """Return the row of a server's record of any shape."""
        from qpi_tui.rows.decode import decode

        return decode(self.row_type, record)

    def decode_all(self, records: Iterable[object]) -> list[R]:
        """Return the rows of a list of records, in order."""
        from qpi_tui.rows.decode import decode_all

        return decode_all(self.row_type, records)
