"""The commands of `qpi-tui`: those of each resource in a module of its name, single ones by name here.

A command imports its own module only: those of all others took 85 ms, a fifth of `qpi-tui jobs list`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from cyclopts import App

from qpi_client.version import __version__
from qpi_tui.cli.common import PLAIN
from qpi_tui.resources import registry

# Command → the module of this package, and what in it is the command or the app of its commands.
_BEFORE = {
    "login": ("session", "login"),
    "logout": ("session", "logout"),
    "whoami": ("session", "whoami"),
    "password": ("account", "password"),
    "signup": ("account", "signup"),
    "verify": ("account", "verify"),
    "account": ("account", "account"),
    "info": ("info", "info"),
}
_BEHIND = {
    "watch": ("watch", "watch"),
    "audit-log": ("audit_log", "audit_log"),
    "api": ("api", "api"),
    "demo": ("opening", "demo"),
    "sandbox": ("opening", "sandbox"),
    "config": ("settings", "app"),
    "keys": ("opening", "keys"),
    "completion": ("completion", "completion"),
    "help": ("help_topics", "help_on"),
}
# Resources without a module here: the overview has no command, and that of the audit log is above.
_WITHOUT = {"overview", "journal"}
_PLACES = {**_BEFORE, **{id: (id, "app") for id in registry() if id not in _WITHOUT}, **_BEHIND}


@cache
def app(command: str = "") -> App:
    """Return the commands as the library takes them: all, or one of the first level with those below it."""
    made = App(
        name="qpi-tui",
        version=__version__,
        version_flags=("--version", "-V"),
        help="The console of a shared quantum computer. Without a command it opens the console.",
        help_format="plaintext",
        default_parameter=PLAIN,
    )
    if command not in _PLACES:
        made.default(_found("opening", "console"))
    for name in [command] if command in _PLACES else _PLACES:
        found = _found(*_PLACES[name])
        if isinstance(found, App):
            made.command(found)
        else:
            made.command(found, name=name)
    return made


def _found(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"{__package__}.{module}"), name)
