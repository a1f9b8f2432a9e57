"""`qpi-tui qpus`: the registry of QPUs, in and out of service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from operator import methodcaller
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.changing import BulkEdit, change_one
from qpi_tui.cli.common import BULK, CHANGE, OUTPUT, SERVER, BulkChange, Change, Output, Server, group, several
from qpi_tui.cli.each import MakeEdit, Targets, change_each
from qpi_tui.cli.output import id_column, say, show_record, show_records
from qpi_tui.cli.picking import Record, pick
from qpi_tui.cli.registry import read_registry
from qpi_tui.cli.signing import signed_in
from qpi_tui.domain import facts

app = group("qpus", "The registry of QPUs.")
Which = Annotated[str, several("names or ids of QPUs")]
_RUNNING_GO_ON = "Jobs that run go on to their end; those that wait stay until it is enabled again."


def names(qpu: Record) -> tuple[object, ...]:
    """What a QPU may be called."""
    return (qpu.get("name"),)


@app.command(name="list")
def list_qpus(*, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """List every QPU with its state, queue and drivers.

    Example: qpi-tui qpus list --json
    """
    from qpi_tui.resources import qpus as columns

    with signed_in(server) as signed:
        rows = read_registry(signed)
        show_records(rows, [*columns.COLUMNS, id_column()], output, none="No QPU is registered.")
    return 0


@app.command
def show(
    which: Annotated[str, Parameter(help="name or id")], /, *, server: Server = SERVER, output: Output = OUTPUT
) -> int:
    """Show one QPU, and why it is not online where it is not.

    Example: qpi-tui qpus show alpha
    """
    with signed_in(server) as signed:
        qpu = pick(read_registry(signed), which, "QPU", names)[0]
        extra = qpu["_"]
        drivers = ", ".join(f"{driver.get('name')} ({driver.get('status')})" for driver in extra["drivers"])
        lines = [
            ("name", str(qpu.get("name"))),
            ("id", str(qpu.get("id"))),
            ("state", facts.qpu_words(qpu)),
            ("qubits", str(qpu.get("num_qubits") or "?")),
            ("queue", f"{extra['runs']} running, {extra['waits']} waiting"),
            ("drivers", drivers or "none"),
            ("slot now", extra["holder"] or "free"),
        ]
        show_record(qpu, [*lines, *([("why", extra["why"])] if extra["why"] else [])], output)
    return 0


@app.command
def enable(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Take QPUs into service.

    Example: qpi-tui qpus enable alpha beta --yes
    """
    note = "An enabled QPU is online once its driver connects."
    return _each(which, server, output, change, BulkEdit("qpus.enable", "Enable", _QPUS, (note,)), _toggle(True))


@app.command
def disable(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Take QPUs out of service. What runs there goes on.

    Example: qpi-tui qpus disable alpha --dry-run
    """
    what = BulkEdit("qpus.disable", "Disable", _QPUS, (_RUNNING_GO_ON,))
    return _each(which, server, output, change, what, _toggle(False))


@app.command
def maintenance(
    *which: Which,
    end: Annotated[bool, Parameter(help="back from maintenance")] = False,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Set maintenance for QPUs, or end it.

    Example: qpi-tui qpus maintenance alpha --yes
    """

    from qpi_tui.edits.qpus import SetMaintenance

    def edit(qpu: Record) -> SetMaintenance:
        return SetMaintenance(target=str(qpu.get("name")), qpu=str(qpu["id"]), maintenance=not end)

    note = "It is online again once its driver reports." if end else "A QPU in maintenance gets no jobs."
    verb = "End maintenance of" if end else "Set maintenance for"
    return _each(which, server, output, change, BulkEdit("qpus.maintenance", verb, _QPUS, (note,), str(end)), edit)


@app.command
def register(
    name: Annotated[str, Parameter(help="its name")],
    /,
    *,
    qubits: Annotated[int | None, Parameter(help="how many qubits it has")] = None,
    enabled: Annotated[bool, Parameter(help="take it into service at once")] = False,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Register a QPU.

    Example: qpi-tui qpus register gamma --qubits 5 --enabled
    """
    with signed_in(server) as signed:
        signed.need_admin("register QPUs")
        if any(qpu.get("name") == name for qpu in signed.client.list_all_qpus()):
            say(f"There is a QPU {name} already; the server allows a second one.")
        if change.dry_run:
            say(f"Would register {name}.")
            return 0
        from qpi_tui.edits.qpus import RegisterQPU

        done = change_one(signed, RegisterQPU(target=name, qubits=qubits, enabled=enabled))
        qpu = done.record or {"id": done.id}
        show_record(qpu, [("name", str(qpu.get("name") or name)), ("id", str(qpu.get("id")))], output)
    return 0


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
    """Rename a QPU.

    Example: qpi-tui qpus rename alpha alpha-2 --yes
    """

    from qpi_tui.edits.qpus import RenameQPU

    def edit(qpu: Record) -> RenameQPU:
        return RenameQPU(target=str(qpu.get("name")), qpu=str(qpu["id"]), name=name)

    return _each((which,), server, output, change, BulkEdit("qpus.rename", "Rename", _QPUS), edit, f" → {name}")


@app.command
def delete(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Delete QPUs that have no driver.

    Example: qpi-tui qpus delete old-one
    """

    from qpi_tui.edits.qpus import DeleteQPU

    def edit(qpu: Record) -> DeleteQPU:
        return DeleteQPU(target=str(qpu.get("name")), qpu=str(qpu["id"]))

    return _each(which, server, output, change, BulkEdit("qpus.delete", "Delete", _QPUS), edit)


_QPUS = ("QPU", "QPUs")


def _toggle(enabled: bool) -> MakeEdit:
    from qpi_tui.edits.qpus import SetEnabled

    def edit(qpu: Record) -> SetEnabled:
        return SetEnabled(target=str(qpu.get("name")), qpu=str(qpu["id"]), enabled=enabled)

    return edit


def _plan(qpu: Record, then: str = "") -> str:
    extra = qpu["_"]
    work = f"{facts.qpu_words(qpu)}, {extra['runs']} running, {extra['waits']} waiting"
    return f"{qpu.get('name')}{then}: {work}"


_TARGETS = Targets("QPU", read_registry, names, lambda qpu: str(qpu.get("name")), _plan)


def _each(
    which: Sequence[str], server: Server, output: Output, change: Change, what: BulkEdit, edit: MakeEdit, then: str = ""
) -> int:
    targets = replace(_TARGETS, plan=partial(_plan, then=then))
    return change_each(targets, which, what, edit, methodcaller("need_admin", "change QPUs"), server, output, change)
