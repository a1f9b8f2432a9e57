"""Booked slots: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import local, now, short_day
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Relation, Resource

if TYPE_CHECKING:
    from qpi_tui.rows.slots import SlotRow


def _mark(slot: SlotRow) -> Cell:
    start, end = slot.start, slot.end
    if start is None or end is None:
        return Cell("?", "warn")
    if start <= now() < end:
        return Cell("▶ now", "ok")
    return Cell("over", "muted") if end <= now() else Cell("")


def _day(slot: SlotRow) -> str:
    return short_day(local(slot.start)) if slot.start is not None else "?"


def _hours(slot: SlotRow) -> str:
    start, end = slot.start, slot.end
    return f"{local(start):%H:%M} – {local(end):%H:%M}" if start is not None and end is not None else "?"


def _length(slot: SlotRow) -> str:
    start, end = slot.start, slot.end
    return duration((end - start).total_seconds()) if start is not None and end is not None else "?"


def _whose(slot: SlotRow) -> Cell:
    if slot.own:
        return Cell("you", "accent")
    # The server does not tell a user who holds it.
    return Cell(slot.who) if slot.who else Cell("taken", "muted")


def _start(slot: SlotRow) -> str:
    return slot.start_time


COLUMNS = [
    Column("day", "Day", 11, _day, sort=_start),
    Column("hours", "From – to", 13, _hours, sort=_start),
    Column("length", "Length", 11, _length, align="right"),
    Column("state", "", 5, _mark, need=1, sort=_start),
    Column("who", "Booked by", 28, _whose, flex=True),
]

RESOURCE: Resource[SlotRow] = Resource(
    id="slots",
    title="Slots",
    help="The calendar of booked slots",
    key="5",
    row="qpi_tui.rows.slots:SlotRow",
    screen="slots:SlotsScreen",
    noun=("slot", "slots"),
    roles=SESSIONS,
    collection="time_slots",
    reader="list_time_slots",
    relations={"booked_by": Relation("users")},
    columns=COLUMNS,
    about="start_time",
)
