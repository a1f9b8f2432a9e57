"""Textual without its command palette, which this program has no use for and which a tenth of Textual's loading is for.

Textual's app and its themes import the palette, and with it six widgets and what they need. Here they get a stand-in
for it while they are loaded; whoever imports `textual.command` afterwards gets the real one. The names that are taken
from it are `NAMES`: `tests/tui/terminal/test_textual_internals.py` fails when Textual takes others.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

PALETTE = "textual.command"
NAMES = frozenset({"CommandListItem", "CommandPalette", "DiscoveryHit", "Hit", "Hits", "Provider", "SimpleProvider"})


class _StandIn(ModuleType):
    """Gives an empty class for each of the names."""

    def __getattr__(self, name: str) -> Any:
        if name not in NAMES:
            raise AttributeError(f"{PALETTE} is left out, {name} with it")
        return type(name, (), {})


def load_textual() -> None:
    """Import Textual's app; where it is loaded already nothing is done."""
    if "textual.app" in sys.modules or PALETTE in sys.modules:
        return
    sys.modules[PALETTE] = _StandIn(PALETTE)
    try:
        importlib.import_module("textual.app")
    finally:
        del sys.modules[PALETTE]
