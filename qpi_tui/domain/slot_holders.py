"""Whose time it is and whose it will be, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import local, now

Record = Mapping[str, Any]


def holder_name(slot: Record, me: str = "") -> str:
    """Who holds a slot; users are not told who the others are."""
    if me and slot.get("booked_by") == me:
        return "you"
    return facts.who(slot, "booked_by") if facts.expanded(slot, "booked_by") else "another user"


def clock_words(moment: datetime) -> str:
    """`14:00`, with the day where it is not today."""
    here = local(moment)
    return f"{here:%H:%M}" if here.date() == local(now()).date() else f"{here:%a %H:%M}"


def now_and_next(slots: Sequence[Record], me: str = "") -> tuple[str, str]:
    """Who holds the slot that runs now (empty: nobody), and what comes after it."""
    coming = facts.coming_slots(slots)
    holder, end = "", None
    if coming and coming[0][0] <= now():
        _, end, slot = coming.pop(0)
        holder = holder_name(slot, me)
    if not coming:
        return holder, "free" if end is not None else "nobody in the next week"
    begin, _, slot = coming[0]
    following = f"{holder_name(slot, me)} from {clock_words(begin)}"
    if end is not None and begin > end:
        return holder, f"free until {clock_words(begin)}, then {holder_name(slot, me)}"
    return holder, following
