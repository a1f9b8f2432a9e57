"""Reading what an older server may not have."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qpi_tui.session.connection import Connection


async def optional(call: Awaitable[list[Any]]) -> list[Any]:
    """What the server's generation does not have is nothing, and no error."""
    from qpi_client import NotOnThisGeneration

    try:
        return await call
    except NotOnThisGeneration:
        return []


async def drivers_or_none(connection: Connection) -> list[Any] | None:
    """The drivers; None on a server whose QPUs are their own drivers."""
    from qpi_client import NotOnThisGeneration

    try:
        return list(await connection.client.list_drivers())
    except NotOnThisGeneration:
        return None
