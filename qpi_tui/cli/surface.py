"""What the commands look like from outside: help, commands, options. Made once, by `python -m qpi_tui.docs`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("surface.json")


def surface() -> dict[str, dict[str, Any]]:
    """Command (words with blanks between, "" for all of it) → `help`, `commands`, `options`, `words`.

    `options` maps each to what its value may be: a list, or None for any, or False for an option without a value.
    Empty where the file is missing: everything then takes the long way.
    """
    try:
        found: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
