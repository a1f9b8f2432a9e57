"""Read lists: of any resource, and of what an older server may lack."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from qpi_tui.resources import drivers
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient
    from qpi_tui.rows.base import Row
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.session.connection import Connection

# Lists up to this length are read in full.
WHOLE = 2_000
R = TypeVar("R", bound="Row")


async def read_rows(client: AsyncQPIClient, resource: Resource[R], **only: Any) -> list[R]:
    """Read the rows of a resource; `only` are arguments of the client's method."""
    if resource.reader:
        return resource.decode_all(await getattr(client, resource.reader)(**only))
    records = client.collection(resource.collection)
    return resource.decode_all(await records.list(**resource.arguments, **only))


async def or_empty(call: Awaitable[Sequence[Any]]) -> list[Any]:
    """Treat what the server's generation does not support as empty, without an error."""
    from qpi_client import NotOnThisGeneration

    try:
        return list(await call)
    except NotOnThisGeneration:
        return []


async def drivers_or_none(connection: Connection) -> list[DriverRow] | None:
    """Read the drivers; None on a server whose QPUs are their own drivers."""
    from qpi_client import NotOnThisGeneration

    try:
        return await read_rows(connection.client, drivers.RESOURCE)
    except NotOnThisGeneration:
        return None
