"""Which QPUs there are: register, rename, delete, and why one cannot be deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.edits.qpus import DeleteQPU, RegisterQPU, RenameQPU
from qpi_tui.screens.qpu_service import work_line
from qpi_tui.widgets.batch import Step
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.screens.qpu_list import QPUList


def register(screen: QPUList) -> None:
    """Register a QPU; a name that is taken is said, and allowed."""
    names = {record.name for record in screen.records}

    def check(values: dict[str, str]) -> Sequence[Part]:
        name, qubits = values["name"].strip(), values["qubits"].strip()
        if not name:
            raise ValueError("Give it a name, such as qpu_epsilon.")
        if not (qubits.isdecimal() and 1 <= int(qubits) <= 10_000):
            raise ValueError("How many qubits? A whole number from 1 to 10,000.")
        if name in names:
            return [
                (
                    f"▲ There is a {name} already. The server allows it; programs that go by name will stop.",
                    "$text-warning",
                )
            ]
        return [(f"{name}, {int(qubits)} qubits, enabled; offline until a driver connects", "")]

    async def act(values: dict[str, str]) -> Outcome:
        name = values["name"].strip()

        outcome = await screen.make(RegisterQPU(target=name, qubits=int(values["qubits"])))
        if isinstance(outcome, Done):
            screen.point_at(outcome.id)
            screen.console.say_outcome(name, outcome)
            screen.feed.poke()
        return outcome

    entries = [
        Entry("name", "name", placeholder="such as qpu_epsilon"),
        Entry("qubits", "qubits", placeholder="such as 5"),
    ]
    screen.app.push_screen(Form("Register a QPU", entries, confirm="Register", check=check, act=act, kept="qpu"))


def rename(screen: QPUList) -> None:
    """Rename the QPU under the cursor."""
    record = screen.table.cursor_record
    if record is None:
        return
    old = record.name

    def check(values: dict[str, str]) -> Sequence[Part]:
        name = values["name"].strip()
        if not name:
            raise ValueError("Give it a name.")
        if name == old:
            raise ValueError("That is its name already.")
        return [(f"{old} → {name}; its id stays, programs that go by name must follow", "")]

    async def act(values: dict[str, str]) -> Outcome:
        name = values["name"].strip()

        outcome = await screen.make(RenameQPU(target=old, qpu=record.id, name=name))
        if outcome.ok:
            screen.console.say_outcome(old, outcome)
            screen.feed.poke()
        return outcome

    screen.app.push_screen(
        Form(f"Rename {old}", [Entry("name", "new name", value=old)], confirm="Rename", check=check, act=act)
    )


def delete(screen: QPUList) -> None:
    """Delete the QPU under the cursor, if it has no driver."""
    record = screen.table.cursor_record
    if record is None:
        return
    name = record.name
    if record.drivers:
        drivers = ", ".join(driver.label for driver in record.drivers)
        screen.tell(f"{name} cannot be deleted while it has drivers ({drivers}): delete them first (7).")
        return

    async def act() -> Outcome:
        return await screen.make(DeleteQPU(target=name, qpu=record.id))

    step = Step(record.id, name, work_line(record), act)
    note: list[Part] = [("Deleting cannot be undone; its jobs stay, without a QPU.", "")]
    screen.do_batch(f"Delete {name}?", [step], confirm="Delete", doing="Deleting", note=note, careful=True)
