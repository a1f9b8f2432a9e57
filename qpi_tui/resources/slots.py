"""Columns of the booked slots."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import local, now, parse_date, short_day
from qpi_tui.domain.columns import Cell, Column, Record, extra
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Relation, Resource


def _mark(record: Record) -> Cell:
    start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
    if start is None or end is None:
        return Cell("?", "warn")
    if start <= now() < end:
        return Cell("▶ now", "ok")
    return Cell("over", "muted") if end <= now() else Cell("")


def _day(record: Record) -> str:
    start = parse_date(record.get("start_time"))
    return short_day(local(start)) if start is not None else "?"


def _hours(record: Record) -> str:
    start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
    return f"{local(start):%H:%M} – {local(end):%H:%M}" if start is not None and end is not None else "?"


def _length(record: Record) -> str:
    start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
    return duration((end - start).total_seconds()) if start is not None and end is not None else "?"


def _whose(record: Record) -> Cell:
    if extra(record).get("own"):
        return Cell("you", "accent")
    if not facts.expanded(record, "booked_by"):
        # The server does not tell a user who holds it.
        return Cell("taken", "muted")
    return Cell(facts.who(record, "booked_by"))


def _start(record: Record) -> str:
    return str(record.get("start_time") or "")


COLUMNS = [
    Column("day", "day", 11, _day, sort=_start),
    Column("hours", "from – to", 13, _hours, sort=_start),
    Column("length", "length", 11, _length, align="right"),
    Column("state", "", 5, _mark, need=1, sort=_start),
    Column("who", "booked by", 28, _whose, flex=True),
]

RESOURCE: Resource[Any] = Resource(
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
