"""Sign in while the client is still being imported.

Importing httpx takes longer than a server takes to check a password and to return a list. `EarlySignIn` sends both
requests with the standard library in a thread and passes the answers to a client, which uses each one once in place of
a request: nothing is requested twice. Errors are ignored here, because the client reports them better.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qpi_client import authorities
from qpi_client.masking import Secret, revealed
from qpi_client.query import query_text
from qpi_client.version import USER_AGENT

if TYPE_CHECKING:
    from http.client import HTTPConnection

    from qpi_client.aio import AsyncQPIClient
    from qpi_client.steps import Reply, Request

# Timeout in seconds to connect and between two chunks, similar to the client's.
_CONNECT, _READ = 5.0, 30.0
# Longer answers are left to the client.
_MOST = 20_000_000
# Time in seconds for which a preloaded answer is fresh.
FRESH = 10.0
_HEADERS = {"user-agent": USER_AGENT, "accept": "application/json", "accept-encoding": "identity"}

Asked = tuple[str, Mapping[str, Any]]
# Status, headers with lower-case names, body.
Came = tuple[int, dict[str, str], bytes]


class EarlySignIn:
    """Signs in, or renews a session, and requests a list after `start`. `first`: the list's path and query.

    `url` is the server's address, `collection` the account's collection, `ca_file` a PEM file of trusted authorities.
    Give either `session`, or `identity` and `password`.
    """

    def __init__(
        self,
        url: str,
        collection: str,
        first: Asked | None,
        *,
        identity: str = "",
        password: str = "",
        session: str = "",
        ca_file: str | None = None,
    ) -> None:
        self._url = url
        self._ca_file = ca_file
        self._renews = bool(session)
        self._secret = Secret(session or json.dumps({"identity": identity, "password": password}))
        way = "auth-refresh" if session else "auth-with-password"
        self._sign_in = f"/api/collections/{collection}/{way}"
        self._first = "" if first is None else "?".join(part for part in (first[0], query_text(first[1])) if part)
        self._answers: dict[str, Future[Came | None]] = {self._sign_in: Future()}
        if first is not None:
            self._answers[self._first] = Future()
        # The limit applies to the whole answer, including data already received.
        self._promised = tuple(self._answers.values())
        self._guard = threading.Lock()
        self._sent = self._overtaken = False
        self._until = float("inf")
        # The list's records, for use before the client exists.
        self.records: Future[list[dict[str, Any]]] = Future()

    def start(self) -> None:
        """Start, unless a proxy is configured, which only httpx supports."""
        self._until = time.monotonic() + FRESH
        if _proxied():
            self._give_up()
        else:
            threading.Thread(target=self._run, args=(self._secret,), name="early sign-in", daemon=True).start()

    def answer_for(self, client: AsyncQPIClient) -> None:
        """Let the client use each preloaded answer once in place of a request, while it is fresh."""

        async def answered(request: Request) -> Reply | None:
            if not self._answers or time.monotonic() > self._until:
                # The client sends the request as usual, and nothing is kept.
                client.preloaded = None
                return None
            return await self._answer(request)

        client.preloaded = answered

    async def _answer(self, request: Request) -> Reply | None:
        """Return the preloaded answer to this request, once; None if the client has to send it."""
        target = f"{request.path}?{query_text(request.query)}" if request.query else request.path
        pending = self._answers.get(target)
        if pending is None or (request.method == "POST" and not self._same(request)):
            return None
        del self._answers[target]
        if request.method == "POST":
            self._secret = Secret("")
            with self._guard:
                self._overtaken = not self._sent
                if self._overtaken:
                    # There is no connection yet. The client will report why.
                    self._answers.clear()
                    return None
        came = await asyncio.wrap_future(pending)
        if came is None:
            return None
        from qpi_client.steps import Reply

        return Reply(*came)

    def _same(self, request: Request) -> bool:
        sent = request.headers.get("authorization") if self._renews else json.dumps(revealed(request.json))
        return sent == self._secret.reveal()

    def _run(self, secret: Secret) -> None:
        # The address, the server, the certificate or the answer is not valid. The client will report it.
        with suppress(Exception):
            self._ask(secret)
        self._give_up()

    def _give_up(self) -> None:
        for pending in self._promised:
            if not pending.done():
                pending.set_result(None)
        if not self.records.done():
            self.records.set_result([])

    def _ask(self, secret: Secret) -> None:
        sign_in, first = self._promised[0], self._promised[1] if self._first else None
        connection = _connection(self._url, self._ca_file)
        prefix = urlsplit(self._url).path
        try:
            with self._guard:
                if self._overtaken:
                    return
                self._sent = True
            said, body = secret.reveal(), None
            if self._renews:
                headers = {**_HEADERS, "authorization": said}
            else:
                headers, body = {**_HEADERS, "content-type": "application/json"}, said.encode()
            connection.request("POST", prefix + self._sign_in, body, headers)
            reply = _reply(connection)
            sign_in.set_result(reply)
            if first is None or reply[0] != 200:
                return
            token = json.loads(reply[2])["token"]
            connection.request("GET", prefix + self._first, headers={**_HEADERS, "authorization": token})
            listed = _reply(connection)
            if listed[0] == 200:
                first.set_result(listed)
                self.records.set_result(_records(listed[2]))
        finally:
            connection.close()


def _connection(url: str, ca_file: str | None) -> HTTPConnection:
    from http.client import HTTPConnection, HTTPSConnection

    parts = urlsplit(url)
    if parts.hostname is None or parts.username or parts.query or parts.fragment:
        raise ValueError("no address of a server")
    connection: HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file) if ca_file else authorities.usual()
        connection = HTTPSConnection(parts.hostname, parts.port, timeout=_CONNECT, context=context)
    else:
        connection = HTTPConnection(parts.hostname, parts.port, timeout=_CONNECT)
    connection.connect()
    connection.sock.settimeout(_READ)
    return connection


def _reply(connection: HTTPConnection) -> Came:
    """Return the answer without its date, which is too old to compare clocks later."""
    response = connection.getresponse()
    body = response.read(_MOST)
    if response.length or not response.isclosed():
        raise ValueError("cut off, or too long")
    headers = {name.lower(): value for name, value in response.getheaders()}
    headers.pop("date", None)
    return response.status, headers, body


def _records(body: bytes) -> list[dict[str, Any]]:
    """Return the records of a page or a list if each one has an id; otherwise none."""
    found = json.loads(body)
    items = found if isinstance(found, list) else found["items"]
    sound = all(isinstance(item, dict) and isinstance(item.get("id"), str) and item["id"] for item in items)
    return items if sound else []


def _proxied() -> bool:
    if sys.platform in ("darwin", "win32"):
        # On these systems a proxy may be configured outside the environment.
        from urllib.request import getproxies

        return bool(getproxies())
    return any(name.lower().endswith("_proxy") and value for name, value in os.environ.items())
