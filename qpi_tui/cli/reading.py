"""Read a resource's list with the blocking client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_client import QPIClient


def read_records(client: QPIClient, resource: Resource[Any], **only: Any) -> Sequence[Any]:
    """Return the records as the server sent them; `only` are arguments of the client's method."""
    if resource.reader:
        records: Sequence[Any] = getattr(client, resource.reader)(**only)
        return records
    return client.collection(resource.collection).list(**resource.arguments, **only)
