"""The screens, one module for each resource, and how they are created."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qpi_tui.resources.base import Resource
    from qpi_tui.screens.base import ConsoleScreen


def make_screen(resource: Resource[Any]) -> ConsoleScreen:
    """Create the screen of a resource."""
    module, _, name = resource.screen.partition(":")
    screen: ConsoleScreen = getattr(importlib.import_module(f"{__name__}.{module}"), name)()
    return screen
