"""The calendar of booked slots: whose time it is, and whose it will be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from qpi_tui import facts
from qpi_tui.actions import Role
from qpi_tui.amounts import duration
from qpi_tui.clock import local, now, parse_date
from qpi_tui.columns import slots as columns
from qpi_tui.columns.base import Column
from qpi_tui.connection import Connection
from qpi_tui.screens.list_screen import ListScreen, Record
from qpi_tui.slot_words import parse_slot
from qpi_tui.widgets.dialogs import Entry, Form, Outcome, Step
from qpi_tui.widgets.lines import Part

HOW = "tomorrow 14:00 2h · fri 9-11 · 2026-12-01 13:00 +90m"


class SlotsScreen(ListScreen):
    """A week's slots."""

    area = "slots"
    topics: ClassVar[tuple[str, ...]] = ("time_slots",)
    noun: ClassVar[tuple[str, str]] = ("slot", "slots")
    empty: ClassVar[str] = "Nothing is booked in this week: b books."

    def __init__(self) -> None:
        super().__init__()
        self._week = 0
        self._users: dict[str, str] = {}

    @property
    def admin(self) -> bool:
        """Whether slots are booked for others too."""
        return self.console.role is Role.ADMIN

    def columns(self) -> Sequence[Column]:
        """When, how long, whose."""
        return columns.COLUMNS

    def week(self) -> tuple[datetime, datetime]:
        """The week that is shown: Monday to Monday, in local time."""
        today = local(now()).replace(hour=0, minute=0, second=0, microsecond=0)
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=self._week)
        # Wall-clock days: the offset of each midnight is found anew.
        return local(monday.replace(tzinfo=None)), local((monday + timedelta(days=7)).replace(tzinfo=None))

    async def read(self, connection: Connection) -> list[Record]:
        """The slots of the week; an admin's console also learns who may be booked for."""
        start, end = self.week()
        return await connection.client.list_time_slots(start=start, end=end)

    def rows(self, data: list[Record]) -> list[Record]:
        """By their beginning, with whose they are."""
        mine = self.connection.user_id
        rows = sorted(data, key=lambda record: (str(record.get("start_time", "")), record["id"]))
        return [{**record, "_": {"own": record.get("booked_by") == mine}} for record in rows]

    def summary(self) -> list[Part]:
        """Which week, in which zone, how much is booked."""
        start, end = self.week()
        last = end - timedelta(days=1)
        booked = sum(_length(record) for record in self.records)
        offset = start.strftime("%z")
        zone = f"{start.tzname()} (UTC{offset[:3]}:{offset[3:]})"
        return [
            (f"Week {start.isocalendar().week} · {start:%a %-d %b} – {last:%a %-d %b %Y}", "bold"),
            (f" · {zone} · {len(self.records)} slots, {duration(booked)}", "$text-muted"),
        ]

    def detail(self, record: Record) -> list[list[Part]]:
        """Whose, when in both clocks, how long."""
        start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
        whose = "you" if record["_"]["own"] else facts.who(record, "booked_by")
        lines: list[list[Part]] = [[(whose, "bold")], [("", "")]]
        if start is not None and end is not None:
            here, there = local(start), local(end)
            lines += [
                [("local  ", "$text-muted"), (f"{here:%a %-d %b %H:%M} – {there:%H:%M %Z}", "")],
                [("UTC    ", "$text-muted"), (f"{start:%a %-d %b %H:%M} – {end:%H:%M}", "")],
                [("length ", "$text-muted"), (duration((end - start).total_seconds()), "")],
            ]
        lines.append([("id     ", "$text-muted"), (str(record["id"]), "")])
        return lines

    # -- weeks -------------------------------------------------------------------------------------------------------

    def do_previous(self) -> None:
        """The week before."""
        self._turn(self._week - 1)

    def do_next(self) -> None:
        """The next week."""
        self._turn(self._week + 1)

    def do_today(self) -> None:
        """This week."""
        self._turn(0)

    def _turn(self, week: int) -> None:
        self._week = week
        self.feed.forget()
        self.show([])
        self.feed.poke()

    # -- booking -----------------------------------------------------------------------------------------------------

    def do_book(self) -> None:
        """Book by words; an admin says for whom."""
        self._ask("Book a slot", None)

    def do_move(self) -> None:
        """Move the booking under the cursor."""
        record = self.table.cursor_record
        if record is not None and self._mine(record):
            self._ask("Move the slot", record)

    def _mine(self, record: Record) -> bool:
        if self.admin or record["_"]["own"]:
            return True
        self.tell(f"That slot is {facts.who(record, 'booked_by')}'s: only they, or an administrator, can change it.")
        return False

    def _ask(self, title: str, record: Record | None) -> None:
        for_other = self.admin and record is None

        def check(values: dict[str, str]) -> Sequence[Part]:
            if not values["when"].strip():
                raise ValueError(f"When? For example {HOW}.")
            start, end = parse_slot(values["when"], now=now(), zone=local(now()).tzinfo)
            self._free(start, end, record)
            if for_other and not values["who"].strip():
                raise ValueError("For whom? Type the user's e-mail address.")
            here, there = local(start), local(end)
            words = f"{here:%a %-d %b %H:%M} – {there:%H:%M %Z}"
            return [
                (words, "bold"),
                (f"  ({start:%H:%M}–{end:%H:%M} UTC, {duration((end - start).total_seconds())})", "$text-muted"),
            ]

        async def act(values: dict[str, str]) -> Outcome:
            start, end = parse_slot(values["when"], now=now(), zone=local(now()).tzinfo)
            words = f"{local(start):%a %-d %b %H:%M}, {duration((end - start).total_seconds())}"
            client = self.connection.client

            async def call() -> str:
                if record is not None:
                    await client.update_time_slot(record["id"], start, end)
                    return f"moved to {words}"
                if for_other:
                    user = await client.get_user(values["who"].strip())
                    await client.create_time_slot(start, end, user["id"])
                else:
                    await client.create_time_slot(start, end)
                return f"{words} booked"

            whose = values["who"].strip() if for_other else "you"
            outcome = await self.attempt("slots.move" if record else "slots.book", whose, call())
            if outcome.ok:
                self.console.say_outcome(whose, outcome)
                self.feed.poke()
            return outcome

        value = ""
        if record is not None:
            start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
            if start is not None and end is not None:
                value = f"{local(start):%Y-%m-%d %H:%M} {duration((end - start).total_seconds()).replace(' ', '')}"
        entries = [Entry("when", "when", value=value, placeholder=HOW)]
        if for_other:
            entries.append(Entry("who", "for whom", placeholder="e-mail address"))
        confirm = "Book" if record is None else "Move"
        self.app.push_screen(Form(title, entries, confirm=confirm, check=check, act=act))

    def _free(self, start: datetime, end: datetime, moved: Record | None) -> None:
        """Raise what the server would refuse, naming what is in the way."""
        if start < now() and not self.admin:
            raise ValueError("That is in the past: a slot begins now or later.")
        for other in self.records:
            begins, ends = parse_date(other.get("start_time")), parse_date(other.get("end_time"))
            if other is moved or begins is None or ends is None or (moved and other["id"] == moved["id"]):
                continue
            if begins < end and start < ends:
                whose = "you" if other["_"]["own"] else facts.who(other, "booked_by")
                raise ValueError(
                    f"In the way: {local(begins):%a %H:%M} – {local(ends):%H:%M}, booked by {whose}. Choose another time."
                )

    def do_cancel(self) -> None:
        """Cancel bookings."""
        targets = self.targets()
        mine = [record for record in targets if self.admin or record["_"]["own"]]
        if targets and not mine:
            self._mine(targets[0])
        steps = [
            Step(
                record["id"],
                _when(record),
                [(_when(record), "bold"), (f"  {_whose(record)}", "")],
                partial(self._cancel, record),
            )
            for record in mine
        ]
        if steps:
            title = "Cancel this slot?" if len(steps) == 1 else f"Cancel {len(steps)} slots?"
            self.do_batch(title, steps, confirm="Cancel it", doing="Cancelling", after=self.unmark_done)

    async def _cancel(self, record: Record) -> Outcome:
        async def call() -> str:
            await self.connection.client.delete_time_slot(record["id"])
            return "cancelled"

        return await self.attempt("slots.cancel", _when(record), call())


def _length(record: Record) -> float:
    start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
    return (end - start).total_seconds() if start is not None and end is not None else 0.0


def _when(record: Record) -> str:
    start, end = parse_date(record.get("start_time")), parse_date(record.get("end_time"))
    if start is None or end is None:
        return "a slot without dates"
    return f"{local(start):%a %-d %b %H:%M} – {local(end):%H:%M}"


def _whose(record: Record) -> str:
    return "yours" if record["_"]["own"] else facts.who(record, "booked_by")
