"""Booking rules: overlap, past and balance, checked before anything is sent; users found by typing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import day_text, local, now
from qpi_tui.domain.durations import duration
from qpi_tui.domain.parse_slot import parse_slot
from qpi_tui.domain.sanitize import clean, clean_joined
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.suggestion import mistaken
from qpi_tui.domain.week_days import UNKNOWN, Slot, conflict, overlapping

if TYPE_CHECKING:
    from qpi_tui.rows.slots import SlotRow
    from qpi_tui.rows.users import UserRow

_GRACE = timedelta(minutes=1)


def slot_of(row: SlotRow, mine: str) -> Slot | None:
    """Return a row as a slot of the calendar; None without dates. `mine`: the id of the signed-in user."""
    start, end = row.start, row.end
    if start is None or end is None or end <= start:
        return None
    who = clean(row.who, 64) if row.who else UNKNOWN
    return Slot(id=row.id, start=start, end=end, own=bool(mine) and row.booked_by == mine, who=who)


def holder(record: Mapping[str, object]) -> str:
    """Return a slot's holder, spelled as on the server, for a file."""
    expand = record.get("expand")
    user = expand.get("booked_by") if isinstance(expand, Mapping) else None
    if not isinstance(user, Mapping) or not user:
        return UNKNOWN
    return clean_joined(user.get("email") or user.get("name") or user.get("id") or "?", 200)


def when(start: datetime, end: datetime) -> str:
    """Format `Tue 24 Nov 14:00 – 16:00`; with the day of the end if another one, the year if not the current."""
    here, there = local(start), local(end)
    until = f"{there:%H:%M}"
    if here.date() != there.date():
        until = f"{there:%a %H:%M}" if there - here < timedelta(days=6) else f"{day_text(there)} {until}"
    return f"{day_text(here)} {here:%H:%M} – {until}"


def both_clocks(start: datetime, end: datetime) -> list[Part]:
    """Format a period in local time and in UTC, with its length."""
    here = local(start)
    # If local time is UTC, once is enough; if the day differs there, name it.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day = f"{start:%a} " if start.date() != here.date() else ""
    utc = f" · {day}{start:%H:%M}–{end:%H:%M} UTC" if here.utcoffset() or local(end).utcoffset() else ""
    return [
        (when(start, end), "bold"),
        (f" {here:%Z}{utc} · {duration((end - start).total_seconds())}", "$text-muted"),
    ]


def as_typed(start: datetime, end: datetime) -> str:
    """Format a period so that it parses to the same times, even in the night when the clocks go back."""
    length = f"{int((end - start).total_seconds() // 60)}m"
    if (end - start) % timedelta(hours=1) == timedelta():
        length = f"{int((end - start).total_seconds() // 3600)}h"
    words = f"{local(start):%Y-%m-%d %H:%M} {length}"
    try:
        if read_slot(words) == (start, end):
            return words
    except ValueError:
        pass
    return f"{local(start).isoformat(timespec='minutes')} {length}"


def read_slot(text: str) -> tuple[datetime, datetime]:
    """Parse typed text to start and end. Raises `ValueError` with a message."""
    here = local(now())
    if here.tzinfo is None:  # A time from `local` has a zone.
        raise ValueError("This machine has no time zone.")
    return parse_slot(text, now=now(), zone=here.tzinfo)


def check_free(start: datetime, end: datetime, slots: Iterable[Slot], *, admin: bool, moved: str = "") -> None:
    """Raise `ValueError` for what the server would reject, naming conflicts. `moved`: a slot to ignore."""
    if start < now() - _GRACE and not admin:
        raise ValueError("That is in the past. A slot starts now or later.")
    zone = local(start).tzinfo
    others = overlapping([slot for slot in slots if slot["id"] != moved], start, end)
    if others and zone is not None:
        said = conflict(others, zone)
        raise ValueError(f"{said[:1].upper()}{said[1:]}. Choose another time.")


def check_mine(slot: Slot, *, admin: bool, doing: str) -> str:
    """Return why this account cannot change a slot; empty if it can."""
    if admin:
        return ""
    if not slot["own"]:
        holder = "somebody else's" if slot["who"] == UNKNOWN else f"{slot['who']}'s"
        return f"That slot is {holder}: only they, or an administrator, can {doing} it."
    if slot["end"] <= now():
        return "That slot is over."
    if slot["start"] <= now():
        return f"That slot has started: only an administrator can {doing} it now."
    return ""


def balance_words(seconds: float, balance: float | None) -> str:
    """Return what the balance means for a slot of this length; empty if it suffices or is unknown."""
    if balance is None or balance >= seconds:
        return ""
    if balance <= 0:
        return "your balance is 0: the server rejects jobs until you have QPU time"
    return f"your balance is {duration(balance)}: it covers that much of running jobs, not the whole slot"


def find_person(typed: str, people: Sequence[UserRow]) -> UserRow | None:
    """Return the user: by address, id, or a unique part of a name; None if no users are known.

    Raises `ValueError` with a sentence that names the matches.
    """
    wanted = typed.strip().casefold()
    if not wanted:
        raise ValueError("For whom? Type part of the name or e-mail address.")
    if not people:
        return None
    exact = [user for user in people if wanted in {user.id.casefold(), user.email.casefold()}]
    found = exact or [user for user in people if wanted in user.email.casefold() or wanted in user.name.casefold()]
    if not found:
        known = [name for user in people for name in (user.email, user.name) if name]
        raise mistaken(f"No name or e-mail address contains {clean(typed.strip(), 40)!r}.", typed.strip(), known)
    if len(found) > 1:
        names = ", ".join(_with_name(user) for user in found[:3])
        raise ValueError(f"{len(found)} people match: {names}{' …' if len(found) > 3 else ''}. Type more.")
    return found[0]


def _with_name(user: UserRow) -> str:
    """Format `Ada Lind (ada@lab.example)`: the typed text may match either part."""
    name, email = clean(user.name, 40), clean(user.email, 40)
    return f"{name} ({email})" if name and email else name or email or clean(user.id, 40)
