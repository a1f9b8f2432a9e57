"""The commands of `qpi-tui`: those of each resource in a module of its name, single ones by name here."""

from __future__ import annotations

import importlib
import pkgutil
import sys

from cyclopts import App

from qpi_client.version import __version__
from qpi_tui.cli import account, api, audit_log, completion, help_topics, info, opening, session, settings, watch
from qpi_tui.cli.common import PLAIN
from qpi_tui.resources import registry

app = App(
    name="qpi-tui",
    version=__version__,
    version_flags=("--version", "-V"),
    help="The console of a shared quantum computer. Without a command it opens the console.",
    help_format="plaintext",
    default_parameter=PLAIN,
)
app.default(opening.console)
app.command(session.login)
app.command(session.logout)
app.command(session.whoami)
app.command(account.password)
app.command(account.signup)
app.command(account.verify)
app.command(account.account)
app.command(info.info)
# All modules of the package; importing them by name here would be a cycle.
_MODULES = {module.name for module in pkgutil.iter_modules(sys.modules[__name__.rpartition(".")[0]].__path__)}
for id in registry():
    if id in _MODULES:
        app.command(importlib.import_module(f"{__package__}.{id}").app)
app.command(watch.watch)
app.command(audit_log.audit_log)
app.command(api.api)
app.command(opening.demo)
app.command(opening.sandbox)
app.command(settings.app)
app.command(opening.keys)
app.command(completion.completion)
app.command(help_topics.help_on, name="help")
