"""Counts in the header: pending requests, and the user's balance."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.domain.roles import Role
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.reads import read_rows
from qpi_tui.resources import announcements, users
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.announcements import AnnouncementRow


class HeaderCounts(NamedTuple):
    """An administrator's pending requests (their ids); a user's balance and announcements.

    `balance` is in QPU seconds (None: unknown); `notices` are announcements; `known` is whether the server was read.
    """

    waiting: frozenset[str] = frozenset()
    balance: float | None = None
    notices: tuple[AnnouncementRow, ...] = ()
    known: bool = False

    @property
    def pending(self) -> int:
        """The number of pending requests."""
        return len(self.waiting)


TOPICS = {Role.ADMIN: ("qpu_time_requests",), Role.USER: ("users", "notifications"), Role.TOKEN: ()}


async def read_badges(connection: Connection, told: HeaderCounts | None = None) -> HeaderCounts:
    """Read the data of this role's header, except what events reported already (`told`)."""
    client = connection.client
    if told is not None and told.known and connection.role is Role.USER:
        return told._replace(notices=tuple(await read_rows(client, announcements.RESOURCE)))
    if connection.role is Role.ADMIN:
        waiting = await client.list_time_requests(status="pending")
        return HeaderCounts(frozenset(str(record["id"]) for record in waiting), known=True)
    if connection.role is Role.USER:
        record, notices = await asyncio.gather(client.get_user(connection.user_id), client.list_notifications())
        return HeaderCounts(
            balance=users.RESOURCE.decode(record).qpu_seconds,
            notices=tuple(announcements.RESOURCE.decode_all(notices)),
            known=True,
        )
    return HeaderCounts()


def merge_badges(badges: HeaderCounts, events: Sequence[ChangeEvent], connection: Connection) -> HeaderCounts | None:
    """Merge these events; return None if it has to be read again."""
    for event in events:
        record, collection = event.record, collection_of(event)
        if collection not in TOPICS[connection.role]:
            continue
        if connection.role is Role.ADMIN:
            waits = event.action != "delete" and record.get("status") == "pending"
            id = frozenset({str(record.get("id", ""))})
            badges = badges._replace(waiting=badges.waiting | id if waits else badges.waiting - id)
        elif collection == "users":
            if record.get("id") == connection.user_id:
                badges = badges._replace(balance=users.RESOURCE.decode(record).qpu_seconds)
        else:
            # The server decides which announcements this user gets.
            return None
    return badges
