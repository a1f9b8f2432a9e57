"""Estimate the start of the job under the cursor: from the list's data, and two requests for each QPU."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Hashable, Mapping
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.domain.clock import now
from qpi_tui.domain.roles import Role
from qpi_tui.live.detail_cache import DetailCache, DetailOwner
from qpi_tui.live.job_waiting import LastRuns
from qpi_tui.live.reads import read_rows
from qpi_tui.resources import registry
from qpi_tui.rows.job_start import LOOKED_AT, SLOTS_AHEAD, Around, start_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from qpi_tui.domain.start_estimate import StartEstimate
    from qpi_tui.live.job_store import JobStore
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpu_service import QPUService
    from qpi_tui.rows.slots import SlotRow
    from qpi_tui.session.connection import Connection

# Seconds for which slots and the last runs are cached: an idle screen sends less than one request a minute.
_KEPT = 300.0
# Seconds for which an estimate is cached without changes.
_TICK = 15.0


class _Read(NamedTuple):
    ended: list[JobRow]
    slots: list[SlotRow]


class StartReader:
    """Estimates for one screen. `paint` is called when requested data arrives."""

    def __init__(self, screen: DetailOwner, paint: Callable[[], None]) -> None:
        self._cache: DetailCache[_Read] = DetailCache(screen, _read, paint)
        self._screen = screen
        # The last data: shown until it is read again.
        self._last: dict[str, _Read] = {}
        self._estimated: tuple[Hashable, StartEstimate | None] = (None, None)

    @property
    def waiting(self) -> bool:
        """Whether an answer is pending."""
        return self._cache.waiting

    def of(self, job: JobRow, services: Mapping[str, QPUService], store: JobStore) -> StartEstimate | None:
        """Return a pending job's estimated start from the list's data; None until known."""
        service = services.get(job.qpu_target)
        if service is None or not self._screen.signed_in or not self._screen.connection.user_id:
            return None
        found = self._cache.of((job.qpu_target, int(time.monotonic() // _KEPT))) or self._last.get(job.qpu_target)
        if found is None:
            return None
        self._last[job.qpu_target] = found
        connection = self._screen.connection
        # Painted more often than anything changes: 200 trials take 5 ms.
        key = (job.id, store.version, id(found), int(time.monotonic() // _TICK))
        if key == self._estimated[0]:
            return self._estimated[1]
        active = [other for each in store.active if (other := store.get(each)) is not None]
        newest = store.listed()[:LOOKED_AT]
        ended = {other.id: other for other in chain(found.ended, newest) if not other.active}.values()
        everyone = connection.role is Role.ADMIN
        around = Around(service, active, ended, found.slots, everyone, connection.user_id)
        self._estimated = key, start_of(job, around)
        return self._estimated[1]


async def _read(connection: Connection, key: Hashable) -> _Read:
    """Read slots and, for administrators, the newest jobs; a user's own are in the list."""
    moment = now()
    ended, slots = await asyncio.gather(
        LastRuns().read(connection),
        read_rows(connection.client, registry()["slots"], start=moment, end=moment + SLOTS_AHEAD),
    )
    return _Read(ended, slots)
