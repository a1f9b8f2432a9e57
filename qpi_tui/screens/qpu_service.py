"""QPUs in and out of service: enable, disable, maintenance, one or many; each can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.edit import Edit
from qpi_tui.edits.qpus import SetEnabled, SetMaintenance
from qpi_tui.widgets.batch import Step

if TYPE_CHECKING:
    from qpi_tui.screens.qpus import QPUsScreen

Record = dict[str, Any]
Change = Callable[[Record], Edit]


def set_enabled(screen: QPUsScreen, enabled: bool) -> None:
    """Into service, or out of it; the dialog says what runs and waits there."""
    word = "Enable" if enabled else "Disable"
    note = (
        "An enabled QPU is online once its driver connects."
        if enabled
        else "Jobs that run go on to their end; those that wait stay until it is enabled again. It is online again "
        "only when its driver connects anew."
    )

    def edit(record: Record) -> Edit:
        return SetEnabled(target=str(record.get("name")), qpu=str(record["id"]), enabled=enabled)

    _change(screen, word, note, edit)


def maintenance(screen: QPUsScreen) -> None:
    """Into maintenance, or back when all of them are in it."""
    targets = screen.targets()
    ending = bool(targets) and all(record.get("status") == "maintenance" for record in targets)
    word = "End maintenance of" if ending else "Set maintenance for"
    note = (
        "It is online again once its driver reports."
        if ending
        else "A QPU in maintenance gets no jobs; those that run go on to their end."
    )

    def edit(record: Record) -> Edit:
        return SetMaintenance(target=str(record.get("name")), qpu=str(record["id"]), maintenance=not ending)

    _change(screen, word, note, edit)


def _change(screen: QPUsScreen, word: str, note: str, edit: Change) -> None:
    targets = screen.targets()
    steps = [
        Step(record["id"], str(record.get("name")), work_line(record), partial(screen.make, edit(record)))
        for record in targets
    ]
    if steps:
        name = str(targets[0].get("name")) if len(steps) == 1 else f"{len(steps)} QPUs"
        screen.do_batch(
            f"{word} {name}?",
            steps,
            confirm=word.removesuffix(" of").removesuffix(" for"),
            doing="Sending",
            note=[(note, "")],
            after=screen.unmark_done,
        )


def work_line(record: Record) -> list[Part]:
    """A QPU as a line of a dialog: its name, its state, what runs and waits there."""
    extra = record["_"]
    work = f"{extra['runs']} running, {extra['waits']} waiting"
    return [(f"{pad(str(record.get('name')), 20)} ", "bold"), (f"{facts.qpu_words(record)}, {work}", "")]
