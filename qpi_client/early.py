"""Send requests before the library for them is loaded.

Loading httpx, httpcore and anyio takes longer than a server takes to check a password and to return a list.
`EarlyRequests` sends the sign-in with the standard library while a client is being imported, and then whatever the
client reads while httpcore is being imported. The client gets the answers in place of its own; what fails here, it
sends itself and reports better. Nothing is requested twice.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from qpi_client import authorities
from qpi_client.masking import Secret, travels
from qpi_client.version import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPConnection, HTTPResponse

    from qpi_client.aio import AsyncQPIClient
    from qpi_client.deadline import Deadline
    from qpi_client.steps import Reply
    from qpi_client.wire import Outgoing

# Timeout in seconds to connect and between two chunks, similar to the client's.
_CONNECT, _READ = 5.0, 30.0
# Time in seconds after which a server that is not reached is left to the client, which reports it.
_PATIENCE = 0.3
# Longer answers are left to the client.
_MOST = 20_000_000
# Time in seconds for which the answer to the sign-in is fresh, and for which reads are sent here at most.
FRESH = 10.0

# Status, headers with lower-case names, body.
Came = tuple[int, dict[str, str], bytes]


class EarlyRequests:
    """Signs in, or renews a session, after `send` or `start`; sends a client's reads after `answer_for`.

    `url` is the server's address, `collection` the account's collection, `ca_file` a PEM file of trusted authorities.
    Give either `session`, or `identity` and `password`; without a collection nothing signs in.
    """

    def __init__(
        self,
        url: str,
        collection: str = "",
        *,
        identity: str = "",
        password: str = "",
        session: str = "",
        ca_file: str | None = None,
    ) -> None:
        # What is no address of a server, or needs a proxy, which only httpx supports, is left to the client.
        self._address = None if _proxied() else _address(url)
        self._ca_file = ca_file
        self._renews = bool(session)
        self._secret = Secret(session or json.dumps({"identity": identity, "password": password}, ensure_ascii=False))
        way = "auth-refresh" if session else "auth-with-password"
        self._sign_in = f"/api/collections/{collection}/{way}"
        self._signs_in = bool(collection) and self._address is not None
        # The socket that the sign-in was sent through, whether it was, and its answer.
        self._socket: Future[socket.socket | None] | None = None
        self._written: Future[None] = Future()
        self._signed_in: Future[Came | None] = Future()
        self._guard = threading.Lock()
        self._sent = self._overtaken = self._asked = False
        self._until = float("inf")
        self._idle: list[HTTPConnection] = []
        self._authorities: ssl.SSLContext | None = None

    def send(self) -> None:
        """Send the sign-in over an unencrypted connection, and leave its answer for `start`.

        It costs next to nothing: the server checks the password while the program loads what it shows first.
        """
        if self._signs_in and self._address is not None and self._address.scheme == "http":
            self._socket = Future()
            _in_thread(self._connect_plainly, self._address, self._secret, self._socket)

    def start(self) -> None:
        """Sign in, and go on with what `send` began."""
        self._until = time.monotonic() + FRESH
        if self._signs_in and self._address is not None:
            _in_thread(self._run, self._address, self._secret)
        else:
            self._signed_in.set_result(None)

    def answer_for(self, client: AsyncQPIClient) -> None:
        """Answer the client's sign-in once, and its reads as long as this is fresh or until `stop`."""

        async def answered(sent: Outgoing, deadline: Deadline) -> Reply | None:
            if time.monotonic() > self._until:
                client.early = None
                self.stop()
                return None
            # What takes too long ends as the client says.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(deadline.left(), 0.0)):
                    return await self._answer(sent)
            return None

        client.early = answered if self._address is not None else None

    def stop(self) -> None:
        """Send nothing more."""
        self._until = float("-inf")
        while self._idle:
            self._idle.pop().close()

    # -- inside ------------------------------------------------------------------------------------------------------

    async def _answer(self, sent: Outgoing) -> Reply | None:
        if self._address is None:
            return None
        if sent.method == "GET":
            came: Future[Came | None] = Future()
            _in_thread(self._read, self._address, sent, came)
        elif sent.target == self._sign_in and not self._asked and self._same(sent):
            self._asked, self._secret = True, Secret("")
            if not await self._was_sent():
                self._until = float("-inf")
                return None
            came = self._signed_in
        else:
            return None
        found = await asyncio.wrap_future(came)
        return None if found is None else _decoded(found, sent)

    async def _was_sent(self) -> bool:
        """Whether the sign-in was sent; if not yet, it will not be."""
        await asyncio.wait([asyncio.wrap_future(self._written)], timeout=_PATIENCE)
        with self._guard:
            self._overtaken = not self._sent
            return self._sent

    def _same(self, sent: Outgoing) -> bool:
        """Whether the client signs in with what was sent."""
        if self._renews:
            return sent.headers.get("authorization") == self._secret.reveal()
        return bool(json.loads(sent.content or b"null") == json.loads(self._secret.reveal()))

    def _run(self, address: SplitResult, secret: Secret) -> None:
        # The address, the server, the certificate or the answer is not valid. The client will report it.
        with suppress(Exception):
            from http.client import HTTPResponse

            connection = self._connection(address)
            if self._socket is not None:
                connection.sock = self._socket.result()
            else:
                self._connect(connection)
                self._write(connection.sock, address, secret)
            if self._sent and connection.sock is not None:
                response = HTTPResponse(connection.sock, method="POST")
                response.begin()
                came = self._came(connection, response)
                # It is too old to compare clocks later.
                came[1].pop("date", None)
                self._signed_in.set_result(came)
        for each in (self._written, self._signed_in):
            if not each.done():
                each.set_result(None)

    def _connect_plainly(self, address: SplitResult, secret: Secret, opened: Future[socket.socket | None]) -> None:
        found = None
        with suppress(Exception):
            found = socket.create_connection((address.hostname or "", address.port or 80), timeout=_CONNECT)
            found.settimeout(_READ)
            self._write(found, address, secret)
        opened.set_result(found)

    def _write(self, connection: socket.socket, address: SplitResult, secret: Secret) -> None:
        """Write the sign-in without `http.client`, which takes its time to load."""
        said = secret.reveal()
        body = b"" if self._renews else said.encode()
        lines = [
            f"POST {_path(address)}{self._sign_in} HTTP/1.1", f"host: {address.netloc}",
            f"user-agent: {USER_AGENT}", "accept: application/json", "accept-encoding: identity",
            f"content-length: {len(body)}",
            f"authorization: {said}" if self._renews else "content-type: application/json",
        ]  # fmt: skip
        if not all(map(travels, lines)):
            raise ValueError("no text for a header")
        with self._guard:
            if self._overtaken:
                return
            self._sent = True
        connection.sendall("\r\n".join([*lines, "", ""]).encode("ascii") + body)
        self._written.set_result(None)

    def _read(self, address: SplitResult, sent: Outgoing, read: Future[Came | None]) -> None:
        """Send a read. Who waits for it may stop waiting."""
        read.set_running_or_notify_cancel()
        came = None
        with suppress(Exception):
            connection = self._idle.pop() if self._idle else self._connection(address)
            if connection.sock is None:
                self._connect(connection)
            connection.request("GET", _path(address) + sent.target, headers=dict(sent.headers))
            came = self._came(connection, connection.getresponse())
        read.set_result(came)

    def _came(self, connection: HTTPConnection, response: HTTPResponse) -> Came:
        """An answer, read whole; its connection is kept for the next request, if it can be."""
        body = response.read(_MOST)
        if response.length or not response.isclosed():
            connection.close()
            raise ValueError("cut off, or too long")
        if response.will_close or time.monotonic() > self._until:
            connection.close()
        else:
            self._idle.append(connection)
        return response.status, {name.lower(): value for name, value in response.getheaders()}, body

    def _connect(self, connection: HTTPConnection) -> None:
        connection.connect()
        connection.sock.settimeout(_READ)

    def _connection(self, address: SplitResult) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        host = address.hostname or ""
        if address.scheme != "https":
            return HTTPConnection(host, address.port, timeout=_CONNECT)
        if self._authorities is None:
            found = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else authorities.usual()
            self._authorities = found
        return HTTPSConnection(host, address.port, timeout=_CONNECT, context=self._authorities)


def _address(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.hostname and parts.port != 0 and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        return None
    return parts if valid and parts.scheme in ("http", "https") else None


def _path(address: SplitResult) -> str:
    return address.path.rstrip("/")


def _decoded(came: Came, sent: Outgoing) -> Reply | None:
    """Return an answer as the client takes it; None where it is damaged."""
    from qpi_client.body import Body
    from qpi_client.errors import QPIError
    from qpi_client.steps import Reply

    status, headers, raw = came
    body = Body(headers, _MOST, sent.where)
    with suppress(QPIError):
        whole = body.feed(raw)
        body.finish()
        return Reply(status, headers, whole)
    return None


def _in_thread(work: Callable[..., None], *given: object) -> None:
    """Run this in a thread that nobody waits for at the end of the program."""
    threading.Thread(target=work, args=given, name="early requests", daemon=True).start()


def _proxied() -> bool:
    if sys.platform in ("darwin", "win32"):
        # On these systems a proxy may be configured outside the environment.
        from urllib.request import getproxies

        return bool(getproxies())
    return any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())
