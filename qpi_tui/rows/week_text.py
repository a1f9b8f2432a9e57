"""A week of slots in words: its bookings, and the slot at the cursor, in local time and in UTC. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import day_text, local, now
from qpi_tui.domain.durations import duration
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.week_days import HALF_HOUR, Slot, midnight
from qpi_tui.rows.slot_booking import both_clocks, slot_of, when

if TYPE_CHECKING:
    from qpi_tui.rows.slots import SlotRow

Span = tuple[datetime, datetime]


def week_parts(week: Span, here: datetime, slots: Sequence[Slot]) -> list[Part]:
    """Return the week, the time zone at the cursor, how much is booked, and how much of it is one's own."""
    start, end = (local(moment) for moment in week)
    last = end - timedelta(days=1)
    zone = _zone_words(here)
    first = f"{start.day}" if start.month == last.month else f"{start.day} {start:%b}"
    shown = [slot for slot in slots if slot["start"] < end and start < slot["end"]]
    booked = sum((slot["end"] - slot["start"]).total_seconds() for slot in shown)
    own = sum((slot["end"] - slot["start"]).total_seconds() for slot in shown if slot["own"])
    said = f" · {len(shown)} slot{'s' * (len(shown) != 1)}, {duration(booked)}" if shown else " · nothing booked"
    return [
        (f"Week {start.isocalendar().week} · {first} – {last.day} {last:%b %Y}", "bold"),
        (f" · {zone}", "$text-muted"),
        (said, "$text-muted"),
        (f", yours {duration(own)}" if own else "", "$text-success"),
    ]


def day_parts(day: date, here: datetime, slots: Sequence[Slot]) -> list[Part]:
    """Return the day, the time zone at the cursor, how much of it is booked, and how much of that is one's own."""
    zone = here.tzinfo or UTC
    start, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    shown = [slot for slot in slots if slot["start"] < end and start < slot["end"]]
    booked, own = (
        sum((min(slot["end"], end) - max(slot["start"], start)).total_seconds() for slot in some)
        for some in (shown, [slot for slot in shown if slot["own"]])
    )
    said = f" · {len(shown)} slot{'s' * (len(shown) != 1)}, {duration(booked)}" if shown else " · nothing booked"
    return [
        (f"{day:%A} {day.day} {day:%b %Y}", "bold"),
        (f" · week {day.isocalendar().week} · {_zone_words(here)}", "$text-muted"),
        (said, "$text-muted"),
        (f", yours {duration(own)}" if own else "", "$text-success"),
    ]


def _zone_words(here: datetime) -> str:
    name, offset = here.tzname() or "", here.strftime("%z")
    return name if name == "UTC" else f"{name} (UTC{offset[:3]}:{offset[3:]})"


def slot_lines(record: SlotRow, mine: str) -> list[list[Part]]:
    """Return a slot in full: holder, times in both time zones, length."""
    slot = slot_of(record, mine)
    if slot is None:
        return [[(record.id, "bold")], [("The slot has no dates.", "")]]
    start, end = slot["start"], slot["end"]
    whose = "you" if slot["own"] else slot["who"]
    return [
        [(whose, "bold")],
        [("", "")],
        [("local  ", "$text-muted"), (f"{when(start, end)} {local(start):%Z}", "")],
        [("UTC    ", "$text-muted"), (f"{day_text(start)} {start:%H:%M} – {end:%H:%M}", "")],
        [("length ", "$text-muted"), (duration((end - start).total_seconds()), "")],
        [("id     ", "$text-muted"), (record.id, "")],
    ]


def span_parts(span: Span, conflict: str, *, past: bool, solid: bool = False) -> list[Part]:
    """Return a marked span, with conflicts first. `past`: whether the past is a conflict.

    `solid`: blocks are filled in the grid, not hatched.
    """
    parts: list[Part] = [("■ " if solid else "▒ ", "bold $text-accent"), *both_clocks(*span)]
    if conflict:
        parts.insert(1, (f"▲ {conflict} · ", "bold $text-error"))
    elif past and span[0] < now() - HALF_HOUR:
        parts.append((" · ▲ in the past", "bold $text-error"))
    else:
        parts.append((" · free: enter books", "$text-success"))
    return parts


def taken_parts(slot: Slot, *, solid: bool = False) -> list[Part]:
    """Return the slot at the cursor. `solid`: blocks are filled in the grid, not hatched."""
    own, other = ("▌", "■") if solid else ("▓", "░")
    whose = f"{own} yours" if slot["own"] else f"{other} {slot['who']}"
    style = "bold $text-success" if slot["own"] else "bold $text-primary" if solid else "bold $text-warning"
    return [(f"{whose} ", style), *both_clocks(slot["start"], slot["end"])]


def free_parts(here: datetime, *, past: bool) -> list[Part]:
    """Return the free half hour at the cursor. `past`: whether the past cannot be booked."""
    utc = here.astimezone(UTC)
    day = f"{utc:%a} " if utc.date() != here.date() else ""
    clocks = f" {here:%Z} · {day}{utc:%H:%M} UTC" if here.utcoffset() else " UTC"
    over = past and here + HALF_HOUR <= now()
    return [
        (f"{day_text(here)} {here:%H:%M}", "bold"),
        (clocks, "$text-muted"),
        (" · over", "$text-muted") if over else (" · free: enter books, space marks", ""),
    ]
