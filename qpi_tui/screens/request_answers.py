"""Decide on requests for time: approve and reject, one or many; concurrent decisions are reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import cells, clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.outcome import Outcome
from qpi_tui.edits.requests import ApproveRequest, RejectRequest
from qpi_tui.edits.undo import SECONDS
from qpi_tui.rows.request_text import approval_line, balances_before
from qpi_tui.widgets.choice import ROOM
from qpi_tui.widgets.form import Entry, Form
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_tui.rows.requests import RequestRow
    from qpi_tui.screens.request_list import RequestList

MAX_REASON = 2000
"""The server's limit for the characters of a reason."""
WIDEST_NAME = 36


def approve(screen: RequestList) -> None:
    """Ask, then approve each."""
    targets = screen.pending_targets()
    if not targets:
        return
    # Align names of one length; a very long one gets its own line.
    width = min(max(cells(record.who) for record in targets), WIDEST_NAME)
    steps = [
        Step(record.id, record.who, approval_line(record, width, before), partial(_approve, screen, record))
        for record, before in zip(targets, balances_before(targets), strict=True)
    ]
    total = sum(request.seconds for request in targets)
    title = "Approve this request?" if len(steps) == 1 else f"Approve {len(steps)} requests?"
    key = screen.console.keys.word("app.undo")
    back = "the balance" if len(steps) == 1 else "the balances"
    note: list[Part] = [
        (f"{duration(total)} in all. Approving cannot be undone. ", ""),
        (f"For {SECONDS:.0f} s, {key} takes the same seconds back from {back}.", ""),
    ]
    screen.do_batch(title, steps, confirm="Approve", doing="Approving", note=note, after=screen.unmark_done)


async def _approve(screen: RequestList, record: RequestRow) -> Outcome:
    seconds, user = record.seconds, record.user
    edit = ApproveRequest(target=record.who, request=record.id, user=user, seconds=seconds)
    return await screen.make(edit)


def reject(screen: RequestList) -> None:
    """Ask for the reason, then reject each."""
    targets = screen.pending_targets()
    if not targets:
        return
    names = ", ".join(record.who for record in targets)
    readers = names if len(targets) == 1 else f"All {len(targets)}"
    told = (record.rejection_reason for record in screen.every_request)
    used = Counter(clean(reason) for reason in told if reason)

    def check(values: dict[str, str]) -> Sequence[Part]:
        reason = values["reason"].strip()
        if not reason:
            raise ValueError("Give a reason. The user reads it.")
        if len(reason) > MAX_REASON:
            raise ValueError(f"The reason has {len(reason):,} characters; {MAX_REASON:,} is the limit. Shorten it.")
        # The field shows only its width of it.
        shown = f"\n{reason}" if len(reason) > ROOM else ""
        return [(f"{readers} reads this.", ""), (shown, "")]

    async def act(values: dict[str, str]) -> Outcome:
        outcome = await _reject(screen, targets[0], values["reason"].strip())
        if outcome.ok:
            screen.console.say_outcome(targets[0].who, outcome)
            screen.feed.poke()
        return outcome

    def typed(values: dict[str, str] | None) -> None:
        if values is not None and len(targets) > 1:
            _reject_all(screen, targets, values["reason"].strip())

    asked = duration(sum(request.seconds for request in targets))
    one = len(targets) == 1
    form = Form(
        "Reject this request?" if one else f"Why reject {len(targets)} requests?",
        [Entry("reason", "reason", placeholder="reason, shown to the user", lines=3)],
        confirm="Reject" if one else "Next",
        check=check,
        act=act if one else None,
        note=[(f"{names}  {asked}", "bold"), (f"\n{RejectRequest.final}" if one else "", "")],
        suggestions=[reason for reason, _ in used.most_common(3)],
        kept=f"reject {' '.join(sorted(str(record.id) for record in targets))}",
    )
    screen.app.push_screen(form, typed)


def _reject_all(screen: RequestList, targets: Sequence[RequestRow], reason: str) -> None:
    steps = [
        Step(
            record.id,
            record.who,
            [(f"{record.who}  {duration(record.seconds)}", "")],
            partial(_reject, screen, record, reason),
        )
        for record in targets
    ]
    screen.do_batch(
        f"Reject {len(steps)} requests?",
        steps,
        confirm="Reject",
        doing="Rejecting",
        note=[("All of them read: ", "$text-muted"), (reason, ""), ("\n", "")],
        final=RejectRequest.final,
        after=screen.unmark_done,
    )


async def _reject(screen: RequestList, record: RequestRow, reason: str) -> Outcome:
    seconds, id = record.seconds, record.id
    return await screen.make(RejectRequest(target=record.who, request=id, seconds=seconds, reason=reason))
