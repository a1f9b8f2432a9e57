"""What an admin wants to know of a user besides the balance: use, requests, the next slot; asked for one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.request_text import others_lines
from qpi_tui.domain.sanitize import clean_record
from qpi_tui.domain.slot_holders import clock_words
from qpi_tui.domain.styled_text import Part
from qpi_tui.domain.usage import Month, use_words
from qpi_tui.live.usage import read_use
from qpi_tui.session.connection import Connection

USE = timedelta(days=30)
AHEAD = timedelta(days=14)
Record = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A user's use of the last 30 days, requests with the latest first, and slots from now on."""

    use: Month
    requests: Sequence[Record]
    slots: Sequence[Record]


async def read_person(connection: Connection, user: str) -> Person:
    """Ask, as an admin, for all of it."""
    client, moment = connection.client, now()
    use, requests, slots = await asyncio.gather(
        read_use(connection, user, moment - USE),
        client.list_time_requests(user=user),
        client.list_time_slots(start=moment, end=moment + AHEAD),
    )
    own = [slot for slot in slots if slot.get("booked_by") == user]
    return Person(use, [clean_record(each) for each in reversed(requests)], own)


def person_lines(person: Person) -> list[list[Part]]:
    """The lines of a detail."""
    coming = facts.coming_slots(person.slots)
    if coming:
        start, end, _ = coming[0]
        until = f"{local(end):%H:%M}" if local(end).date() == local(start).date() else clock_words(end)
        slot = f"{'now, until' if start <= now() else f'{clock_words(start)} –'} {until}"
        slot += f", {len(coming) - 1} more" if len(coming) > 1 else ""
    else:
        slot = "none in the next 14 days"
    return [
        [("30 days  ", "$text-muted"), (use_words(person.use), "")],
        [("slot     ", "$text-muted"), (slot, "")],
        *others_lines(person.requests, "request"),
    ]
