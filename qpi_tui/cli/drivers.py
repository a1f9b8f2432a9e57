"""`qpi-tui drivers`: the programs that run the QPUs' jobs and read the cryostats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from qpi_client.records import DriverKind, DriverLanguage
from qpi_tui.cli.changing import BulkEdit, change_one
from qpi_tui.cli.common import (
    BULK,
    CHANGE,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    Change,
    ListOutput,
    Output,
    Server,
    ask,
    group,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import id_column, say, show_record
from qpi_tui.cli.picking import pick
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.targets import MakeEdit, Targets, change_each
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.rows.drivers import DriverRow

app = group("drivers", "Manage the drivers that run the QPUs.")
Which = Annotated[str, several("names or ids of drivers")]
_DRIVERS = ("driver", "drivers")


def names(driver: DriverRow) -> tuple[str, ...]:
    """Return the names that select a driver."""
    return (driver.name,)


@app.command(name="list")
def list_drivers(
    *,
    qpu: Annotated[str, Parameter(help="only this QPU's: name or id")] = "",
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """List the drivers and when each was last seen.

    Example: qpi-tui drivers list --qpu alpha
    """
    from qpi_tui.resources import drivers as columns

    with signed_in(server) as signed:
        shown = [*columns.COLUMNS, id_column()]
        wanted = wanted_of(output, columns.RESOURCE, signed)
        read = partial(signed.client.list_drivers, qpu or None)
        none, row = "There are no drivers.", columns.RESOURCE.decode
        return show_list(List(wanted, read, shown, none, row), output, signed)


@app.command
def register(
    name: Annotated[str, Parameter(help="name")],
    /,
    *,
    qpu: Annotated[str, Parameter(help="the QPU that the driver runs: name or id")],
    kind: Annotated[DriverKind, Parameter(help="kind of driver")],
    language: Annotated[DriverLanguage, Parameter(help="programming language")] = "python",
    events: Annotated[
        str,
        Parameter(help="events of a driver of kind custom, separated by commas: JobDispatch,JobResult,CryostatReading"),
    ] = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Register a driver. Its token is printed only once.

    Example: qpi-tui drivers register aer_alpha --qpu alpha --kind qiskit_aer --json
    """
    chosen = [word.strip() for word in events.split(",") if word.strip()] or None
    if (kind == "custom") != (chosen is not None):
        raise Problem("--kind custom needs --events, such as JobDispatch,JobResult; other kinds do not take it.", USAGE)
    with signed_in(server) as signed:
        signed.need_admin("register drivers")
        if change.dry_run:
            say(f"Would register {name} for {qpu}.")
            return 0
        from qpi_tui.edits.drivers import RegisterDriver

        edit = RegisterDriver(target=name, qpu=qpu, driver_kind=kind, language=language, events=chosen)
        done = change_one(signed, edit)
        _show_new(done.record or {"id": done.id, "name": name}, output)
    return 0


