"""Changes of a driver's record: rename, move to another QPU, new token."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.driver_fields import MoveDriver, RenameDriver, ReplaceDriver
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.screens.driver_form import labels_of
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.screens.list_screen import ListScreen


def rename_driver(screen: ListScreen[DriverRow], record: DriverRow) -> None:
    """Ask for the new name."""
    old = record.name

    def check(values: dict[str, str]) -> Sequence[Part]:
        name = values["name"].strip()
        if not name:
            raise ValueError("Give it a name, such as aer_alpha.")
        if name == old:
            raise ValueError("That is already its name.")
        return [(f"{old} → {name}; token and connection stay the same", "")]

    async def act(values: dict[str, str]) -> Outcome:
        return await _said(screen, RenameDriver(target=old, driver=record.id, name=values["name"].strip()))

    entries = [Entry("name", "name", value=old)]
    screen.app.push_screen(Form(f"Rename {old}", entries, confirm="Rename", check=check, act=act))


def move_driver(screen: ListScreen[DriverRow], record: DriverRow, qpus: Sequence[QPURow]) -> None:
    """Ask for the new QPU."""
    labels = {name: id for name, id in labels_of(qpus).items() if id != record.qpu}
    if not labels:
        screen.tell("No other QPU to move it to.")
        return

    def check(values: dict[str, str]) -> Sequence[Part]:
        parts: list[Part] = [(f"{record.qpu_name or '–'} → {values['qpu']}; the token stays the same", "")]
        if record.state == "online":
            said = f"\n▲ It serves {record.qpu_name or 'its QPU'} until its process is restarted."
            parts.append((said, "$text-warning"))
        return parts

    async def act(values: dict[str, str]) -> Outcome:
        name = values["qpu"]
        edit = MoveDriver(target=record.name, driver=record.id, qpu=labels[name], qpu_name=name)
        return await _said(screen, edit)

    entries = [Entry("qpu", "QPU (← →, or type its name)", choices=list(labels))]
    form = Form(f"Move {record.name} to another QPU", entries, confirm="Move", check=check, act=act)
    screen.app.push_screen(form)


async def _said(screen: ListScreen[DriverRow], edit: Edit) -> Outcome:
    outcome = await screen.make(edit)
    if outcome.ok:
        screen.console.say_outcome(edit.target, outcome)
        screen.feed.poke()
    return outcome


def new_token(
    screen: ListScreen[DriverRow], record: DriverRow, hand_out: Callable[[Mapping[str, object]], object]
) -> None:
    """Ask, register the driver again, delete the old one, and show the new token."""
    made: list[Mapping[str, Any]] = []

    async def act() -> Outcome:
        outcome = await screen.make(ReplaceDriver(target=record.name, driver=record.id))
        if isinstance(outcome, Done) and outcome.record is not None:
            made.append(outcome.record)
            screen.point_at(outcome.id)
        return outcome

    def after(done: list[Step]) -> None:
        if made:
            hand_out(made.pop())

    line: list[Part] = [(record.name, "bold"), (f"  {record.qpu_name or '–'}, {record.kind or '?'}", "")]
    note = "The server cannot change a token. The driver is registered again with a new id, and the old one is deleted."
    screen.do_batch(
        f"Give {record.name} a new token?",
        [Step(record.id, record.name, line, act)],
        confirm="Register again",
        doing="Registering",
        note=[(f"{note} The driver's process cannot connect until it has the new token.", "")],
        final=ReplaceDriver.final,
        careful=True,
        after=after,
    )
