"""Network backends for httpcore that respect a deadline in every read, write, connect and handshake."""

from __future__ import annotations

import socket
import threading
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from qpi_client.deadline import Deadline, Within, seconds_left
from qpi_client.http import httpcore

if TYPE_CHECKING:
    import ssl

# Bodies are written in chunks of this size, so that the deadline also applies to a server that reads slowly.
_PIECE = 64 * 1024
# Interval in seconds at which a patient read checks whether its deadline has moved.
_SLICE = 1.0


def _seen_by(timeout: float | None, stream: Stream | AsyncStream) -> Deadline | None:
    """Tell the deadline which stream to abort."""
    if not isinstance(timeout, Within):
        return None
    timeout.deadline.stream = stream
    if timeout.deadline.aborted:
        stream.abort()
    return timeout.deadline


def _kept_alive(options: Iterable[Any] | None) -> list[Any]:
    """Return socket options with those for keep-alive: waiting for an answer on a dead connection ends in 2 min."""
    found = [*(options or ()), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            found.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return [*found, (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]


def _shut(raw: Any) -> None:
    with suppress(OSError, AttributeError):
        if isinstance(raw, socket.socket):
            # Not `SSLSocket.shutdown`, which removes the TLS state during a read.
            socket.socket.shutdown(raw, socket.SHUT_RDWR)
        else:
            raw.shutdown(socket.SHUT_RDWR)


class Stream(httpcore.NetworkStream):
    """A blocking connection."""

    def __init__(self, inner: httpcore.NetworkStream, within: float | None = None) -> None:
        self._inner = inner
        # For the SOCKS handshake, which httpcore performs without a timeout.
        self._within = within

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read available data, or wait for it."""
        timeout = self._within if timeout is None else timeout
        deadline = _seen_by(timeout, self)
        while True:
            left = seconds_left(timeout) if deadline is None or not deadline.patient else deadline.left()
            if left is not None and left <= 0:
                raise httpcore.ReadTimeout("the deadline passed")
            if deadline is None or left is None:
                return self._inner.read(max_bytes, left)
            try:
                data = self._inner.read(max_bytes, min(left, _SLICE) if deadline.patient else left)
            except httpcore.ReadTimeout:
                if deadline.patient:
                    continue
                raise
            deadline.first = deadline.first or data[:8]
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all data."""
        timeout = self._within if timeout is None else timeout
        _seen_by(timeout, self)
        for start in range(0, len(buffer), _PIECE):
            left = seconds_left(timeout)
            if left is not None and left <= 0:
                raise httpcore.WriteTimeout("the deadline passed")
            self._inner.write(buffer[start : start + _PIECE], left)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def abort(self) -> None:
        """Abort reads and writes in progress."""
        _shut(self._inner.get_extra_info("socket"))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Start TLS on the connection."""
        _seen_by(timeout, self)
        left = seconds_left(timeout)
        if left is not None and left <= 0:
            raise httpcore.ConnectTimeout("the deadline passed")
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left), timeout)

    def get_extra_info(self, info: str) -> Any:
        """Return information about the connection."""
        return self._inner.get_extra_info(info)


class Backend(httpcore.NetworkBackend):
    """Opens blocking connections."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers, within the timeout for all of them."""
        until = Deadline(float("inf"))
        if (left := seconds_left(timeout)) is not None:
            if left <= 0:
                raise httpcore.ConnectTimeout("the deadline passed")
            until = Deadline(time.monotonic() + left)
        options = _kept_alive(socket_options)
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in _addresses(host, port, until):
            if (rest := until.left()) <= 0:
                raise httpcore.ConnectTimeout("the deadline passed")
            try:
                opened = self._inner.connect_tcp(
                    address, port, timeout=rest, local_address=local_address, socket_options=options
                )
                return Stream(opened, timeout)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def _addresses(host: str, port: int, until: Deadline) -> list[str]:
    """Return the addresses of a host. The system's resolver has no timeout, so it runs in a thread."""
    if host.replace(".", "").isdigit() or ":" in host:
        return [host]
    found: list[Any] = []

    def resolve() -> None:
        try:
            found.extend(
                dict.fromkeys(entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            )
        except (OSError, UnicodeError) as error:
            found.append(error)

    thread = threading.Thread(target=resolve, name="qpi-client resolver", daemon=True)
    thread.start()
    left = until.left()
    thread.join(None if left == float("inf") else left)
    if not found:
        raise httpcore.ConnectTimeout(f"the name {host} was not resolved in the time allowed")
    if isinstance(found[0], Exception):
        raise httpcore.ConnectError(str(found[0]))
    return cast("list[str]", found)


class AsyncStream(httpcore.AsyncNetworkStream):
    """An asynchronous connection."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, within: float | None = None) -> None:
        self._inner = inner
        # For the SOCKS handshake, which httpcore performs without a timeout.
        self._within = within

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read available data, or wait for it."""
        timeout = self._within if timeout is None else timeout
        deadline = _seen_by(timeout, self)
        while True:
            left = seconds_left(timeout) if deadline is None or not deadline.patient else deadline.left()
            if left is not None and left <= 0:
                raise httpcore.ReadTimeout("the deadline passed")
            if deadline is None or left is None:
                return await self._inner.read(max_bytes, left)
            try:
                data = await self._inner.read(max_bytes, min(left, _SLICE) if deadline.patient else left)
            except httpcore.ReadTimeout:
                if deadline.patient:
                    continue
                raise
            deadline.first = deadline.first or data[:8]
            return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all data."""
        timeout = self._within if timeout is None else timeout
        _seen_by(timeout, self)
        for start in range(0, len(buffer), _PIECE):
            left = seconds_left(timeout)
            if left is not None and left <= 0:
                raise httpcore.WriteTimeout("the deadline passed")
            await self._inner.write(buffer[start : start + _PIECE], left)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    def abort(self) -> None:
        """Abort reads and writes in progress."""
        _shut(self._inner.get_extra_info("socket"))

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Start TLS on the connection."""
        _seen_by(timeout, self)
        left = seconds_left(timeout)
        if left is not None and left <= 0:
            raise httpcore.ConnectTimeout("the deadline passed")
        return AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, left), timeout)

    def get_extra_info(self, info: str) -> Any:
        """Return information about the connection."""
        return self._inner.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Opens asynchronous connections."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._opened: weakref.WeakSet[AsyncStream] = weakref.WeakSet()

    def abandon(self) -> None:
        """End all connections of an event loop that has ended and cannot close them any more."""
        for stream in list(self._opened):
            stream.abort()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to an address of the host."""
        left = seconds_left(timeout)
        if left is not None and left <= 0:
            raise httpcore.ConnectTimeout("the deadline passed")
        opened = await self._inner.connect_tcp(
            host, port, timeout=left, local_address=local_address, socket_options=_kept_alive(socket_options)
        )
        stream = AsyncStream(opened, timeout)
        self._opened.add(stream)
        return stream