@app.command
def enable(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Let drivers take jobs.

    Example: qpi-tui drivers enable aer_alpha --yes
    """
    return _each(which, server, output, change, BulkEdit("drivers.enable", "Enable", _DRIVERS), _toggle(True))


@app.command
def disable(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Stop drivers' jobs. After you enable a driver again, it must reconnect.

    Example: qpi-tui drivers disable aer_alpha --yes
    """
    note = "It gets no more jobs. After you enable it again, it has to reconnect."
    return _each(
        which, server, output, change, BulkEdit("drivers.disable", "Disable", _DRIVERS, (note,)), _toggle(False)
    )


@app.command
def delete(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Delete drivers: their tokens stop working.

    Example: qpi-tui drivers delete old_driver
    """

    from qpi_tui.edits.drivers import DeleteDriver

    def edit(driver: DriverRow) -> DeleteDriver:
        return DeleteDriver(target=driver.label, driver=driver.id)

    return _each(which, server, output, change, BulkEdit("drivers.delete", "Delete", _DRIVERS), edit)


@app.command
def rename(
    which: Annotated[str, Parameter(help="name or id")],
    name: Annotated[str, Parameter(help="the new name")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Rename a driver. Its token and connection stay the same.

    Example: qpi-tui drivers rename old_driver spare --yes
    """
    from qpi_tui.edits.driver_fields import RenameDriver

    def edit(driver: DriverRow) -> RenameDriver:
        return RenameDriver(target=driver.label, driver=driver.id, name=name)

    return _each((which,), server, output, change, BulkEdit("drivers.rename", "Rename", _DRIVERS), edit, f" → {name}")


@app.command
def move(
    which: Annotated[str, Parameter(help="name or id")],
    /,
    *,
    qpu: Annotated[str, Parameter(help="the QPU to register it for: name or id")],
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Move a driver to another QPU. A connected driver serves the old QPU until it restarts.

    Example: qpi-tui drivers move old_driver --qpu beta --yes
    """
    from qpi_tui.edits.driver_fields import MoveDriver

    found: list[tuple[str, str]] = []

    def need(signed: Signed) -> None:
        signed.need_admin("change drivers")
        to = signed.client.get_qpu(qpu)
        found.append((str(to["id"]), str(to.get("name") or to["id"])))

    def edit(driver: DriverRow) -> MoveDriver:
        id, name = found[0]
        return MoveDriver(target=driver.label, driver=driver.id, qpu=id, qpu_name=name)

    targets = replace(_TARGETS, plan=lambda driver: f"{_TARGETS.plan(driver)} → {found[0][1]}")
    what = BulkEdit("drivers.move", "Move", _DRIVERS)
    return change_each(targets, (which,), what, edit, need, server, output, change)


@app.command
def new_token(
    which: Annotated[str, Parameter(help="name or id")],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Give a driver a new token: registers it again with a new id. The token is printed only once.

    Example: qpi-tui drivers new-token old_driver --yes
    """
    from qpi_tui.edits.driver_fields import ReplaceDriver

    with signed_in(server) as signed:
        signed.need_admin("register drivers")
        driver = pick(_TARGETS.read(signed), which, "driver", names)[0]
        name = driver.label
        if change.dry_run:
            say(f"Would register {name} again and delete the old one.")
            return 0
        say(f"  {ReplaceDriver.final}")
        ask(f"Register {name} again and delete the old one?", change)
        done = change_one(signed, ReplaceDriver(target=name, driver=driver.id))
        say(f"{name}: {done.said}.")
        _show_new(done.record or {"id": done.id, "name": name}, output)
    return 0


def _show_new(made: Mapping[str, object], output: Output) -> None:
    """Print a new driver with its token, once."""
    fields = ("id", "name", "token", "ca_fingerprint", "qpi_addr")
    show_record(made, [(field, str(made[field])) for field in fields if made.get(field)], output)
    if output.plain:
        _snippets(made)
        say("Shown only once. Copy it now.")


def _toggle(enabled: bool) -> MakeEdit[DriverRow]:
    from qpi_tui.edits.drivers import ToggleDriver

    def edit(driver: DriverRow) -> ToggleDriver:
        return ToggleDriver(target=driver.label, driver=driver.id, enabled=enabled)

    return edit


def _each(
    which: Sequence[str],
    server: Server,
    output: Output,
    change: Change,
    what: BulkEdit,
    edit: MakeEdit[DriverRow],
    then: str = "",
) -> int:
    targets = replace(_TARGETS, plan=lambda driver: f"{_TARGETS.plan(driver)}{then}")
    return change_each(targets, which, what, edit, methodcaller("need_admin", "change drivers"), server, output, change)


_TARGETS: Targets[DriverRow] = Targets(
    "driver",
    lambda signed: registry()["drivers"].decode_all(signed.client.list_drivers()),
    names,
    attrgetter("label"),
    lambda driver: f"{driver.label}: {driver.kind}, {driver.status}",
)


def _snippets(made: Mapping[str, object]) -> None:
    snippets = made.get("snippets")
    if isinstance(snippets, dict):
        from qpi_tui.domain.sanitize import clean_lines

        for title, text in snippets.items():
            say(f"-- {title}")
            for line in clean_lines(text).split("\n"):
                say(line)
