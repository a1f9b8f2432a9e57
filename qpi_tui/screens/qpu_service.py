"""QPUs out of service and back: stop, start, maintenance, one or many; all can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.edit import Edit
from qpi_tui.edits.outcome import Outcome
from qpi_tui.edits.qpus import StartQPU, StopQPU
from qpi_tui.rows.qpu_notes import start_note, stop_note
from qpi_tui.widgets.step import Option, Step

if TYPE_CHECKING:
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.screens.qpu_list import QPUList


def start(screen: QPUList) -> None:
    """Put QPUs into service; the dialog names the drivers that must reconnect."""

    def edit(record: QPURow) -> Edit:
        return StartQPU(target=record.name, qpu=record.id)

    targets = screen.targets()
    _change(screen, targets, ("Enable", "Enable"), start_note(screen.services_of(targets)), edit)


def stop(screen: QPUList) -> None:
    """Take QPUs out of service; the dialog shows running and queued jobs, and what stops them on this server."""
    _stop(screen, screen.targets(), ("Disable", "Disable"), maintenance=False)


def maintenance(screen: QPUList) -> None:
    """Start maintenance, or end it if all are in maintenance."""
    targets = screen.targets()
    if targets and all(record.status == "maintenance" for record in targets):

        def end(record: QPURow) -> Edit:
            return StartQPU(target=record.name, qpu=record.id)

        _change(
            screen, targets, ("End maintenance of", "End maintenance"), start_note(screen.services_of(targets)), end
        )
        return
    _stop(screen, targets, ("Set maintenance for", "Set maintenance"), maintenance=True)


def _stop(screen: QPUList, targets: Sequence[QPURow], words: tuple[str, str], *, maintenance: bool) -> None:
    """Take out of service with the drivers; the dialog's option keeps them enabled, like `--keep-drivers`."""
    services = screen.services_of(targets)
    kept = stop_note(services, maintenance=maintenance, keep_drivers=True)
    option = Option(("Keep drivers", "Disable drivers too"), [("\n".join(kept), "")])

    def edit(record: QPURow) -> Edit:
        return StopQPU(target=record.name, qpu=record.id, maintenance=maintenance, keep_drivers=option.chosen)

    # On v0.0 a QPU is its own driver. Without an enabled driver the option has no effect.
    can_keep = any(each.drivers is None or any(driver.enabled for driver in each.drivers) for each in services)
    note = stop_note(services, maintenance=maintenance)
    _change(screen, targets, words, note, edit, option if can_keep else None)


def _change(
    screen: QPUList,
    targets: Sequence[QPURow],
    words: tuple[str, str],
    note: Sequence[str],
    edit: Callable[[QPURow], Edit],
    option: Option | None = None,
) -> None:
    async def act(record: QPURow) -> Outcome:
        # Created on confirmation, when the option is known.
        return await screen.make(edit(record))

    steps = [Step(record.id, record.name, work_line(record), partial(act, record)) for record in targets]
    if steps:
        name = targets[0].name if len(steps) == 1 else f"{len(steps)} QPUs"
        screen.do_batch(
            f"{words[0]} {name}?",
            steps,
            confirm=words[1],
            doing="Sending",
            note=[("\n".join(note), "")],
            after=screen.changed_service,
            option=option,
        )


def work_line(record: QPURow) -> list[Part]:
    """Return a QPU as a line of a dialog: name, state, running and queued jobs."""
    work = f"{record.runs} running, {record.waits} queued"
    return [(f"{pad(record.name, 20)} ", "bold"), (f"{record.state_words}, {work}", "")]
