"""A user's own requests for time: create, and withdraw pending ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.durations import duration, parse_amount
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.edits.requests import CreateRequest, WithdrawRequest
from qpi_tui.screens.request_answers import MAX_REASON
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.rows.requests import RequestRow
    from qpi_tui.screens.request_list import RequestList


def ask(screen: RequestList) -> None:
    """Request time."""

    def check(values: dict[str, str]) -> Sequence[Part]:
        if not values["amount"].strip():
            raise ValueError("Give an amount, such as 30m, 2h or 1:30:00.")
        amount = parse_amount(values["amount"])
        if amount.op != "add" or amount.seconds <= 0:
            raise ValueError("The amount must be more than 0, such as 30m, 2h or 1:30:00.")
        if len(values["reason"]) > MAX_REASON:
            raise ValueError(f"The reason has {len(values['reason']):,} characters; {MAX_REASON:,} is the limit.")
        return [(f"{duration(amount.seconds)} = {amount.seconds:,.10g} s", "")]

    async def act(values: dict[str, str]) -> Outcome:
        seconds = parse_amount(values["amount"]).seconds
        outcome = await screen.make(CreateRequest(target="you", seconds=seconds, reason=values["reason"].strip()))
        if isinstance(outcome, Done):
            # The next key acts on the new request.
            screen.point_at(outcome.id)
            screen.console.say_outcome("you", outcome)
            screen.feed.poke()
        return outcome

    entries = [
        Entry("amount", "amount", placeholder="30m, 2h, 1:30:00 or seconds"),
        Entry("reason", "reason", placeholder="shown to the administrator", lines=3),
    ]
    screen.app.push_screen(Form("Request QPU time", entries, confirm="Request", check=check, act=act, kept="ask"))


def withdraw(screen: RequestList) -> None:
    """Withdraw pending requests."""
    targets = screen.pending_targets()
    steps = [
        Step(
            record.id,
            duration(record.seconds),
            [(f"{duration(record.seconds)}  ", "bold"), (record.requested_reason, "")],
            partial(_withdraw, screen, record),
        )
        for record in targets
    ]
    if steps:
        title = "Withdraw this request?" if len(steps) == 1 else f"Withdraw {len(steps)} requests?"
        screen.do_batch(
            title,
            steps,
            confirm="Withdraw",
            doing="Withdrawing",
            final=WithdrawRequest.final,
            careful=True,
            after=screen.unmark_done,
        )


async def _withdraw(screen: RequestList, record: RequestRow) -> Outcome:
    target = duration(record.seconds)
    return await screen.make(WithdrawRequest(target=target, request=record.id))
