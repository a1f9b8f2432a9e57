"""Send requests before the library for them is loaded.

Loading httpx, httpcore and anyio takes longer than a server takes to check a password and to return a list.
`EarlyRequests` sends the sign-in and the slowest read over a plain socket while the program loads what it shows first,
the other reads that it expects while the client is being imported, and whatever else the client reads while httpcore
is. The client gets the answers in place of its own; what fails here, it sends itself and reports better. Nothing is
requested twice.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from qpi_client.early_connection import Answer, EarlyConnection
from qpi_client.masking import Secret
from qpi_client.proxy_variables import may_be_proxied
from qpi_client.version import USER_AGENT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping

    from qpi_client.aio import AsyncQPIClient
    from qpi_client.deadline import Deadline
    from qpi_client.steps import Reply
    from qpi_client.wire import Outgoing

# Time in seconds after which a server that is not reached is left to the client, which reports it.
_PATIENCE = 0.3
# Maximum bytes of a decoded answer.
_MOST = 20_000_000
# Time in seconds for which an answer is fresh, and after `start` for which reads are sent here at most.
FRESH = 10.0
# As the client sends them.
_HEADERS = {"user-agent": USER_AGENT, "accept": "application/json", "accept-encoding": "gzip"}


class EarlyRequests:
    """Signs in, or renews a session, after `send` or `start`; sends a client's reads after `answer_for`.

    Args:
        url: The server's address.
        collection: The account's collection; "" with an API token, which signs nothing in.
        identity: Email address or username, with `password`.
        password: The account's password.
        session: A session to renew, instead of both.
        api_token: A token for the expected reads.
        ca_file: A PEM file of trusted authorities.
        expected: Paths with queries that the client will read, the slowest first. The first is sent after the sign-in,
            the others after `start` too.
    """

    def __init__(
        self,
        url: str,
        collection: str = "",
        *,
        identity: str = "",
        password: str = "",
        session: str = "",
        api_token: str = "",
        ca_file: str | None = None,
        expected: Iterable[str] = (),
    ) -> None:
        # What is no address of a server, or needs a proxy, which only httpx supports, is left to the client.
        self._address = None if may_be_proxied() else _address(url)
        self._ca_file = ca_file
        self._renews = bool(session)
        self._api_token = Secret(api_token)
        self._secret = Secret(session or json.dumps({"identity": identity, "password": password}, ensure_ascii=False))
        way = "auth-refresh" if session else "auth-with-password"
        self._sign_in = f"/api/collections/{collection}/{way}"
        self._signs_in = bool(collection)
        # Whether the sign-in was sent, and its answer.
        self._written: Future[None] = Future()
        self._signed_in: Future[Answer | None] = Future()
        self._guard = threading.Lock()
        self._begun = self._sent = self._overtaken = self._asked = False
        self._started = threading.Event()
        self._until = float("inf")
        # Expected reads: those to be sent, and the answers of those that were, for this session or token only.
        self._expected = list(dict.fromkeys(expected))
        self._foreseen: dict[str, Future[Answer | None]] = {}
        self._signed_by = Secret("")
        self._idle: list[EarlyConnection] = []
        self._authorities: ssl.SSLContext | None = None
        # What the client read, in its order, and the seconds that each answer took.
        self._reads: list[str] = []
        self._took: dict[str, float] = {}

    def send(self) -> None:
        """Begin over an unencrypted connection.

        It costs next to nothing: the server checks the password while the program loads what it shows first.
        """
        if self._address is not None and self._address.scheme == "http":
            self._begin(self._address)

    def start(self) -> None:
        """Begin, if `send` did not, and send the other expected reads.

        They would slow down what the program does before: a server on the same machine needs a core for them.
        """
        self._until = time.monotonic() + FRESH
        self._started.set()
        if self._address is None:
            self._signed_in.set_result(None)
        elif not self._begun:
            self._begin(self._address)

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

    @property
    def reads(self) -> list[str]:
        """What the client read, the slowest first: expected in this order, it delays the others least."""
        return sorted(self._reads, key=lambda target: -self._took.get(target, 0.0))

    def stop(self) -> None:
        """Send nothing more."""
        self._until = float("-inf")
        with self._guard:
            self._expected.clear()
            # What nobody read may be megabytes.
            self._foreseen.clear()
        self._started.set()
        while connection := self._spare():
            connection.close()

    # -- inside ------------------------------------------------------------------------------------------------------

    async def _answer(self, sent: Outgoing) -> Reply | None:
        if self._address is None:
            return None
        if sent.method == "GET":
            came = self._read_for(self._address, sent)
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

    def _read_for(self, address: SplitResult, sent: Outgoing) -> Future[Answer | None]:
        """Return the answer to a read of the client: the one that was expected, or send it."""
        if not sent.measured:
            self._reads.append(sent.target)
            with self._guard:
                foreseen = self._foreseen.pop(sent.target, None)
                if sent.target in self._expected:
                    self._expected.remove(sent.target)
            if foreseen is not None and self._signed_alike(sent) and not _stale(foreseen):
                return foreseen
        came: Future[Answer | None] = Future()
        _in_thread(self._read, address, sent.target, sent.headers, came)
        return came

    def _signed_alike(self, sent: Outgoing) -> bool:
        """Whether a read carries the session or token of the expected ones, and nothing besides."""
        return dict(sent.headers) == self._signature(self._signed_by)

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

    def _begin(self, address: SplitResult) -> None:
        self._begun = True
        _in_thread(self._run, address, self._secret)

    def _run(self, address: SplitResult, secret: Secret) -> None:
        """Sign in, then send the expected reads."""
        came = None
        # The address, the server, the certificate or the answer is not valid. The client will report it.
        with suppress(Exception):
            if self._signs_in:
                came = self._exchange_sign_in(address, secret)
        if not self._written.done():
            self._written.set_result(None)
        if not self._signed_in.done():
            self._signed_in.set_result(came)
        self._signed_by = self._api_token if not self._signs_in else _session_in(came)
        if not self._signed_by.reveal():
            return
        # Two reads in flight: more would slow the program's start down. A slow first one does not hold up the others.
        _in_thread(self._read_slowest, address)
        self._started.wait()
        self._read_expected(address)

    def _exchange_sign_in(self, address: SplitResult, secret: Secret) -> Answer | None:
        connection = self._connection(address)
        with self._guard:
            if self._overtaken:
                connection.close()
                return None
            self._sent = True
        # What is not compressed needs no client to read the session in it.
        headers, body = {**_HEADERS, "accept-encoding": "identity"}, b""
        if self._renews:
            headers["authorization"] = secret.reveal()
        else:
            headers["content-type"], body = "application/json", secret.reveal().encode()
        connection.send("POST", self._sign_in, headers, body)
        self._written.set_result(None)
        return self._received(connection)

    def _signature(self, signed_by: Secret) -> dict[str, str]:
        """Return the headers of a client that is signed in so."""
        return {**_HEADERS, "authorization" if self._signs_in else "x-api-token": signed_by.reveal()}

    def _read_slowest(self, address: SplitResult) -> None:
        """Send the first expected read now: a server on the same machine has a core for one. Others follow `start`."""
        self._read_next(address)
        self._started.wait()
        self._read_expected(address)

    def _read_expected(self, address: SplitResult) -> None:
        while self._read_next(address):
            pass

    def _read_next(self, address: SplitResult) -> bool:
        """Send the next expected read; False if there is none."""
        with self._guard:
            if not self._expected:
                return False
            target, came = self._expected.pop(0), Future[Answer | None]()
            self._foreseen[target] = came
        self._read(address, target, self._signature(self._signed_by), came)
        return True

    def _read(self, address: SplitResult, target: str, headers: Mapping[str, str], read: Future[Answer | None]) -> None:
        """Send a read. Who waits for it may stop waiting."""
        came, began = None, time.monotonic()
        with suppress(Exception):
            connection = self._spare() or self._connection(address)
            connection.send("GET", target, headers)
            came = self._received(connection)
            self._took[target] = came.at - began
        with suppress(Exception):
            read.set_result(came)

    def _spare(self) -> EarlyConnection | None:
        """Return a connection that was used before; None if other threads have taken all."""
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _received(self, connection: EarlyConnection) -> Answer:
        """Return an answer; its connection is kept for the next request, if it can be."""
        try:
            came = connection.receive()
        except BaseException:
            connection.close()
            raise
        if connection.open and time.monotonic() <= self._until:
            self._idle.append(connection)
        else:
            connection.close()
        return came

    def _connection(self, address: SplitResult) -> EarlyConnection:
        return EarlyConnection(address, self._context)

    def _context(self) -> ssl.SSLContext:
        if self._authorities is None:
            import ssl

            from qpi_client import authorities

            found = ssl.create_default_context(cafile=self._ca_file) if self._ca_file else authorities.usual()
            self._authorities = found
        return self._authorities


def _address(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.hostname and parts.port != 0 and not (parts.username or parts.query or parts.fragment)
    except ValueError:
        return None
    return parts if valid and parts.scheme in ("http", "https") else None


def _session_in(came: Answer | None) -> Secret:
    """Return the session in the answer to a sign-in; an empty one if there is none."""
    with suppress(ValueError, TypeError, KeyError):
        if came is not None and came.status == 200 and "content-encoding" not in came.headers:
            return Secret(str(json.loads(came.body)["token"]))
    return Secret("")


def _stale(answered: Future[Answer | None]) -> bool:
    came = answered.result() if answered.done() and not answered.cancelled() else None
    return came is not None and time.monotonic() - came.at > FRESH


def _decoded(came: Answer, sent: Outgoing) -> Reply | None:
    """Return an answer as the client takes it; None where it is damaged."""
    from qpi_client.body import Body
    from qpi_client.errors import QPIError
    from qpi_client.steps import Reply

    body = Body(came.headers, _MOST, sent.where)
    with suppress(QPIError):
        whole = body.feed(came.body)
        body.finish()
        return Reply(came.status, came.headers, whole, time.monotonic() - came.at)
    return None


def _in_thread(work: Callable[..., None], *given: object) -> None:
    """Run this in a thread that nobody waits for at the end of the program."""
    threading.Thread(target=work, args=given, name="early requests", daemon=True).start()
