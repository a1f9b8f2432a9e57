"""The resources of the console, one module each; `registry` finds them by listing this package."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from qpi_tui.domain.roles import Role
from qpi_tui.resources.base import Resource


@cache
def registry() -> Mapping[str, Resource[Any]]:
    """Return every resource by its id, in the order of the tabs."""
    found = []
    # The first frame does not wait for `pkgutil`.
    files = {each for path in __path__ for each in os.listdir(path) if each.endswith(".py") and each[0] != "_"}
    for name in sorted(each.removesuffix(".py") for each in files):
        resource = getattr(importlib.import_module(f"{__name__}.{name}"), "RESOURCE", None)
        if isinstance(resource, Resource):
            found.append(resource)
    return {resource.id: resource for resource in sorted(found, key=lambda each: each.place)}


def by_collection(collection: str) -> Resource[Any] | None:
    """Return the resource of a server's collection."""
    return next((each for each in registry().values() if each.collection == collection), None)


def first_screen(role: Role) -> str:
    """Return the first screen of a role."""
    return "requests" if role is Role.ADMIN else "jobs"
