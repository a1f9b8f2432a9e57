"""Run the console, a command or the page generator with the invented resource, and print the result as JSON.

python -m tests.invented.launch console|pages|command URL IDENTITY PASSWORD [WORDS…]
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path

from qpi_sandbox import Credentials

ROOMS = ("rows", "resources", "screens", "edits", "cli")


def add() -> None:
    """Extend the five packages with the files here."""
    for room in ROOMS:
        importlib.import_module(f"qpi_tui.{room}").__path__.append(str(Path(__file__).parent / room))


async def console(url: str, who: Credentials) -> dict[str, str]:
    """Return the list, the detail, and the list after the action."""
    from tests.tui.helpers import at_console

    seen = {}
    async with at_console(url, "admin", who, screen="qpus") as person:
        await person.press("Y")
        await person.sees("2 calibrations", "first light", "0.912")
        seen["list"] = person.screen
        await person.press("enter")
        await person.sees("fidelity 0.912")
        seen["detail"] = person.screen
        await person.press("escape")
        await person.act("calibrations.approve")
        await person.sees("Approve?")
        await person.confirm()
        await person.sees("✓ approved")
        seen["approved"] = person.screen
    return seen


def pages() -> dict[str, str]:
    """Return the pages of keys and commands, and the topics of the event stream."""
    from qpi_tui import docs
    from qpi_tui.live.event_stream import topic

    return {"keys": docs.keys_page(), "commands": docs.commands_page(), "topic": topic("calibrations")}


def main(what: str, url: str, identity: str, password: str, *words: str) -> int:
    """Run one of them."""
    add()
    if what == "command":
        from qpi_tui.cli import run

        return run(words)
    found = pages() if what == "pages" else asyncio.run(console(url, Credentials(identity, password, "")))
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
