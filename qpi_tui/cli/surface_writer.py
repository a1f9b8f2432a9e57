"""Generates the file that `surface` reads, from the commands."""

from __future__ import annotations

import json
from typing import Any


def made() -> str:
    """Return the content of the file."""
    from io import StringIO

    from rich.console import Console

    from qpi_tui.cli.commands import imported

    found: dict[str, dict[str, Any]] = {}
    app = imported()

    def walk(path: list[str]) -> None:
        text = StringIO()
        app.help_print(path, console=Console(file=text, width=80, color_system=None, force_terminal=False))
        node = app
        for word in path:
            node = node[word]
        commands = [name for name in node if not name.startswith("-")]
        options, words = _arguments(node) if node.default_command is not None else ({}, False)
        help = "\n".join(line.rstrip() for line in text.getvalue().splitlines()).rstrip() + "\n"
        found[" ".join(path)] = {"help": help, "commands": commands, "options": options, "words": words}
        for name in commands:
            walk([*path, name])

    walk([])
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _arguments(node: Any) -> tuple[dict[str, Any], bool]:
    """Return a command's options, and whether it takes words."""
    from qpi_tui.cli.common import PLAIN

    options: dict[str, Any] = {}
    words = False
    for argument in node.assemble_argument_collection(default_parameter=PLAIN):
        if not argument.show:
            continue
        names = [name for name in argument.names if name.startswith("-")]
        words = words or argument.index is not None
        for name in names:
            options[name] = False if argument.hint is bool else (list(argument.get_choices() or ()) or None)
    return options, words
