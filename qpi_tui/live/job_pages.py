"""Reading all jobs: the first page at once, the rest in the background, later only what changed."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import datetime
from typing import Any, cast

from qpi_client.job_fields import ROW, SIZES
from qpi_tui.domain.roles import Role
from qpi_tui.live.job_store import JobStore, Merged
from qpi_tui.session.connection import Connection

PAGE = 1000
# So many are taken in between two looks at the keyboard.
_BITE = 250
# Seconds between checks for jobs that were deleted.
WHOLE = 60.0


Record = Mapping[str, Any]


class JobPages:
    """Fills a store for a connection. An API token's list comes at once: the server tells it no pages."""

    def __init__(self, connection: Connection, streams: int = 0) -> None:
        self._connection = connection
        self.store = JobStore()
        self.complete = False
        self._names: dict[str, str] = {}
        self._reader: AsyncGenerator[Record, None] | None = None
        self._streams = streams
        # Whether jobs may have been deleted of which nobody told.
        self._doubted = False
        self._whole_at = time.monotonic()

    @property
    def reading(self) -> bool:
        """Whether older pages are still to come, and somebody reads them."""
        return self._reader is not None

    async def first(self) -> None:
        """The newest page. `rest` brings the others."""
        await self._read_names()
        rows = self._connection.client.iter_jobs(everyone=self._everyone, fields=self._fields)
        self._reader = cast("AsyncGenerator[Record, None]", rows)
        try:
            await self._some(PAGE)
        except BaseException:
            await self._end()
            raise

    async def rest(self) -> AsyncIterator[int]:
        """The older pages: gives how many jobs are known after each. May be broken off and begun again."""
        try:
            while self._reader is not None:
                await self._some(PAGE)
                yield len(self.store)
        finally:
            await self._end()

    async def changes(self, streams: int = 0, *, away: bool = False) -> Merged:
        """What is new or has changed since the last time. `streams`: how many streams of changes there were.

        What was deleted between two of them, or while nobody listened (`away`), nobody told, nor where there is no
        stream: a list that fits on a page is then, and once in a while, read as a whole; of a longer one the jobs are
        counted, and their ids read where that is another number.
        """
        since = self.store.changes_from
        self._doubted |= away or streams != self._streams
        doubted = self.complete and (self._doubted or time.monotonic() - self._whole_at > WHOLE)
        began = time.monotonic()
        if since is None or self._connection.role is Role.TOKEN or (doubted and len(self.store) <= PAGE):
            known = self.store.ids
            found = await self._connection.client.list_jobs(everyone=self._everyone, fields=self._fields)
            self.store.drop(known - {str(record.get("id")) for record in found})
            merged = self._merge(cast("list[Record]", found))
        else:
            merged = self._merge(await self._since(since))
            if doubted and await self._others():
                # One that was submitted meanwhile is counted, but not known yet.
                merged |= self._merge(await self._since(since))
                if await self._others():
                    await self._drop_deleted()
        # Only once it could be read.
        self._streams = streams
        if doubted:
            self._doubted, self._whole_at = False, began
        return merged

    def _merge(self, found: list[Record]) -> Merged:
        return self.store.merge([self._named(record) for record in found[::-1]], touch=True)

    async def _since(self, moment: datetime) -> list[Record]:
        """What was made or has changed since then, the latest first."""
        client = self._connection.client
        found = await client.list_jobs(everyone=self._everyone, fields=self._fields, changed_since=moment)
        return cast("list[Record]", found)

    async def _others(self) -> bool:
        """Whether the server has another number of jobs."""
        return await self._connection.client.count_jobs(everyone=self._everyone) != len(self.store)

    async def _drop_deleted(self) -> None:
        """Forget what the server no longer has, by the ids of all; read all anew where it has others."""
        known, found = self.store.ids, set[str]()
        client = self._connection.client
        async for record in client.iter_jobs(everyone=self._everyone, fields=("id",), expand=False):
            found.add(str(record.get("id")))
        self.store.drop(known - found)
        if found - self.store.ids:
            self.complete = False

    async def _read_names(self) -> None:
        """What an API token reads of jobs has no names of QPUs; the QPUs themselves have."""
        if self._connection.role is Role.TOKEN and not self._names:
            qpus = await self._connection.client.list_all_qpus()
            self._names = {str(qpu.get("id")): str(qpu.get("name")) for qpu in qpus}

    def _named(self, record: Record) -> Record:
        name = self._names.get(str(record.get("qpu_target")))
        return record if name is None else {**record, "expand": {"qpu_target": {"name": name}}}

    @property
    def _everyone(self) -> bool:
        return self._connection.role is Role.ADMIN

    @property
    def _fields(self) -> tuple[str, ...]:
        # The route that a token opens gives whole fields only.
        return (*ROW, "payload") if self._connection.role is Role.TOKEN else (*ROW, *SIZES)

    async def _some(self, count: int) -> None:
        reader = self._reader
        if reader is None:
            return
        bite: list[Record] = []
        for _ in range(count):
            record: Any = await anext(reader, None)
            if record is None:
                self.complete = True
                self._reader = None
                break
            bite.append(self._named(record))
            if len(bite) == _BITE:
                self.store.merge(bite)
                bite = []
                await asyncio.sleep(0)
        self.store.merge(bite)
        if count >= PAGE and not self.complete:
            # What was read stays: walking through it again and again for garbage would hold up the keys. What is
            # garbage now would stay with it; a list that fits on a page is not worth it.
            gc.collect(1)
            gc.freeze()

    async def _end(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.aclose()
