"""What the frame itself shows of the server: how many requests wait, and the user's balance."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from qpi_tui.actions import Role
from qpi_tui.connection import Connection


@dataclass(frozen=True)
class Badges:
    """What waits for an admin (the ids of pending requests); what a user has and is told.

    `balance` is in QPU seconds (None: not known); `notices` are announcements; `known` is whether the server was read.
    """

    waiting: frozenset[str] = frozenset()
    balance: float | None = None
    notices: tuple[dict[str, Any], ...] = ()
    known: bool = False

    @property
    def pending(self) -> int:
        """How many requests wait."""
        return len(self.waiting)


async def read_badges(connection: Connection) -> Badges:
    """Ask for what this role's frame shows."""
    client = connection.client
    if connection.role is Role.ADMIN:
        waiting = await client.list_time_requests(status="pending")
        return Badges(frozenset(str(record["id"]) for record in waiting), known=True)
    if connection.role is Role.USER:
        record, notices = await asyncio.gather(client.get_user(connection.user_id), client.list_notifications())
        seconds = record.get("qpu_seconds")
        balance = float(seconds) if isinstance(seconds, (int, float)) else None
        return Badges(balance=balance, notices=tuple(notices), known=True)
    return Badges()
