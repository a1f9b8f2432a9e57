"""One stream of change events for the whole console.

It reports which records changed and their new state; screens merge that, or read again. Without a stream, timers do all
of it.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from qpi_client.backoff import pause_after
from qpi_tui.domain.roles import Role
from qpi_tui.resources import by_collection
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_client import ChangeEvent

_log = logging.getLogger(__name__)

# In seconds: events are batched; the stream may take this long to open before timers take over; consoles that lost a
# stream together notice it at different times, and read again further apart (fifty of them took four seconds of the
# server's processor, and its dispatcher must continue); a failed stream is retried this often; events of a change that
# a read has seen may be this late.
_TOGETHER = 0.03
_GRACE = 3.0
_SPREAD = 1.0
_APART = 4.0
_RETRY = 30.0
_LATE = 3.0
# A stream that was reopened because it was silent, and is silent again, is not trusted for this long.
_DISTRUST = 600.0
# The server closes a stream after five silent minutes: a second one takes over before, so that nothing is missed or
# read again.
_RENEW = 280.0


def topic(collection: str) -> str:
    """Return the topic to subscribe to for a collection."""
    resource = by_collection(collection)
    return resource.topic if resource is not None else f"{collection}/*"


def collection_of(event: ChangeEvent) -> str:
    """Return the collection of an event."""
    return event.topic.partition("/")[0]


class EventStream:
    """Follows the server's changes; `changed` gets events, or None for "everything may have changed".

    `live` tells whether events arrive; otherwise screens have to poll.
    """

    def __init__(
        self,
        changed: Callable[[Sequence[ChangeEvent] | None], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._changed = changed
        self._clock = clock
        self._jitter = jitter
        self._connection: Connection | None = None
        self._wanted: frozenset[str] = frozenset()
        self._followed: frozenset[str] = frozenset()
        self._restart = asyncio.Event()
        self._open = False
        self._batch: list[ChangeEvent] = []
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._heard = self._opened = float("-inf")
        self._reopened = self._renewing = False
        self._distrusted_until = float("-inf")
        # How many streams there were: events between two of them are lost.
        self.begun = 0
        self.live = False

    # -- input -------------------------------------------------------------------------------------------------------

    def use(self, connection: Connection | None) -> None:
        """Follow this connection instead."""
        if self._connection is not None:
            self._connection.watchers.discard(self._saw)
        self._connection = connection
        self._distrusted_until = float("-inf")
        self._reopened = self._open = False
        self._followed = frozenset()
        if connection is not None:
            connection.watchers.add(self._saw)
        self._set_live(False)
        self._restart.set()

    def want(self, collections: Iterable[str]) -> None:
        """Set the visible topics. The stream is reopened only for topics that it does not carry."""
        self._wanted = frozenset(collections)
        if not self._wanted <= self._followed:
            self._restart.set()

    def expect(self, collection: str) -> None:
        """A change in this collection was just made: an event should arrive soon."""
        if self.live and collection in self._followed:
            self._call_later("expect", _LATE, self._reopen_if_silent, self._clock())

    def event_missed(self) -> None:
        """A read found a change without an event. Unless the event is only late, the stream is dead."""
        if self.live:
            self._call_later("expect", _LATE, self._reopen_if_silent, self._clock() - _LATE)

    def _reopen_if_silent(self, since: float) -> None:
        if not self.live or self._heard >= since:
            return
        if self._reopened:
            self._distrusted_until = self._clock() + _DISTRUST
        self._reopened = True
        self._restart.set()

    # -- the stream --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run the loop until cancelled."""
        try:
            while True:
                await self._restart.wait()
                self._restart.clear()
                connection = self._connection
                if connection is None or connection.role is Role.TOKEN or not self._wanted:
                    self._set_live(False)
                    continue
                # Keep following earlier topics: switching between two screens reopens nothing.
                self._followed |= self._wanted
                await self._until_restart(connection, sorted(self._followed))
        finally:
            for handle in self._later.values():
                handle.cancel()

    async def _until_restart(self, connection: Connection, collections: Sequence[str]) -> None:
        """Follow, and replace a stream that has been silent for long."""
        following = asyncio.create_task(self._follow(connection, collections))
        restarted = asyncio.create_task(self._restart.wait())
        try:
            wait = _RENEW
            while not (await asyncio.wait({restarted}, timeout=wait))[0]:
                silent = self._clock() - max(self._heard, self._opened)
                if self._open and silent >= _RENEW:
                    following = await self._renewed(following, restarted, connection, collections)
                    silent = 0.0
                wait = _RENEW - silent if silent < _RENEW else _RENEW
        finally:
            for task in (following, restarted):
                task.cancel()
            await asyncio.gather(following, restarted, return_exceptions=True)

    async def _renewed(
        self, old: asyncio.Task[None], restarted: asyncio.Task[Any], connection: Connection, collections: Sequence[str]
    ) -> asyncio.Task[None]:
        """Return the task that follows from now on: of a new stream, or the old one if none is available."""
        ready = asyncio.Event()
        new = asyncio.create_task(self._follow(connection, collections, ready))
        waiting = asyncio.create_task(ready.wait())
        self._renewing = True
        try:
            await asyncio.wait({restarted, waiting, new}, timeout=_GRACE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._renewing = False
            waiting.cancel()
            kept, left = (new, old) if ready.is_set() else (old, new)
            left.cancel()
        await asyncio.gather(left, waiting, return_exceptions=True)
        return kept

    async def _follow(
        self, connection: Connection, collections: Sequence[str], ready: asyncio.Event | None = None
    ) -> None:
        """Follow one stream until it fails. `ready`: it replaces another, and tells when it can."""
        from qpi_client import ChangeEvent

        again = False
        while True:
            wait = self._distrusted_until - self._clock()
            if wait > 0 and ready is None:
                self._set_live(False)
                await asyncio.sleep(wait)
            if ready is None:
                self._open = False
                self._call_later("open", _GRACE, self._set_live, False)
            try:
                async with aclosing(
                    connection.client.changes([topic(each) for each in collections], own_stream=True)
                ) as events:
                    async for event in events:
                        if isinstance(event, ChangeEvent):
                            self._arrived(event)
                        elif ready is not None:
                            self._taken_over()
                            ready.set()
                            ready, again = None, True
                        else:
                            await self._begun(again)
                            again = True
            except Exception:
                _log.debug("no stream of change events", exc_info=True)
                if ready is not None:
                    return  # The previous one continues.
                # No stream: poll; the feeds report the error.
                self._set_live(False)
            await asyncio.sleep(pause_after(1, _RETRY, _RETRY, self._jitter))

    async def _begun(self, again: bool) -> None:
        """The stream opened: changes before it are unknown."""
        self._forget_later("open")
        if again:
            await asyncio.sleep(_APART * self._jitter())
        self._open = self.live = True
        self._opened = self._clock()
        self.begun += 1
        self._changed(None)

    def _taken_over(self) -> None:
        """The new stream opened while the old one was still open: there was no gap."""
        self._forget_later("open")
        self._open = True
        self._opened = self._clock()

    def _saw(self, method: str, url: str) -> None:
        """The client sends a request: reopening the stream means that it was lost."""
        if method == "GET" and self._open and not self._renewing and url.partition("?")[0].endswith("/api/realtime"):
            self._open = False
            self._call_later("open", _SPREAD * self._jitter(), self._set_live, False)

    def _arrived(self, event: ChangeEvent) -> None:
        self._heard = self._clock()
        self._reopened = False
        self._batch.append(event)
        if len(self._batch) == 1:
            self._call_later("batch", _TOGETHER, self._tell)

    def _tell(self) -> None:
        batch, self._batch = self._batch, []
        if batch:
            self._changed(batch)

    def _set_live(self, live: bool) -> None:
        if live != self.live:
            self.live = live
            self._changed(None)

    def _call_later(self, what: str, seconds: float, call: Callable[..., None], *given: Any) -> None:
        self._forget_later(what)
        self._later[what] = asyncio.get_running_loop().call_later(seconds, call, *given)

    def _forget_later(self, what: str) -> None:
        handle = self._later.pop(what, None)
        if handle is not None:
            handle.cancel()
