"""`qpi-tui qpus`: the registry of QPUs, and their service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

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
    group,
    several,
)
from qpi_tui.cli.lists import List, show_list, wanted_of
from qpi_tui.cli.output import Record, id_column, say, show_record
from qpi_tui.cli.picking import pick
from qpi_tui.cli.problems import PARTLY
from qpi_tui.cli.qpu_waiting import Then, wait_connected, wait_idle
from qpi_tui.cli.registry import read_registry
from qpi_tui.cli.signing import Signed, signed_in
from qpi_tui.cli.targets import MakeEdit, Targets, change_each
from qpi_tui.rows.qpu_notes import start_note, stop_note

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit
    from qpi_tui.rows.qpu_service import QPUService
    from qpi_tui.rows.qpus import QPURow

app = group("qpus", "Manage QPUs.")
Which = Annotated[str, several("names or ids of QPUs")]


def names(qpu: QPURow) -> tuple[str, ...]:
    """Return the names that select a QPU."""
    return (qpu.name,)


@app.command(name="list")
def list_qpus(*, server: Server = SERVER, output: ListOutput = LIST) -> int:
    """List QPUs with state, queue and drivers, then what needs attention.

    Example: qpi-tui qpus list --json
    """
    from qpi_tui.resources import qpus as columns

    with signed_in(server) as signed:
        rows: dict[int, QPURow] = {}
        note = ""

        def read() -> list[Record]:
            nonlocal note
            found = read_registry(signed)
            note = found.note
            rows.clear()
            rows.update({id(each.record): each.row for each in found})
            return [each.record for each in found]

        def tell_problems(shown: Sequence[QPURow]) -> None:
            for row in shown:
                for sentence in row.problems:
                    say(f"▲ {sentence}")
            if note:
                say(note)

        shown = List(
            wanted_of(output, columns.RESOURCE, signed),
            read,
            [*columns.COLUMNS, id_column()],
            "No QPU is registered.",
            lambda record: rows[id(record)],
            tell_problems,
        )
        return show_list(shown, output, signed)


@app.command
def show(
    which: Annotated[str, Parameter(help="name or id")], /, *, server: Server = SERVER, output: Output = OUTPUT
) -> int:
    """Show one QPU, why it takes no jobs, and what needs attention.

    Example: qpi-tui qpus show alpha
    """
    with signed_in(server) as signed:
        found = read_registry(signed)
    rows = [each.row for each in found]
    row = pick(rows, which, "QPU", names)[0]
    lines = [
        ("name", row.name),
        ("id", row.id),
        ("state", row.state_words),
        ("qubits", str(row.num_qubits or "?")),
        ("queue", f"{row.runs} running, {row.waits} queued"),
    ]
    if row.drivers is not None:
        drivers = ", ".join(f"{driver.label} ({driver.seen_words})" for driver in row.drivers)
        lines.append(("drivers", drivers or "none"))
    lines.append(("slot now", row.holder or "free"))
    lines += [("why", row.why)] if row.why else []
    lines += [("attention", sentence) for sentence in row.problems]
    show_record(found[rows.index(row)].record, lines, output)
    return 0


Wait = Annotated[bool, Parameter(help="wait until no job runs, or until the drivers are connected")]
Timeout = Annotated[float, Parameter(help="with --wait: maximum wait in seconds; then exit code 12")]
Keep = Annotated[bool, Parameter(help="leave the drivers enabled: jobs then still start")]


@app.command(alias="enable")
def start(
    *which: Which,
    wait: Wait = False,
    timeout: Timeout = float("inf"),
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Put QPUs into service: enable them and their drivers, and end their maintenance.

    Prints which driver processes have to reconnect; with --wait, reports them as they do.

    Example: qpi-tui qpus start alpha beta --yes --wait
    """
    from qpi_tui.edits.qpus import StartQPU

    def edit(qpu: QPURow) -> StartQPU:
        return StartQPU(target=qpu.label, qpu=qpu.id)

    what = BulkEdit("qpus.start", "Start", _QPUS)
    then = Then(start_note, wait_connected if wait else None, timeout)
    return _service(which, server, output, change, what, edit, then)


