"""Users and their balance of QPU time: find users, add, take or set time, create users."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from qpi_tui.domain.durations import Amount, duration, parse_amount
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.files.csv_import import (
    Line,
    after,
    in_full,
    parse_allocations,
    read_file,
    summed,
    unit_of,
    without_unit,
)
from qpi_tui.files.private_file import typed_path
from qpi_tui.live.detail_cache import DetailCache
from qpi_tui.live.reads import read_rows
from qpi_tui.live.user_summary import Person, person_lines, read_person
from qpi_tui.resources import users as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection, explain
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.rows.users import UserRow

_log = logging.getLogger(__name__)

HOW = "+2h or 90 adds, -30m takes, =3600 sets"


class UsersScreen(ListScreen["UserRow"]):
    """Every user with the balance."""

    resource = columns.RESOURCE
    told_by_events = True
    empty: ClassVar[str] = "No users. n creates one."

    def __init__(self) -> None:
        super().__init__()
        self._people = DetailCache(self, _person, self.paint_detail)

    def connected(self) -> None:
        """Cached details belong to one server."""
        self._people.forget()
        super().connected()

    def do_app_refresh(self) -> None:
        """Read the details again too."""
        self._people.forget()
        self.console.do_refresh()

    def summary(self) -> list[Part]:
        """Return how many, and the sum of their balances."""
        people = [record for record in self.records if not record.hidden]
        held = sum(record.balance for record in people)
        return [
            (f"{len(people):,} user{'' if len(people) == 1 else 's'}", ""),
            (f" · {duration(held)} in all", "$text-muted"),
        ]

    def detail(self, record: UserRow) -> list[list[Part]]:
        """Return user, creation date and balance."""
        balance = record.balance
        lines: list[list[Part]] = [
            [(record.label, "bold")],
            [(record.name, "")],
            [("", "")],
            [
                ("balance  ", "$text-muted"),
                (duration(balance), "bold"),
                (f"  ({round(balance, 2):,.10g} s)", "$text-muted"),
            ],
            [("since    ", "$text-muted"), (record.created[:10] or "–", "")],
            [("address  ", "$text-muted"), ("verified" if record.verified else "not verified", "")],
            [("id       ", "$text-muted"), (record.id, "")],
        ]
        if record.hidden:
            lines.append([("Hidden record of a superuser; the superuser's jobs run as this user.", "$text-warning")])
            return lines
        person = self._people.of((record.id, balance))
        return lines + (person_lines(person) if person is not None else [[("30 days  ", "$text-muted"), ("…", "")]])

    def do_allocate(self) -> None:
        """Add, take or set time, for one or all marked."""
        from qpi_tui.widgets.form import Entry, Form

        targets = self.targets()
        if not targets:
            return
        one = len(targets) == 1

        def check(values: dict[str, str]) -> Sequence[Part]:
            if not values["amount"].strip():
                raise ValueError(f"How much? {HOW}.")
            amount = parse_amount(values["amount"])
            if not one:
                return [(f"{_words(amount)} for each of {len(targets)} users", "")]
            before = targets[0].balance
            left = after(amount, before)
            return [
                (f"{duration(before)} → ", ""),
                (duration(left), "bold"),
                (f"  ({round(left, 2):,.10g} s)", "$text-muted"),
            ]

        async def act(values: dict[str, str]) -> Outcome:
            outcome = await self._allocate(targets[0], parse_amount(values["amount"]))
            if outcome.ok:
                self.console.say_outcome(targets[0].label, outcome)
                self.feed.poke()
            return outcome

        def typed(values: dict[str, str] | None) -> None:
            if values is None or one:
                return
            amount = parse_amount(values["amount"])
            steps = [
                Step(
                    record.id,
                    record.label,
                    _line(record, amount),
                    partial(self._allocate, record, amount),
                )
                for record in targets
            ]
            title = f"{_words(amount)} for {len(steps)} users?"
            self.do_batch(title, steps, confirm="Do it", doing="Allocating", after=self.unmark_done)

        balance = duration(targets[0].balance) if one else ""
        names = ", ".join(user.label for user in targets)
        form = Form(
            f"QPU time of {names if one else f'{len(targets)} users'}",
            [Entry("amount", HOW, placeholder="such as +2h")],
            confirm="Apply" if one else "Go on",
            check=check,
            act=act if one else None,
            note=[(f"Now {balance}.", "")] if one else [(names, "")],
            kept=f"time {' '.join(sorted(record.id for record in targets))}",
        )
        self.app.push_screen(form, typed)

    async def _allocate(self, record: UserRow, amount: Amount) -> Outcome:
        from qpi_tui.edits.users import AllocateTime

        who, id = record.label, record.id
        return await self.make(AllocateTime(target=who, user=id, op=amount.op, seconds=amount.seconds))

    def do_import(self) -> None:
        """Allocate from a CSV file; the preview names each invalid line."""
        if not self.shows_long:
            self._ask_import(self.records)
            return

        async def read() -> None:
            try:
                people = await read_rows(self.connection.client, columns.RESOURCE)
            except Exception as error:
                _log.debug("the users could not be read", exc_info=True)
                self.tell(explain(error, doing="The users cannot be read"))
                return
            self.tell("", warn=False)
            if self.is_active:
                self._ask_import(people)

        self.tell("Reading every user…", warn=False)
        self.run_worker(read(), group="people", exclusive=True, exit_on_error=False)

    def _ask_import(self, people: Sequence[UserRow]) -> None:
        from qpi_tui.files.complete_path import complete_path
        from qpi_tui.widgets.form import Entry, Form

        def lines(values: dict[str, str]) -> list[Line]:
            text = read_file(typed_path(values["path"]))
            return parse_allocations(text, people, unit=unit_of(values["unit"]))

        def check(values: dict[str, str]) -> Sequence[Part]:
            found = lines(values)
            if question := without_unit(found):
                raise ValueError(question)
            bad = [line for line in found if line.problem]
            parts: list[Part] = [(f"{len(found) - len(bad)} can be done", "bold")]
            if bad:
                parts.append((f", {len(bad)} cannot:", "bold $text-error"))
                parts += [(f"\n✗ line {line.number}: {line.problem}", "$text-error") for line in bad]
            return parts

        def typed(values: dict[str, str] | None) -> None:
            if values is None:
                return
            try:
                found = lines(values)
            except ValueError as error:
                self.tell(str(error))
                return
            self._import(found)

        entries = [
            Entry(
                "path",
                "file with one line per user: e-mail and amount",
                placeholder="such as ~/course.csv",
                complete=complete_path,
            ),
            Entry("unit", "unit of plain numbers", placeholder="seconds, minutes, hours or days"),
        ]
        self.app.push_screen(
            Form("QPU time from a CSV file", entries, confirm="Preview", check=check, kept="csv"), typed
        )

    def _import(self, found: Sequence[Line]) -> None:
        from qpi_tui.widgets.dialogs import Reader

        steps = [
            Step(
                line.user.id,
                line.who,
                [*_line(line.user, line.amount), (f"  {in_full(line.amount)}", "$text-muted")],
                partial(self._allocate, line.user, line.amount),
            )
            for line in found
            if line.user is not None and line.amount is not None
        ]
        bad = [line for line in found if line.problem]
        if not steps:
            named: list[list[Part]] = [[(f"✗ line {line.number}: {line.problem}", "")] for line in bad]
            self.app.push_screen(Reader("No line is valid", named))
            return
        numbers = ", ".join(str(line.number) for line in bad)
        note = f"Left out: line{'' if len(bad) == 1 else 's'} {numbers}." if bad else "Every line is valid."
        title = f"{summed(found)}?"
        self.do_batch(title, steps, confirm="Do it", doing="Allocating", note=[(note, "")])

    # -- the person --------------------------------------------------------------------------------------------------

    def do_edit(self) -> None:
        """Change name, e-mail address and verification."""
        from qpi_tui.screens.user_actions import edit_user

        targets = self.targets()
        if len(targets) > 1:
            self.tell("Edit one user at a time. Clear the marks (U).")
        elif targets:
            edit_user(self, targets[0])

    def do_delete(self) -> None:
        """Delete one or all marked, after counting what is deleted with them."""
        from qpi_tui.screens.user_actions import delete_users

        delete_users(self, self.targets())

    def do_reset(self) -> None:
        """Send a mail to reset the password."""
        from qpi_tui.screens.user_actions import send_reset

        send_reset(self, self.targets())

    def do_look(self) -> None:
        """View as the user, read-only."""
        from qpi_tui.screens.user_actions import look_as_user

        if (record := self.table.cursor_record) is not None:
            look_as_user(self, record)

    # -- where else to look ------------------------------------------------------------------------------------------

    def do_jobs(self) -> None:
        """Show the user's jobs."""
        self._look("jobs")

    def do_ledger(self) -> None:
        """Show what changed the user's balance."""
        from qpi_tui.screens.user_ledger import show_ledger

        if (record := self.table.cursor_record) is not None:
            show_ledger(self, record)

    def do_slots(self) -> None:
        """Show the user's slots."""
        self._look("slots")

    def do_requests(self) -> None:
        """Show the user's requests, decided ones too."""
        from qpi_tui.screens.requests import RequestsScreen

        self._look("requests")
        if isinstance(self.app.screen, RequestsScreen):
            self.app.screen.show_every()

    def _look(self, place: str) -> None:
        from qpi_tui.domain.filter_language import exactly

        record = self.table.cursor_record
        if record is not None:
            name = record.label
            self.console.go_to(place, words=exactly("user", name) if place == "jobs" else name)

    def do_create(self) -> None:
        """Create a user."""
        from qpi_tui.edits.users import CreateUser
        from qpi_tui.widgets.form import Entry, Form

        def check(values: dict[str, str]) -> Sequence[Part]:
            email = values["email"].strip()
            if "@" not in email.strip("@"):
                raise ValueError("Type the e-mail address that the user signs in with.")
            if len(values["password"]) < 8:
                raise ValueError("The password needs 8 characters or more.")
            if values["amount"].strip():
                amount = parse_amount(values["amount"])
                if amount.op == "take":
                    raise ValueError("A new user has no balance to take from.")
                return [(f"{email} starts with {duration(amount.seconds)}", "")]
            return [(f"{email} starts without QPU time", "")]

        async def act(values: dict[str, str]) -> Outcome:
            from qpi_tui.edits.outcome import Done

            email = values["email"].strip()
            seconds = parse_amount(values["amount"]).seconds if values["amount"].strip() else None

            name, password = values["name"].strip(), values["password"]
            outcome = await self.make(CreateUser(target=email, name=name, password=password, seconds=seconds))
            if isinstance(outcome, Done):
                self.point_at(outcome.id)
                self.console.say_outcome(email, outcome)
                self.feed.poke()
            return outcome

        entries = [
            Entry("email", "e-mail"),
            Entry("password", "password (8 characters or more)", secret=True),
            Entry("name", "name"),
            Entry("amount", "initial QPU time", placeholder="none, or for example 1h"),
        ]
        self.app.push_screen(
            Form(
                "New user", entries, confirm="Create", check=check, act=act, note=[(CreateUser.final, "")], kept="user"
            )
        )


async def _person(connection: Connection, key: Hashable) -> Person:
    """The key of the cached detail: user and balance, which changes with every job that costs and every approval."""
    return await read_person(connection, str(key[0]) if isinstance(key, tuple) else "")


def _words(amount: Amount) -> str:
    return {"add": "+", "take": "−", "set": "="}[amount.op] + duration(amount.seconds)


def _line(record: UserRow, amount: Amount) -> list[Part]:
    before = record.balance
    try:
        left = duration(after(amount, before))
    except ValueError:
        left = "not possible"
    return [(f"{pad(record.label, 32)} ", ""), (f"{duration(before)} → {left}", "")]
