"""The commands of `qpi-tui`: each resource in its own module, the single ones here by name."""

from __future__ import annotations

from cyclopts import App

from qpi_tui.cli import (
    VERSION,
    announcements,
    completion,
    doctor,
    drivers,
    info,
    jobs,
    opening,
    qpus,
    requests,
    session,
    settings,
    slots,
    telemetry,
    tokens,
    users,
)
from qpi_tui.cli.common import PLAIN

app = App(
    name="qpi-tui",
    version=VERSION,
    version_flags=("--version", "-V"),
    help="The console of a shared quantum computer. Without a command it opens the console.",
    help_format="plaintext",
    default_parameter=PLAIN,
)
app.default(opening.console)
app.command(session.login)
app.command(session.logout)
app.command(session.whoami)
app.command(info.info)
for each in (jobs, requests, users, qpus, drivers, slots, announcements, tokens):
    app.command(each.app)
app.command(telemetry.telemetry)
app.command(doctor.doctor)
app.command(opening.demo)
app.command(opening.sandbox)
app.command(settings.app)
app.command(opening.keys)
app.command(completion.completion)
