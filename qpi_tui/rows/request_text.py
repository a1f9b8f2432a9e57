"""Requests in words: the line of a dialog, and a user's other requests; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.durations import duration, short_duration
from qpi_tui.domain.sanitize import clean, pad

if TYPE_CHECKING:
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.rows.requests import RequestRow

MOST = 12
"""Number of other requests to list."""
MOST_LETTERS = 400
"""Maximum characters of each reason; the request's own detail has all of it."""
_MARKS = {"approved": ("✓", "$text-success"), "rejected": ("✗", "$text-error"), "pending": ("…", "$text-warning")}


def balance_change(before: float | None, seconds: float, *, narrow: bool = False) -> str:
    """Return a balance before and after: `1 h 12 min → 1 h 42 min`; in a narrow column `1 h 12 → 1 h 42`."""
    if before is None:
        return "balance not known"
    words = short_duration if narrow else duration
    return f"{words(before)} → {words(before + seconds)}"


def balances_before(requests: Sequence[RequestRow]) -> list[float | None]:
    """Return the balance before each request: those of one user add up, in this order."""
    balances: dict[str, float | None] = {}
    found = []
    for request in requests:
        before = balances.get(request.user, request.balance_before)
        found.append(before)
        balances[request.user] = None if before is None else before + request.seconds
    return found


def approval_line(request: RequestRow, width: int = 30, before: float | None = None) -> list[Part]:
    """Return a line of the dialog: user in at least this many columns, amount, and both balances.

    `before` is the balance after earlier requests of the same user in the dialog.
    """
    before = request.balance_before if before is None else before
    return [
        (f"{pad(request.who, width)} ", "bold"),
        (f"{duration(request.seconds):>12}   ", ""),
        (balance_change(before, request.seconds), "$text-muted"),
    ]


def others_words(others: Sequence[RequestRow], noun: str = "other") -> str:
    """Return `before: 3 approved, 1 rejected; 2 others wait`, or that there were none."""
    counts = Counter(each.status for each in others)
    before = [f"{counts[status]:,} {status}" for status in ("approved", "rejected") if counts[status]]
    waits = counts["pending"]
    said = [f"before: {', '.join(before)}"] if before else []
    if waits:
        said.append(f"{waits:,} {noun}{'s wait' if waits > 1 else ' waits'}")
    return "; ".join(said) or ("no other request" if noun == "other" else "no requests yet")


def others_lines(others: Sequence[RequestRow], noun: str = "other") -> list[list[Part]]:
    """Return the same, and below it each request: status, amount, reason, and why it was rejected."""
    lines: list[list[Part]] = [[("", "")], [(others_words(others, noun), "bold")]]
    for each in others[:MOST]:
        status = each.status
        mark, style = _MARKS.get(status, ("?", "$text-warning"))
        word = "waits" if status == "pending" else status
        lines.append([(f" {mark} ", style), (f"{word:<9}", ""), (duration(each.seconds), "bold")])
        if each.requested_reason:
            lines.append([(f"   {clean(each.requested_reason, MOST_LETTERS)}", "$text-muted")])
        if each.rejection_reason:
            lines.append([(f"   because: {clean(each.rejection_reason, MOST_LETTERS)}", "")])
    if len(others) > MOST:
        lines.append([(f" and {len(others) - MOST:,} before that", "$text-muted")])
    return lines
