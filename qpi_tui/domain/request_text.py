"""What else a person asked for, in words; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import clean

if TYPE_CHECKING:
    from qpi_tui.domain.styled_text import Part

Record = Mapping[str, Any]
MOST = 12
"""So many of the others are listed."""
MOST_LETTERS = 400
"""Of each reason; the whole one stands in the detail of its own request."""
_MARKS = {"approved": ("✓", "$text-success"), "rejected": ("✗", "$text-error"), "pending": ("…", "$text-warning")}


def others_words(others: Sequence[Record], noun: str = "other") -> str:
    """`before: 3 approved, 1 rejected; 2 others wait`, or that there was nothing."""
    counts = Counter(str(each.get("status")) for each in others)
    before = [f"{counts[status]:,} {status}" for status in ("approved", "rejected") if counts[status]]
    waits = counts["pending"]
    said = [f"before: {', '.join(before)}"] if before else []
    if waits:
        said.append(f"{waits:,} {noun}{'s wait' if waits > 1 else ' waits'}")
    return "; ".join(said) or ("no other request" if noun == "other" else "asked for nothing yet")


def others_lines(others: Sequence[Record], noun: str = "other") -> list[list[Part]]:
    """The same, and below it each: its status, how much, for what, and why it was rejected."""
    lines: list[list[Part]] = [[("", "")], [(others_words(others, noun), "bold")]]
    for each in others[:MOST]:
        status = str(each.get("status", "?"))
        mark, style = _MARKS.get(status, ("?", "$text-warning"))
        word = "waits" if status == "pending" else status
        lines.append([(f" {mark} ", style), (f"{word:<9}", ""), (duration(facts.seconds_of(each)), "bold")])
        if each.get("requested_reason"):
            lines.append([(f"   {clean(each['requested_reason'], MOST_LETTERS)}", "$text-muted")])
        if each.get("rejection_reason"):
            lines.append([(f"   because: {clean(each['rejection_reason'], MOST_LETTERS)}", "")])
    if len(others) > MOST:
        lines.append([(f" and {len(others) - MOST:,} before that", "$text-muted")])
    return lines
