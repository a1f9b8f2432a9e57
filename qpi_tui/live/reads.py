"""Reading what an older server may not have."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any


async def optional(call: Awaitable[list[Any]]) -> list[Any]:
    """What the server's generation does not have is nothing, and no error."""
    from qpi_client import NotOnThisGeneration

    try:
        return await call
    except NotOnThisGeneration:
        return []
