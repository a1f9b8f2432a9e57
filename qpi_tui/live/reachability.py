"""Whether the server answers, for the whole console: noticed early while the user is active, counted across screens.

Reads notice it only when they are due, and a hanging one takes half a minute. So while keys are pressed, when the event
stream breaks, and while there is none, a silent server gets a health request.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qpi_tui.session.connection import Connection

_log = logging.getLogger(__name__)

# In seconds: a server that answered this recently is not asked; how long an answer may take; how long the user counts
# as active after a key. A server that stops is noticed within the sum of the first two.
QUIET, PATIENCE, USED = 5.0, 6.0, 20.0
# The same as the first, without a stream that would break: longer than the 2 s after which most screens read then. And
# while the server is unreachable.
UNSTREAMED, AWAY = 2.2, 10.0


class Reachability:
    """Since when the server does not answer; `changed` is called when that starts and ends.

    `error` is the last health request's; `streamed` tells whether an event stream would break with it.
    """

    def __init__(
        self,
        changed: Callable[[], None],
        *,
        streamed: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._changed = changed
        self._streamed = streamed
        self._clock = clock
        self._connection: Connection | None = None
        self._used = float("-inf")
        self._wanted = asyncio.Event()
        self._at_once = False
        self.since: float | None = None
        self.error: Exception | None = None

    def use(self, connection: Connection | None) -> None:
        """Watch this connection instead."""
        self._connection = connection
        if connection is not None:
            connection.on_answer = self.heard
        self.since = self.error = None
        self._wanted.set()

    def pressed(self) -> None:
        """The user is active."""
        self._used = self._clock()
        self._wanted.set()

    def check_now(self) -> None:
        """The server may be gone: check now."""
        self._at_once = True
        self._wanted.set()

    def heard(self) -> None:
        """The server answered."""
        if self.since is not None:
            self.since = self.error = None
            self._changed()

    def failed(self, error: Exception) -> None:
        """A request was not answered. A rejection or an error status is an answer."""
        from qpi_client import errors as e

        if isinstance(error, (e.ConnectFailed, e.ConnectionLost, e.TimedOut, TimeoutError)) and self.since is None:
            self.since, self.error = self._clock(), error
            if self._connection is not None and isinstance(error, (e.TimedOut, TimeoutError)):
                # It was already silent when asked.
                self.since = max(self._connection.answered_at, self.since - PATIENCE)
            self._changed()

    @property
    def _in_use(self) -> bool:
        return self._clock() - self._used < USED

    async def run(self) -> None:
        """Run the loop until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._connection is not None and (self._at_once or self._in_use or not self._streamed()):
                silent = self._clock() - self._connection.answered_at
                quiet = QUIET if self._streamed() else UNSTREAMED if self.since is None else AWAY
                if self._at_once or silent >= quiet:
                    self._at_once = False
                    await self._ask(self._connection)
                    silent = 0.0
                with_key = asyncio.create_task(self._wanted.wait())
                await asyncio.wait({with_key}, timeout=max(quiet - silent, 0.5))
                with_key.cancel()
                self._wanted.clear()

    async def _ask(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.client.health()
        except Exception as error:
            _log.debug("the server's health could not be read", exc_info=True)
            if connection is self._connection:
                self.failed(error)
