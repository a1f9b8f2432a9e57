"""QPUs out of service and back: stop, start, maintenance, one or many; each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.edit import Edit
from qpi_tui.edits.qpus import StartQPU, StopQPU
from qpi_tui.rows.qpu_notes import start_note, stop_note
from qpi_tui.widgets.batch import Step

if TYPE_CHECKING:
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.screens.qpu_list import QPUList


def start(screen: QPUList) -> None:
    """Put them into service; the dialog says which drivers have to reconnect."""

    def edit(record: QPURow) -> Edit:
        return StartQPU(target=record.name, qpu=record.id)

    targets = screen.targets()
    _change(screen, targets, ("Enable", "Enable"), start_note(screen.services_of(targets)), edit)


def stop(screen: QPUList) -> None:
    """Take them out of service; the dialog says what runs and waits there, and what stops it on this server."""

    def edit(record: QPURow) -> Edit:
        return StopQPU(target=record.name, qpu=record.id)

    targets = screen.targets()
    _change(screen, targets, ("Disable", "Disable"), stop_note(screen.services_of(targets)), edit)


def maintenance(screen: QPUList) -> None:
    """Into maintenance, or back when all of them are in it."""
    targets = screen.targets()
    if targets and all(record.status == "maintenance" for record in targets):

        def end(record: QPURow) -> Edit:
            return StartQPU(target=record.name, qpu=record.id)

        _change(
            screen, targets, ("End maintenance of", "End maintenance"), start_note(screen.services_of(targets)), end
        )
        return

    def edit(record: QPURow) -> Edit:
        return StopQPU(target=record.name, qpu=record.id, maintenance=True)

    note = stop_note(screen.services_of(targets), maintenance=True)
    _change(screen, targets, ("Set maintenance for", "Set maintenance"), note, edit)


def _change(
    screen: QPUList,
    targets: Sequence[QPURow],
    words: tuple[str, str],
    note: Sequence[str],
    edit: Callable[[QPURow], Edit],
) -> None:
    steps = [Step(record.id, record.name, work_line(record), partial(screen.make, edit(record))) for record in targets]
    if steps:
        name = targets[0].name if len(steps) == 1 else f"{len(steps)} QPUs"
        screen.do_batch(
            f"{words[0]} {name}?",
            steps,
            confirm=words[1],
            doing="Sending",
            note=[("\n".join(note), "")],
            after=screen.changed_service,
        )


def work_line(record: QPURow) -> list[Part]:
    """A QPU as a line of a dialog: its name, its state, what runs and waits there."""
    work = f"{record.runs} running, {record.waits} queued"
    return [(f"{pad(record.name, 20)} ", "bold"), (f"{record.state_words}, {work}", "")]
