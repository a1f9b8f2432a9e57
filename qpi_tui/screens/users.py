"""Users and their balance of QPU time: find, add, take, set, create."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from qpi_tui import facts
from qpi_tui.amounts import Amount, duration, parse_amount
from qpi_tui.columns import users as columns
from qpi_tui.columns.base import Column
from qpi_tui.connection import Connection
from qpi_tui.screens.list_screen import ListScreen, Record
from qpi_tui.widgets.dialogs import Entry, Form, Outcome, Step
from qpi_tui.widgets.lines import Part

HOW = "+2h or 90 adds, -30m takes, =3600 sets"


class UsersScreen(ListScreen):
    """Every user, with the balance."""

    area = "users"
    topics: ClassVar[tuple[str, ...]] = ("users",)
    noun: ClassVar[tuple[str, str]] = ("user", "users")
    empty: ClassVar[str] = "There are no users yet: n creates one."

    def columns(self) -> Sequence[Column]:
        """Who and how much."""
        return columns.COLUMNS

    async def read(self, connection: Connection) -> list[Record]:
        """All users."""
        return await connection.client.list_users()

    def summary(self) -> list[Part]:
        """How many, and how much they hold together."""
        people = [record for record in self.records if not facts.hidden_user(record)]
        held = sum(facts.balance_of(record) for record in people)
        return [
            (f"{len(people):,} user{'' if len(people) == 1 else 's'}", ""),
            (f" · {duration(held)} in all", "$text-muted"),
        ]

    def detail(self, record: Record) -> list[list[Part]]:
        """Who, since when, how much."""
        balance = facts.balance_of(record)
        lines: list[list[Part]] = [
            [(facts.user_name(record), "bold")],
            [(str(record.get("name") or ""), "")],
            [("", "")],
            [("balance  ", "$text-muted"), (duration(balance), "bold"), (f"  ({balance:,.10g} s)", "$text-muted")],
            [("since    ", "$text-muted"), (str(record.get("created", ""))[:10] or "–", "")],
            [("id       ", "$text-muted"), (str(record["id"]), "")],
        ]
        if facts.hidden_user(record):
            lines.append([("A superuser's hidden record: jobs of the superuser run as it.", "$text-warning")])
        return lines

    def do_allocate(self) -> None:
        """Add, take or set time, for one or all marked."""
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
            before = facts.balance_of(targets[0])
            after = _after(amount, before)
            return [(f"{duration(before)} → ", ""), (duration(after), "bold"), (f"  ({after:,.10g} s)", "$text-muted")]

        async def act(values: dict[str, str]) -> Outcome:
            outcome = await self._allocate(targets[0], parse_amount(values["amount"]))
            if outcome.ok:
                self.console.say_outcome(facts.user_name(targets[0]), outcome)
                self.feed.poke()
            return outcome

        def typed(values: dict[str, str] | None) -> None:
            if values is None or one:
                return
            amount = parse_amount(values["amount"])
            steps = [
                Step(
                    record["id"],
                    facts.user_name(record),
                    _line(record, amount),
                    partial(self._allocate, record, amount),
                )
                for record in targets
            ]
            title = f"{_words(amount)} for {len(steps)} users?"
            self.do_batch(title, steps, confirm="Do it", doing="Allocating", after=self.unmark_done)

        balance = duration(facts.balance_of(targets[0])) if one else ""
        names = ", ".join(facts.user_name(record) for record in targets[:3]) + (" …" if len(targets) > 3 else "")
        form = Form(
            f"QPU time of {names}",
            [Entry("amount", HOW, placeholder="+2h")],
            confirm="Apply" if one else "Go on",
            check=check,
            act=act if one else None,
            note=[(f"Now {balance}.", "")] if one else [(f"{len(targets)} users", "bold")],
        )
        self.app.push_screen(form, typed)

    async def _allocate(self, record: Record, amount: Amount) -> Outcome:
        who = facts.user_name(record)

        async def call() -> str:
            client = self.connection.client
            if amount.op == "set":
                user = await client.allocate_qpu_time(record["id"], amount.seconds)
            elif amount.op == "add":
                user = await client.add_qpu_time(record["id"], amount.seconds)
            else:
                user = await client.take_qpu_time(record["id"], amount.seconds)
            return f"{_words(amount)}, now {duration(facts.balance_of(user))}"

        return await self.attempt("users.allocate", who, call())

    def do_create(self) -> None:
        """Create a user."""

        def check(values: dict[str, str]) -> Sequence[Part]:
            email = values["email"].strip()
            if "@" not in email.strip("@"):
                raise ValueError("Type the e-mail address that the user signs in with.")
            if len(values["password"]) < 8:
                raise ValueError("The password needs 8 characters or more.")
            if values["amount"].strip():
                amount = parse_amount(values["amount"])
                if amount.op == "take":
                    raise ValueError("A new user has nothing to take from.")
                return [(f"{email} begins with {duration(amount.seconds)}", "")]
            return [(f"{email} begins without QPU time", "")]

        async def act(values: dict[str, str]) -> Outcome:
            email = values["email"].strip()
            seconds = parse_amount(values["amount"]).seconds if values["amount"].strip() else None

            async def call() -> str:
                await self.connection.client.create_user(
                    email, values["password"], values["name"].strip(), qpu_seconds=seconds
                )
                return "created"

            outcome = await self.attempt("users.create", email, call())
            if outcome.ok:
                self.console.say_outcome(email, outcome)
                self.feed.poke()
            return outcome

        entries = [
            Entry("email", "e-mail"),
            Entry("name", "name"),
            Entry("password", "password (8 characters or more)", secret=True),
            Entry("amount", "QPU time to begin with", placeholder="none, or such as 1h"),
        ]
        self.app.push_screen(Form("New user", entries, confirm="Create", check=check, act=act))


def _after(amount: Amount, before: float) -> float:
    after = {"add": before + amount.seconds, "take": before - amount.seconds, "set": amount.seconds}[amount.op]
    if after < 0:
        raise ValueError(f"There are only {duration(before)} to take from. `=0` takes everything.")
    if after > 1e9:
        raise ValueError("That is more than 10^9 seconds, thirty years: surely a slip.")
    return after


def _words(amount: Amount) -> str:
    return {"add": "+", "take": "−", "set": "="}[amount.op] + duration(amount.seconds)


def _line(record: Record, amount: Amount) -> list[Part]:
    before = facts.balance_of(record)
    try:
        after = duration(_after(amount, before))
    except ValueError:
        after = "not possible"
    return [(f"{facts.user_name(record):<32.32} ", ""), (f"{duration(before)} → {after}", "")]
