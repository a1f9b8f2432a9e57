"""What may be booked: overlap, past and balance, said before anything is sent; who is meant by what was typed. Pure."""

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
    """A row as a slot of the calendar; None where it has no dates. `mine`: the id of who is signed in."""
    start, end = row.start, row.end
    if start is None or end is None or end <= start:
        return None
    who = clean(row.who, 64) if row.who else UNKNOWN
    return Slot(id=row.id, start=start, end=end, own=bool(mine) and row.booked_by == mine, who=who)


def holder(record: Mapping[str, object]) -> str:
    """Who holds a slot, spelled as the server has it, for a file."""
    expand = record.get("expand")
    user = expand.get("booked_by") if isinstance(expand, Mapping) else None
    if not isinstance(user, Mapping) or not user:
        return UNKNOWN
    return clean_joined(user.get("email") or user.get("name") or user.get("id") or "?", 200)


def when(start: datetime, end: datetime) -> str:
    """`Tue 24 Nov 14:00 – 16:00`; the day of the end where it is another one, the year where it is not this one."""
    here, there = local(start), local(end)
    until = f"{there:%H:%M}"
    if here.date() != there.date():
        until = f"{there:%a %H:%M}" if there - here < timedelta(days=6) else f"{day_text(there)} {until}"
    return f"{day_text(here)} {here:%H:%M} – {until}"


def both_clocks(start: datetime, end: datetime) -> list[Part]:
    """A time in the local zone and in UTC, with its length."""
    here = local(start)
    # Where the clocks are those of UTC, once is enough; where the day is another one there, it is named.
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    day = f"{start:%a} " if start.date() != here.date() else ""
    utc = f" · {day}{start:%H:%M}–{end:%H:%M} UTC" if here.utcoffset() or local(end).utcoffset() else ""
    return [
        (when(start, end), "bold"),
        (f" {here:%Z}{utc} · {duration((end - start).total_seconds())}", "$text-muted"),
    ]


def as_typed(start: datetime, end: datetime) -> str:
    """A time in words that are read back as the same time, also in the night when the clocks go back."""
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
    """What was typed → start and end. `ValueError` with a sentence."""
    here = local(now())
    if here.tzinfo is None:  # a time that `local` made has a zone
        raise ValueError("This machine has no time zone.")
    return parse_slot(text, now=now(), zone=here.tzinfo)


def check_free(start: datetime, end: datetime, slots: Iterable[Slot], *, admin: bool, moved: str = "") -> None:
    """`ValueError` with what the server would refuse, naming what is in the way. `moved`: a slot that gives way."""
    if start < now() - _GRACE and not admin:
        raise ValueError("That is in the past: a slot begins now or later.")
    zone = local(start).tzinfo
    others = overlapping([slot for slot in slots if slot["id"] != moved], start, end)
    if others and zone is not None:
        said = conflict(others, zone)
        raise ValueError(f"{said[:1].upper()}{said[1:]}. Choose another time.")


def check_mine(slot: Slot, *, admin: bool, doing: str) -> str:
    """Why a slot cannot be changed by who is signed in; empty where it can."""
    if admin:
        return ""
    if not slot["own"]:
        holder = "somebody else's" if slot["who"] == UNKNOWN else f"{slot['who']}'s"
        return f"That slot is {holder}: only they, or an administrator, can {doing} it."
    if slot["end"] <= now():
        return "That slot is over."
    if slot["start"] <= now():
        return f"That slot has begun: only an administrator can {doing} it now."
    return ""


def balance_words(seconds: float, balance: float | None) -> str:
    """What the balance means for a slot of this length; empty where it is enough, or not known."""
    if balance is None or balance >= seconds:
        return ""
    if balance <= 0:
        return "your balance is 0: jobs will be refused until you have QPU time"
    return f"your balance is {duration(balance)}: it covers that much of running jobs, not the whole slot"


def find_person(typed: str, people: Sequence[UserRow]) -> UserRow | None:
    """Who is meant: an address, an id, or a part of a name that only one has; None where nobody is known.

    `ValueError` with a sentence that names those who match.
    """
    wanted = typed.strip().casefold()
    if not wanted:
        raise ValueError("For whom? Type a part of the name or of the e-mail address.")
    if not people:
        return None
    exact = [user for user in people if wanted in {user.id.casefold(), user.email.casefold()}]
    found = exact or [user for user in people if wanted in user.email.casefold() or wanted in user.name.casefold()]
    if not found:
        known = [name for user in people for name in (user.email, user.name) if name]
        raise mistaken(f"Nobody's name or address has {clean(typed.strip(), 40)!r} in it.", typed.strip(), known)
    if len(found) > 1:
        names = ", ".join(_with_name(user) for user in found[:3])
        raise ValueError(f"{len(found)} people match: {names}{' …' if len(found) > 3 else ''}. Type more.")
    return found[0]


def _with_name(user: UserRow) -> str:
    """`Ada Lind (ada@lab.example)`: what was typed may be found in either."""
    name, email = clean(user.name, 40), clean(user.email, 40)
    return f"{name} ({email})" if name and email else name or email or clean(user.id, 40)
