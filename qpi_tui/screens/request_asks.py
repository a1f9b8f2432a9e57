"""A user's own requests for time: ask, and withdraw what still waits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.durations import duration, parse_amount
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits import verification
from qpi_tui.edits.outcome import Outcome
from qpi_tui.screens.request_answers import MAX_REASON
from qpi_tui.widgets.batch import Step
from qpi_tui.widgets.form import Entry, Form

if TYPE_CHECKING:
    from qpi_tui.screens.requests import RequestsScreen

Record = dict[str, Any]


def ask(screen: RequestsScreen) -> None:
    """Ask for time."""

    def check(values: dict[str, str]) -> Sequence[Part]:
        if not values["amount"].strip():
            raise ValueError("How much? For example 30m, 2h or 1:30:00.")
        amount = parse_amount(values["amount"])
        if amount.op != "add" or amount.seconds <= 0:
            raise ValueError("Ask for more than nothing: for example 30m, 2h or 1:30:00.")
        if len(values["reason"]) > MAX_REASON:
            raise ValueError(f"The reason has {len(values['reason']):,} characters; {MAX_REASON:,} are the most.")
        return [(f"{duration(amount.seconds)} = {amount.seconds:,.10g} s", "")]

    async def act(values: dict[str, str]) -> Outcome:
        seconds = parse_amount(values["amount"]).seconds

        async def call() -> str:
            made = await screen.connection.client.create_time_request(seconds, values["reason"].strip())
            # The next key concerns the one that was just made.
            screen.point_at(str(made.get("id") or ""))
            return f"asked for {duration(seconds)}; an administrator will look at it"

        def wanted(made: Record) -> bool:
            same = facts.seconds_of(made) == seconds and made.get("requested_reason") == values["reason"].strip()
            return same and made.get("status") == "pending"

        known = {str(record["id"]) for record in screen.every_request}
        look = verification.made("requests", (seconds, values["reason"]), known, screen.read_all, wanted, "asked")
        outcome = await screen.attempt("requests.create", "you", call(), look)
        if outcome.ok:
            screen.console.say_outcome("you", outcome)
            screen.feed.poke()
        return outcome

    entries = [
        Entry("amount", "how much", placeholder="30m, 2h, 1:30:00 or seconds"),
        Entry("reason", "what for", placeholder="what the administrator will read"),
    ]
    screen.app.push_screen(Form("Ask for QPU time", entries, confirm="Ask", check=check, act=act, kept="ask"))


def withdraw(screen: RequestsScreen) -> None:
    """Withdraw pending ones."""
    targets = screen.pending_targets()
    steps = [
        Step(
            record["id"],
            duration(facts.seconds_of(record)),
            [(f"{duration(facts.seconds_of(record))}  ", "bold"), (str(record.get("requested_reason", "")), "")],
            partial(_withdraw, screen, record),
        )
        for record in targets
    ]
    if steps:
        title = "Withdraw this request?" if len(steps) == 1 else f"Withdraw {len(steps)} requests?"
        screen.do_batch(title, steps, confirm="Withdraw", doing="Withdrawing", after=screen.unmark_done)


async def _withdraw(screen: RequestsScreen, record: Record) -> Outcome:
    async def call() -> str:
        await screen.connection.client.withdraw_time_request(record["id"])
        return "withdrawn"

    look = verification.gone("requests.withdraw", record["id"], screen.read_all, "withdrawn")
    return await screen.attempt("requests.withdraw", duration(facts.seconds_of(record)), call(), look)
