"""The parameters of each command, read once: the library reads its function anew for every line, in 7 ms.

A real process runs one command. The tests run thousands in one process.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import attrs
from cyclopts import App
from cyclopts.argument import Argument, ArgumentCollection

# What a run changes; all else, such as types and groups, is shared by the copies.
_CHANGED = (list, dict, set, Argument, ArgumentCollection)
_known: dict[tuple[int, bool], tuple[App, ArgumentCollection]] = {}


def read_parameters_once() -> None:
    """Let cyclopts give each line a copy of what it read for the first one."""
    assemble = App.assemble_argument_collection

    def known(
        self: App, *, default_parameter: Any = None, parse_docstring: bool = False, **more: Any
    ) -> ArgumentCollection:
        if default_parameter is not None or more:
            return assemble(self, default_parameter=default_parameter, parse_docstring=parse_docstring, **more)
        key = id(self), parse_docstring
        if key not in _known:
            _known[key] = self, assemble(self, parse_docstring=parse_docstring)
        return _copied(_known[key][1])

    App.assemble_argument_collection = known  # type: ignore[method-assign]


def _copied(arguments: ArgumentCollection) -> ArgumentCollection:
    shared = {id(value): value for argument in arguments for value in _values(argument)}
    return copy.deepcopy(arguments, shared)


def _values(argument: Argument) -> Iterator[Any]:
    for field in attrs.fields(Argument):
        value = getattr(argument, field.name, None)
        if not isinstance(value, _CHANGED):
            yield value
