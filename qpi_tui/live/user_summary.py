"""A user's summary for administrators: use, requests, the next slot; read for one user at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import local, now
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.reads import read_rows
from qpi_tui.live.usage import read_use
from qpi_tui.resources import requests, slots
from qpi_tui.rows.request_text import others_lines
from qpi_tui.rows.slot_holders import clock_words
from qpi_tui.rows.slots import SlotRow, coming_slots
from qpi_tui.rows.usage import Month, use_words
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_tui.rows.requests import RequestRow

USE = timedelta(days=30)
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Person:
    """A user's use of the last 30 days, requests with the newest first, and future slots."""

    use: Month
    requests: Sequence[RequestRow]
    slots: Sequence[SlotRow]


async def read_person(connection: Connection, user: str) -> Person:
    """Read all of it, as an administrator."""
    client, moment = connection.client, now()
    use, asked, booked = await asyncio.gather(
        read_use(connection, user, moment - USE),
        read_rows(client, requests.RESOURCE, user=user),
        read_rows(client, slots.RESOURCE, start=moment, end=moment + AHEAD),
    )
    own = [slot for slot in booked if slot.booked_by == user]
    return Person(use, asked[::-1], own)


def person_lines(person: Person) -> list[list[Part]]:
    """Return the lines of a detail."""
    coming = coming_slots(person.slots)
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
