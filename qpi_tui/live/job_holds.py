"""Why jobs cannot start, by QPU: from QPUs and drivers, and their change events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.merge import merge_rows
from qpi_tui.live.reads import drivers_or_none, read_rows
from qpi_tui.resources import registry
from qpi_tui.rows.job_hold import Hold, hold

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.rows.qpu_service import QPUService
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.session.connection import Connection

TOPICS = ("qpus", "drivers")


class JobHolds(dict[str, Hold]):
    """The QPUs whose jobs do not start, by id, with the reason."""

    def __init__(self) -> None:
        super().__init__()
        self.known = False
        self.services: dict[str, QPUService] = {}
        """All QPUs, by id, with the conditions for their jobs."""
        self._qpus: list[QPURow] = []
        self._drivers: list[DriverRow] | None = None
        self._server_started: datetime | None = None

    async def read(self, connection: Connection) -> bool:
        """Read QPUs and drivers; return whether the reasons changed."""
        self._qpus, self._drivers, self._server_started = await asyncio.gather(
            read_rows(connection.client, registry()["qpus"]), drivers_or_none(connection), connection.server_started()
        )
        self.known = True
        return self._derive()

    def merge(self, events: Sequence[ChangeEvent]) -> bool | None:
        """Merge change events; return whether the reasons changed, None if it has to be read again."""
        told = {topic: [event for event in events if collection_of(event) == topic] for topic in TOPICS}
        if not any(told.values()):
            return False
        qpus = merge_rows(self._qpus, told["qpus"], registry()["qpus"].row_type, "qpus", append=True)
        drivers = self._drivers
        if drivers is not None:
            drivers = merge_rows(drivers, told["drivers"], registry()["drivers"].row_type, "drivers", append=True)
        if not self.known or qpus is None or (drivers is None and self._drivers is not None):
            return None
        self._qpus, self._drivers = qpus, drivers
        return self._derive()

    def _derive(self) -> bool:
        # Not needed for the first frame: it imports msgspec.
        from qpi_tui.rows.qpu_service import services_of

        services = services_of(self._qpus, self._drivers, server_started=self._server_started)
        self.services = {service.qpu.id: service for service in services}
        found = {service.qpu.id: why for service in services if (why := hold(service)) is not None}
        if found == self:
            return False
        self.clear()
        self.update(found)
        return True
