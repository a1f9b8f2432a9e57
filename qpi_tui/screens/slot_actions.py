"""Actions on slots from the grid and from the list: cancel, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import local
from qpi_tui.domain.week_days import Slot
from qpi_tui.edits.outcome import Outcome
from qpi_tui.edits.slots import CancelSlot
from qpi_tui.files.calendar import week_ics
from qpi_tui.rows.slot_booking import check_mine, when
from qpi_tui.rows.week_text import Span
from qpi_tui.screens.exporting import ask_export
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.screens.slot_moves import WeekMoves


def cancel_slots(screen: WeekMoves, chosen: Sequence[Slot]) -> None:
    """Ask, then cancel each; those that cannot be cancelled are skipped and reported."""
    refused = [why for slot in chosen if (why := check_mine(slot, admin=screen.admin, doing="cancel"))]
    mine = [slot for slot in chosen if not check_mine(slot, admin=screen.admin, doing="cancel")]
    if refused and not mine:
        screen.tell(refused[0])
        return
    steps = [
        Step(
            slot["id"],
            when(slot["start"], slot["end"]),
            [(when(slot["start"], slot["end"]), "bold"), (f"  {'yours' if slot['own'] else slot['who']}", "")],
            partial(_cancel, screen, slot),
        )
        for slot in mine
    ]
    if steps:
        one = len(steps) == 1
        note = f"{len(refused)} of the marked slots cannot be cancelled and are skipped." if refused else ""
        screen.do_batch(
            "Cancel this slot?" if one else f"Cancel {len(steps)} slots?",
            steps,
            confirm="Cancel it" if one else "Cancel them",
            doing="Cancelling",
            careful=True,
            note=[(note, "")] if note else [],
            final=CancelSlot.final,
            after=screen.unmark_done,
        )


async def _cancel(screen: WeekMoves, slot: Slot) -> Outcome:
    target = when(slot["start"], slot["end"])
    return await screen.make(CancelSlot(target=target, slot=slot["id"], start=slot["start"], end=slot["end"]))


def export_week(screen: WeekMoves, week: Span, holders: Mapping[str, str]) -> None:
    """Ask for a file, then export the week's slots as a calendar. `holders`: names by the slot's id."""
    start, end = week
    slots = [slot for slot in screen.slots() if slot["start"] < end and start < slot["end"]]
    if not slots:
        screen.tell("No bookings in this week. Nothing to export.")
        return
    named = [{**slot, "who": holders.get(slot["id"], slot["who"])} for slot in slots]
    year, number, _ = local(start).isocalendar()
    many = f"{len(slots)} slot{'s' * (len(slots) != 1)}"
    ask_export(screen, many, f"slots-{year}-W{number:02}", lambda path: [week_ics(named)], kinds=("ics",))
