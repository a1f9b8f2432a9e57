"""The current and next slot holders, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from qpi_tui.domain.clock import local, now
from qpi_tui.rows.slots import SlotRow, coming_slots


def holder_name(slot: SlotRow, me: str = "") -> str:
    """Return who holds a slot; users are not told who others are."""
    if me and slot.booked_by == me:
        return "you"
    return slot.who or "another user"


def clock_words(moment: datetime) -> str:
    """Format `14:00`, with the day if not today."""
    here = local(moment)
    return f"{here:%H:%M}" if here.date() == local(now()).date() else f"{here:%a %H:%M}"


def now_and_next(slots: Sequence[SlotRow], me: str = "") -> tuple[str, str]:
    """Return the holder of the current slot (empty: nobody), and what follows."""
    coming = coming_slots(slots)
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
