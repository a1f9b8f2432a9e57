"""The screens, one module for each resource: how they are built, and which comes first."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.roles import Role

if TYPE_CHECKING:
    from qpi_tui.resources.base import Resource
    from qpi_tui.screens.base import ConsoleScreen


def make_screen(resource: Resource[Any]) -> ConsoleScreen:
    """Build the screen of a resource."""
    module, _, name = resource.screen.partition(":")
    screen: ConsoleScreen = getattr(importlib.import_module(f"{__name__}.{module}"), name)()
    return screen


def first_screen(role: Role) -> str:
    """What a person of this role sees first."""
    return "requests" if role is Role.ADMIN else "jobs"
