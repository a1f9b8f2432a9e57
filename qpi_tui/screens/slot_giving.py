"""Give a slot to another user, found by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.week_days import Slot
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.edits.slots import GiveSlot
from qpi_tui.rows.slot_booking import find_person, when
from qpi_tui.screens.slot_forms import with_people
from qpi_tui.widgets.completions import beginning_with
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.rows.users import UserRow
    from qpi_tui.screens.slot_moves import WeekMoves


def ask_give(screen: WeekMoves, slot: Slot, holder: str) -> None:
    """Ask for the new owner; `holder` is the id of the current one."""
    with_people(screen, lambda people: _open(screen, slot, holder, people))


def _open(screen: WeekMoves, slot: Slot, holder: str, people: Sequence[UserRow]) -> None:
    times = when(slot["start"], slot["end"])

    def person(values: dict[str, str]) -> UserRow:
        found = find_person(values["who"], people)
        if found is None:
            raise ValueError("The users could not be read. Close the form and try again.")
        if found.id == holder:
            raise ValueError(f"It already belongs to {clean(found.label, 60)}.")
        return found

    def check(values: dict[str, str]) -> Sequence[Part]:
        return [(f"{times}: {clean(slot['who'], 60)} → ", ""), (clean(person(values).label, 60), "bold")]

    async def act(values: dict[str, str]) -> Outcome:
        to = person(values)
        edit = GiveSlot(
            target=times,
            slot=str(slot["id"]),
            start=slot["start"],
            end=slot["end"],
            user=to.id,
            name=clean(to.label, 60),
            from_user=holder,
            from_name=clean(slot["who"], 60),
        )
        outcome = await screen.make(edit)
        if isinstance(outcome, Done):
            screen.console.say_outcome(times, outcome)
            screen.booked(outcome.record or None, slot["start"], to)
        return outcome

    entry = Entry(
        "who",
        "to whom",
        placeholder="a part of the name or of the e-mail address",
        complete=beginning_with([each.label for each in people]),
    )
    screen.app.push_screen(Form(f"Give the slot {times}", [entry], confirm="Give", check=check, act=act))
