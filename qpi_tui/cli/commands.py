"""The commands of `qpi-tui`: those of each resource in a module of its name, single ones by name here.

The library imports a command's module when the command is run or described, so that a command does not wait for the
modules of all others.
"""

from __future__ import annotations

from cyclopts import App

from qpi_client.version import __version__
from qpi_tui.cli import opening
from qpi_tui.cli.common import PLAIN
from qpi_tui.resources import registry

# Resources without a module here: the overview has no command, and that of the audit log has its title as a name.
_WITHOUT = {"overview", "journal"}

app = App(
    name="qpi-tui",
    version=__version__,
    version_flags=("--version", "-V"),
    help="The console of a shared quantum computer. Without a command it opens the console.",
    help_format="plaintext",
    default_parameter=PLAIN,
)
app.default(opening.console)
for name, place in {
    "login": "session:login",
    "logout": "session:logout",
    "whoami": "session:whoami",
    "password": "account:password",
    "signup": "account:signup",
    "verify": "account:verify",
    "account": "account:account",
    "info": "info:info",
    **{id: f"{id}:app" for id in registry() if id not in _WITHOUT},
    "watch": "watch:watch",
    "audit-log": "audit_log:audit_log",
    "api": "api:api",
    "demo": "opening:demo",
    "sandbox": "opening:sandbox",
    "config": "settings:app",
    "keys": "opening:keys",
    "completion": "completion:completion",
    "help": "help_topics:help_on",
}.items():
    app.command(f"{__package__}.{place}", name=name)


def imported(command: str = "") -> App:
    """Return the app with this command imported; with every one if none is named, as the help of them all needs."""
    for name in [command] if command else app:
        _ = app[name]
    return app