@app.command(alias="disable")
def stop(
    *which: Which,
    keep_drivers: Keep = False,
    wait: Wait = False,
    timeout: Timeout = float("inf"),
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Take QPUs out of service: disable their drivers, then the QPUs, so that no job starts.

    Example: qpi-tui qpus stop alpha --yes --wait --timeout 60
    """
    what = BulkEdit("qpus.stop", "Stop", _QPUS, params=f"keep_drivers={keep_drivers}")
    note = partial(stop_note, keep_drivers=keep_drivers)
    then = Then(note, wait_idle if wait else None, timeout)
    return _service(which, server, output, change, what, _stop(False, keep_drivers), then)


@app.command
def maintenance(
    *which: Which,
    end: Annotated[bool, Parameter(help="end it: the same as `qpus start`")] = False,
    keep_drivers: Keep = False,
    wait: Wait = False,
    timeout: Timeout = float("inf"),
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: BulkChange = BULK,
) -> int:
    """Start or end maintenance of QPUs. Disables their drivers, so that it lasts.

    Example: qpi-tui qpus maintenance alpha --yes --wait
    """
    if end:
        return start(*which, wait=wait, timeout=timeout, server=server, output=output, change=change)
    what = BulkEdit("qpus.maintenance", "Set maintenance for", _QPUS, params=f"keep_drivers={keep_drivers}")
    note = partial(stop_note, maintenance=True, keep_drivers=keep_drivers)
    then = Then(note, wait_idle if wait else None, timeout)
    return _service(which, server, output, change, what, _stop(True, keep_drivers), then)


@app.command
def register(
    name: Annotated[str, Parameter(help="name")],
    /,
    *,
    qubits: Annotated[int | None, Parameter(help="number of qubits")] = None,
    enabled: Annotated[bool, Parameter(help="put it into service immediately")] = False,
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
            say(f"There is a QPU {name} already. The server allows another one with the same name.")
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

    def edit(qpu: QPURow) -> RenameQPU:
        return RenameQPU(target=qpu.label, qpu=qpu.id, name=name)

    return _each((which,), server, output, change, BulkEdit("qpus.rename", "Rename", _QPUS), edit, f" → {name}")


@app.command
def qubits(
    which: Annotated[str, Parameter(help="name or id")],
    number: Annotated[int, Parameter(help="number of qubits", validator=Number(gte=1, lte=1_000_000))],
    /,
    *,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Set the number of qubits of a QPU.

    Example: qpi-tui qpus qubits alpha 7 --yes
    """

    from qpi_tui.edits.qpu_fields import SetQubits

    def edit(qpu: QPURow) -> SetQubits:
        return SetQubits(target=qpu.label, qpu=qpu.id, qubits=number)

    what = BulkEdit("qpus.qubits", "Change", _QPUS)
    return _each((which,), server, output, change, what, edit, f" → {number} qubits")


@app.command
def online(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Mark QPUs with connected drivers online. The status is only a label: it starts no jobs.

    Example: qpi-tui qpus online alpha --yes
    """

    from qpi_tui.edits.qpu_fields import SetStatus

    def edit(qpu: QPURow) -> SetStatus:
        return SetStatus(target=qpu.label, qpu=qpu.id)

    return _each(which, server, output, change, BulkEdit("qpus.online", "Mark online", _QPUS), edit)


@app.command
def delete(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Delete QPUs that have no driver.

    Example: qpi-tui qpus delete old-one
    """

    from qpi_tui.edits.qpus import DeleteQPU

    def edit(qpu: QPURow) -> DeleteQPU:
        return DeleteQPU(target=qpu.label, qpu=qpu.id)

    return _each(which, server, output, change, BulkEdit("qpus.delete", "Delete", _QPUS), edit)


_QPUS = ("QPU", "QPUs")


def _stop(maintenance: bool, keep_drivers: bool) -> MakeEdit[QPURow]:
    from qpi_tui.edits.qpus import StopQPU

    def edit(qpu: QPURow) -> StopQPU:
        return StopQPU(target=qpu.label, qpu=qpu.id, maintenance=maintenance, keep_drivers=keep_drivers)

    return edit


def _service(
    which: Sequence[str],
    server: Server,
    output: Output,
    change: BulkChange,
    what: BulkEdit,
    edit: MakeEdit[QPURow],
    then: Then,
) -> int:
    """Change the service of QPUs, and wait for the effect."""
    services: dict[str, QPUService] = {}
    meant: list[str] = []

    def read(signed: Signed) -> list[QPURow]:
        found = read_registry(signed)
        services.update({each.row.id: each.service for each in found})
        return [each.row for each in found]

    def edit_of(qpu: QPURow) -> Edit:
        meant.append(qpu.id)
        return edit(qpu)

    def notes() -> list[str]:
        return then.note([services[id] for id in meant])

    targets = replace(_TARGETS, read=read)
    code = _each(which, server, output, change, replace(what, late_notes=notes), edit_of, targets=targets)
    if then.wait is None or change.dry_run or code not in (0, PARTLY):
        return code
    with signed_in(server) as signed:
        waited = then.wait(signed, meant, then.timeout)
    return waited or code


def _plan(qpu: QPURow, then: str = "") -> str:
    return f"{qpu.label}{then}: {qpu.state_words}, {qpu.runs} running, {qpu.waits} queued"


def _rows(signed: Signed) -> list[QPURow]:
    return [each.row for each in read_registry(signed)]


_TARGETS: Targets[QPURow] = Targets("QPU", _rows, names, attrgetter("label"), _plan)


def _each(
    which: Sequence[str],
    server: Server,
    output: Output,
    change: Change,
    what: BulkEdit,
    edit: MakeEdit[QPURow],
    then: str = "",
    *,
    targets: Targets[QPURow] = _TARGETS,
) -> int:
    targets = replace(targets, plan=partial(_plan, then=then))
    return change_each(targets, which, what, edit, methodcaller("need_admin", "change QPUs"), server, output, change)
