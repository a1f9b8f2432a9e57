"""What the frame itself shows of the server: how many requests wait, and the user's balance."""

from __future__ import annotations

from dataclasses import dataclass

from qpi_tui.actions import Role
from qpi_tui.connection import Connection


@dataclass(frozen=True)
class Badges:
    """`pending` requests (an admin's), `balance` in QPU seconds (a user's; None: not known)."""

    pending: int = 0
    balance: float | None = None


async def read_badges(connection: Connection) -> Badges:
    """Ask for what this role's frame shows."""
    if connection.role is Role.ADMIN:
        return Badges(pending=len(await connection.client.list_time_requests(status="pending")))
    if connection.role is Role.USER:
        record = await connection.client.get_user(connection.user_id)
        seconds = record.get("qpu_seconds")
        return Badges(balance=float(seconds) if isinstance(seconds, (int, float)) else None)
    return Badges()
