"""`qpi-tui drivers`: what runs the QPUs' jobs and reads the cryostats."""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller
from typing import Annotated

from cyclopts import Parameter

from qpi_client.records import DriverKind, DriverLanguage
from qpi_tui.cli.changing import BulkEdit, change_one
from qpi_tui.cli.common import BULK, CHANGE, OUTPUT, SERVER, BulkChange, Change, Output, Server, group, several
from qpi_tui.cli.each import MakeEdit, Targets, change_each
from qpi_tui.cli.output import id_column, say, show_record, show_records
from qpi_tui.cli.picking import Record
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import signed_in

app = group("drivers", "The drivers that run the QPUs.")
Which = Annotated[str, several("names or ids of drivers")]
_DRIVERS = ("driver", "drivers")


def names(driver: Record) -> tuple[object, ...]:
    """What a driver may be called."""
    return (driver.get("name"),)


@app.command(name="list")
def list_drivers(
    *,
    qpu: Annotated[str, Parameter(help="only this QPU's: name or id")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """List the drivers and when each was last seen.

    Example: qpi-tui drivers list --qpu alpha
    """
    from qpi_tui.resources import drivers as columns

    with signed_in(server) as signed:
        found = signed.client.list_drivers(qpu or None)
        show_records(
            found, [*columns.COLUMNS, id_column()], output, none="There are no drivers.", row=columns.RESOURCE.decode
        )
    return 0


@app.command
def register(
    name: Annotated[str, Parameter(help="its name")],
    /,
    *,
    qpu: Annotated[str, Parameter(help="the QPU that it runs: name or id")],
    kind: Annotated[DriverKind, Parameter(help="what it drives")],
    language: Annotated[DriverLanguage, Parameter(help="what it is written in")] = "python",
    events: Annotated[str, Parameter(help="for kind custom, with commas: JobDispatch,JobResult,CryostatReading")] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Register a driver. Its token is printed this once.

    Example: qpi-tui drivers register aer_alpha --qpu alpha --kind qiskit_aer --json
    """
    chosen = [word.strip() for word in events.split(",") if word.strip()] or None
    if (kind == "custom") != (chosen is not None):
        raise Problem("--events is for --kind custom, which needs it, such as JobDispatch,JobResult.", USAGE)
    with signed_in(server) as signed:
        signed.need_admin("register drivers")
        if change.dry_run:
            say(f"Would register {name} for {qpu}.")
            return 0
        from qpi_tui.edits.drivers import RegisterDriver

        edit = RegisterDriver(target=name, qpu=qpu, driver_kind=kind, language=language, events=chosen)
        done = change_one(signed, edit)
        made = done.record or {"id": done.id, "name": name}
        lines = [
            (field, str(made[field]))
            for field in ("id", "name", "token", "ca_fingerprint", "qpi_addr")
            if made.get(field)
        ]
        show_record(made, lines, output)
        if output.plain:
            _snippets(made)
            say("Shown only once. Copy it now.")
    return 0


@app.command
def enable(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Let drivers take jobs.

    Example: qpi-tui drivers enable aer_alpha --yes
    """
    return _each(which, server, output, change, BulkEdit("drivers.enable", "Enable", _DRIVERS), _toggle(True))


@app.command
def disable(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Stop drivers' jobs. Once enabled again, a driver must connect anew.

    Example: qpi-tui drivers disable aer_alpha --yes
    """
    note = "It gets no jobs; once enabled again it must connect anew."
    return _each(
        which, server, output, change, BulkEdit("drivers.disable", "Disable", _DRIVERS, (note,)), _toggle(False)
    )


@app.command
def delete(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Delete drivers: their tokens stop working.

    Example: qpi-tui drivers delete old_driver
    """

    from qpi_tui.edits.drivers import DeleteDriver

    def edit(driver: Record) -> DeleteDriver:
        return DeleteDriver(target=str(driver.get("name")), driver=str(driver["id"]))

    return _each(which, server, output, change, BulkEdit("drivers.delete", "Delete", _DRIVERS), edit)


def _toggle(enabled: bool) -> MakeEdit:
    from qpi_tui.edits.drivers import ToggleDriver

    def edit(driver: Record) -> ToggleDriver:
        return ToggleDriver(target=str(driver.get("name")), driver=str(driver["id"]), enabled=enabled)

    return edit


def _each(which: Sequence[str], server: Server, output: Output, change: Change, what: BulkEdit, edit: MakeEdit) -> int:
    return change_each(
        _TARGETS, which, what, edit, methodcaller("need_admin", "change drivers"), server, output, change
    )


_TARGETS = Targets(
    "driver",
    lambda signed: signed.client.list_drivers(),
    names,
    lambda driver: str(driver.get("name")),
    lambda driver: f"{driver.get('name')}: {driver.get('kind')}, {driver.get('status')}",
)


def _snippets(made: Record) -> None:
    snippets = made.get("snippets")
    if isinstance(snippets, dict):
        from qpi_tui.domain.sanitize import clean_lines

        for title, text in snippets.items():
            say(f"-- {title}")
            for line in clean_lines(text).split("\n"):
                say(line)
