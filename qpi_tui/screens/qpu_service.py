"""QPUs out of service and back: stop, start, maintenance, one or many; each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.edit import Edit
from qpi_tui.edits.qpus import StartQPU, StopQPU
from qpi_tui.rows.qpu_service import start_note, stop_note
from qpi_tui.widgets.batch import Step

if TYPE_CHECKING:
    from qpi_tui.screens.qpus import QPUsScreen

Record = dict[str, Any]


def start(screen: QPUsScreen) -> None:
    """Put them into service; the dialog says which drivers have to reconnect."""

    def edit(record: Record) -> Edit:
        return StartQPU(target=str(record.get("name")), qpu=str(record["id"]))

    targets = screen.targets()
    _change(screen, targets, ("Enable", "Enable"), start_note(_services(targets)), edit)


def stop(screen: QPUsScreen) -> None:
    """Take them out of service; the dialog says what runs and waits there, and what stops it on this server."""

    def edit(record: Record) -> Edit:
        return StopQPU(target=str(record.get("name")), qpu=str(record["id"]))

    targets = screen.targets()
    _change(screen, targets, ("Disable", "Disable"), stop_note(_services(targets)), edit)


def maintenance(screen: QPUsScreen) -> None:
    """Into maintenance, or back when all of them are in it."""
    targets = screen.targets()
    if targets and all(record.get("status") == "maintenance" for record in targets):

        def end(record: Record) -> Edit:
            return StartQPU(target=str(record.get("name")), qpu=str(record["id"]))

        _change(screen, targets, ("End maintenance of", "End maintenance"), start_note(_services(targets)), end)
        return

    def edit(record: Record) -> Edit:
        return StopQPU(target=str(record.get("name")), qpu=str(record["id"]), maintenance=True)

    note = stop_note(_services(targets), maintenance=True)
    _change(screen, targets, ("Set maintenance for", "Set maintenance"), note, edit)


def _services(targets: Sequence[Record]) -> list[Any]:
    return [record["_"]["service"] for record in targets]


def _change(
    screen: QPUsScreen,
    targets: Sequence[Record],
    words: tuple[str, str],
    note: Sequence[str],
    edit: Callable[[Record], Edit],
) -> None:
    steps = [
        Step(record["id"], str(record.get("name")), work_line(record), partial(screen.make, edit(record)))
        for record in targets
    ]
    if steps:
        name = str(targets[0].get("name")) if len(steps) == 1 else f"{len(steps)} QPUs"
        screen.do_batch(
            f"{words[0]} {name}?",
            steps,
            confirm=words[1],
            doing="Sending",
            note=[("\n".join(note), "")],
            after=screen.changed_service,
        )


def work_line(record: Record) -> list[Part]:
    """A QPU as a line of a dialog: its name, its state, what runs and waits there."""
    extra = record["_"]
    work = f"{extra['runs']} running, {extra['waits']} queued"
    return [(f"{pad(str(record.get('name')), 20)} ", "bold"), (f"{facts.qpu_words(record)}, {work}", "")]
