"""One stream of change events for the whole console.

It says which collections changed; who shows them reads again. Where no stream can be had, timers do it all.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import aclosing

from qpi_tui.actions import Role
from qpi_tui.connection import Connection

TOPICS = ("quantum_jobs", "qpus", "drivers", "time_slots", "qpu_time_requests", "notifications", "users")
# A server or a proxy that lets no stream through is asked again this often, in seconds.
_RETRY = 30.0


class Changes:
    """Follows the server's changes for whoever is signed in; `changed` gets collections, or None for "everything"."""

    def __init__(self, changed: Callable[[set[str] | None], None]) -> None:
        self._changed = changed
        self._connection: Connection | None = None
        self._swapped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.live = False

    def use(self, connection: Connection | None) -> None:
        """Follow this connection instead."""
        self._connection = connection
        self._swapped.set()

    async def run(self) -> None:
        """The loop. Ends only when it is cancelled."""
        while True:
            await self._swapped.wait()
            self._swapped.clear()
            connection = self._connection
            if connection is None or connection.role is Role.TOKEN:
                self._set_live(False)
                continue
            following = asyncio.create_task(self._follow(connection))
            swapped = asyncio.create_task(self._swapped.wait())
            try:
                await asyncio.wait({following, swapped}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (following, swapped):
                    task.cancel()
                await asyncio.gather(following, swapped, return_exceptions=True)
                self._set_live(False)

    async def _follow(self, connection: Connection) -> None:
        from qpi_client import ChangeEvent

        while True:
            try:
                async with aclosing(connection.client.events([f"{topic}/*" for topic in TOPICS])) as events:
                    async for event in events:
                        if isinstance(event, ChangeEvent):
                            self._changed({event.topic.partition("/")[0]})
                        else:
                            self._set_live(True)
                            self._changed(None)
            except Exception:
                # No stream: the timers read; the feeds say what is wrong.
                self._set_live(False)
            await asyncio.sleep(_RETRY * (0.5 + random.random() / 2))  # noqa: S311  # spreads reconnects, no secret

    def _set_live(self, live: bool) -> None:
        if live != self.live:
            self.live = live
            self._changed(None)
