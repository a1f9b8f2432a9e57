"""Reading what stands beside a screen's own records, and what an older server may not have."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any

from qpi_tui import facts
from qpi_tui.text import clean_record

if TYPE_CHECKING:
    from qpi_tui.connection import Connection


async def optional(call: Awaitable[list[Any]]) -> list[Any]:
    """What the server's generation does not have is nothing, and no error."""
    from qpi_client import NotOnThisGeneration

    try:
        return await call
    except NotOnThisGeneration:
        return []


async def read_why_waits(connection: Connection, job: Mapping[str, Any]) -> str:
    """Ask why the QPU of a job takes none, in words; nothing where it takes them, or nobody can tell."""
    from qpi_client import APIError, NotFound

    target = str(job.get("qpu_target") or "")
    if not target:
        return ""
    client = connection.client
    try:
        qpu = clean_record(await client.get_qpu(target))
    except NotFound:
        return "Its QPU is gone: it will never run. Cancel it, and submit it anew."
    drivers: list[Any] = []
    if facts.qpu_state(qpu) == "offline":
        try:
            drivers = clean_record(await optional(client.list_drivers(qpu=target)))
        except APIError:
            return f"{qpu.get('name')} is offline: it gets no jobs until its driver connects."
    return facts.why_waits(qpu, drivers)
