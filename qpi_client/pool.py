"""Common base of both clients' pools: idle connections, exchanges in progress, and error conversion.

httpcore creates the connections and speaks HTTP. This package decides which connections are reused and how many there
are: httpcore's own pool loses connections when tasks are cancelled, and scans all connections for every request.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from qpi_client import wire
from qpi_client.deadline import Deadline
from qpi_client.errors import ClientClosed, ProtocolError, QPIError, TimedOut
from qpi_client.failures import failure, origin, overdue
from qpi_client.http import httpx
from qpi_client.proxies import Proxy, proxy_for
from qpi_client.transport import Settings


class Pool:
    """The connections to one server."""

    def __init__(self, settings: Settings, pem: str | None, given: Any, *, anyone: bool, awaited: bool) -> None:
        self.settings = settings
        self._pem = pem
        self._given = given
        self._anyone = anyone
        self._awaited = awaited
        self._guard = threading.Lock()
        self._idle: list[Any] = []
        self._under_way: set[Deadline] = set()
        self._backend: Any = None
        self._make: Callable[[], Any] | None = None
        self._proxy: Proxy | None = None
        self._address = wire.Address(settings.base_url)
        self._closed = False

    def errors(self) -> tuple[type[Exception], ...]:
        """Return the exceptions that the HTTP library may raise; a given transport may raise others."""
        if self._given is None:
            return (Exception,)
        return (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)

    def failed(self, error: Exception, deadline: Deadline) -> QPIError:
        """Return our error for one of the HTTP library's."""
        if self._closed:
            return closed_meanwhile()
        if deadline.aborted:
            return TimedOut(overdue(self.settings))
        if deadline.first and not deadline.first.startswith(b"HTTP/"[: len(deadline.first)]):
            return ProtocolError(f"The server at {origin(self.settings.base_url)} does not speak HTTP.")
        return failure(error, self.settings, self._proxy)

    def _patience(self, deadline: Deadline) -> Deadline:
        """Return the deadline for a free connection."""
        pool = self.settings.timeouts.pool
        return deadline if pool is None else Deadline(min(deadline.at, time.monotonic() + pool))

    def _new(self) -> Any:
        """Return a new connection that is not open yet."""
        make = self._make
        if make is None:
            from qpi_client.network import AsyncBackend, Backend

            with self._guard:
                proxy = proxy_for(self.settings.base_url)
                self._backend = self._backend or (AsyncBackend() if self._awaited else Backend())
                make = wire.connection_factory(
                    self.settings, self._pem, proxy, self._backend, anyone=self._anyone, awaited=self._awaited
                )
                self._make, self._proxy = make, proxy
        return make()


def closed_meanwhile() -> ClientClosed:
    """Return the error of a call whose client was closed."""
    return ClientClosed("This client was closed while it was waiting for an answer.")
