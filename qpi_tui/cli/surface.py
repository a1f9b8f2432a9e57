"""What the commands look like from outside: help, commands, options. Made once, by `python -m qpi_tui.docs`."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # neither `--help` nor the completion waits for `typing` and `pathlib`
    from typing import Any

FILE = os.path.join(os.path.dirname(__file__), "surface.json")


def surface() -> dict[str, dict[str, Any]]:
    """Command (words with blanks between, "" for all of it) → `help`, `commands`, `options`, `words`.

    `options` maps each to what its value may be: a list, or None for any, or False for an option without a value.
    Empty where the file is missing: everything then takes the long way.
    """
    try:
        with open(FILE, encoding="utf-8") as file:
            found: dict[str, dict[str, Any]] = json.load(file)
    except (OSError, ValueError):
        return {}
    return found
