"""The registry of QPUs: register, rename, delete, and why one cannot be deleted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.edits.qpu_fields import SetQubits, SetStatus
from qpi_tui.edits.qpus import DeleteQPU, RegisterQPU, RenameQPU
from qpi_tui.screens.qpu_service import work_line
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.screens.qpu_list import QPUList


def register(screen: QPUList) -> None:
    """Register a QPU; a name that is taken is reported and allowed."""
    names = {record.name for record in screen.records}

    def check(values: dict[str, str]) -> Sequence[Part]:
        name = values["name"].strip()
        if not name:
            raise ValueError("Give it a name, such as qpu_epsilon.")
        qubits = _qubits(values["qubits"])
        if name in names:
            return [
                (
                    f"▲ There is a {name} already. The server allows another one, but programs that "
                    f"use the name will fail.",
                    "$text-warning",
                )
            ]
        return [(f"{name}, {qubits} qubits, enabled; offline until a driver connects", "")]

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
            raise ValueError("That is already its name.")
        return [(f"{old} → {name}; the id stays the same. Update programs that use the name", "")]

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


def set_qubits(screen: QPUList) -> None:
    """Set the number of qubits of the QPU under the cursor."""
    record = screen.table.cursor_record
    if record is None:
        return

    def check(values: dict[str, str]) -> Sequence[Part]:
        qubits = _qubits(values["qubits"])
        if qubits == record.num_qubits:
            raise ValueError("It already has this number of qubits.")
        said = f"{record.num_qubits or '?'} → {qubits} qubits. Programs see it when they next read the QPU."
        return [(said, "")]

    async def act(values: dict[str, str]) -> Outcome:
        edit = SetQubits(target=record.name, qpu=record.id, qubits=_qubits(values["qubits"]))
        outcome = await screen.make(edit)
        if outcome.ok:
            screen.console.say_outcome(record.name, outcome)
            screen.feed.poke()
        return outcome

    entries = [Entry("qubits", "qubits", placeholder="such as 5")]
    form = Form(f"Qubits of {record.name}", entries, confirm="Change", check=check, act=act)
    screen.app.push_screen(form)


def _qubits(typed: str) -> int:
    if not (typed.strip().isdecimal() and 1 <= int(typed) <= 10_000):
        raise ValueError("How many qubits? A whole number from 1 to 10,000.")
    return int(typed)


def mark_online(screen: QPUList) -> None:
    """Correct the status of QPUs that have a connected driver."""
    steps = [
        Step(record.id, record.name, work_line(record), partial(_online, screen, record)) for record in screen.targets()
    ]
    if steps:
        one = f"Mark {steps[0].who} online?"
        note = (
            "The status is only a label: it starts no jobs, and the next driver that connects or "
            "disconnects overwrites it."
        )
        screen.do_batch(
            one if len(steps) == 1 else f"Mark {len(steps)} QPUs online?",
            steps,
            confirm="Mark online",
            doing="Sending",
            note=[(note, "")],
            after=screen.unmark_done,
        )


async def _online(screen: QPUList, record: QPURow) -> Outcome:
    return await screen.make(SetStatus(target=record.name, qpu=record.id))


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
    note: list[Part] = [("This cannot be undone. The QPU's jobs stay, without a QPU.", "")]
    screen.do_batch(f"Delete {name}?", [step], confirm="Delete", doing="Deleting", note=note, careful=True)
