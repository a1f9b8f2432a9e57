"""A faulty server on a real socket: each request is answered by the next step of a script."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.waiting import wait_for

SESSION = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6InUxIn0.c2lnbmF0dXJl"
USER = {"id": "user00000000001", "email": "alice@example.com", "collectionName": "users"}


@dataclass
class Got:
    """A request as received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)


Step = Callable[["Connection", Got], None]


class HangUp(Exception):
    """The connection is over."""


@dataclass
class Connection:
    """A connection and what a step can do with it."""

    socket: socket.socket
    server: FaultServer

    def send(self, data: bytes) -> None:
        """Send bytes unchanged."""
        self.socket.sendall(data)

    def reset(self) -> None:
        """Reset the connection instead of closing it."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HangUp

    def hang_up(self) -> None:
        """Close the connection."""
        raise HangUp


def answer(
    status: int, body: Any = None, headers: dict[str, str] | None = None, kind: str = "application/json"
) -> Step:
    """Send a well-formed response."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    lines = {"content-type": kind, "content-length": str(len(raw)), **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    return lambda connection, _: connection.send(head.encode() + raw)


def html(connection: Connection, got: Got) -> None:
    """Send an HTML page, like the sign-in page of a proxy."""
    answer(200, b"<!doctype html><title>Sign in</title>", kind="text/html")(connection, got)


def reset(connection: Connection, _: Got) -> None:
    """Read the request and reset the connection."""
    connection.reset()


def truncated(connection: Connection, _: Got) -> None:
    """Announce more bytes than are sent."""
    connection.send(b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"id": ')
    connection.hang_up()


def silent(connection: Connection, _: Got) -> None:
    """Read the request and send nothing until the server stops."""
    connection.server.stopped.wait(60)


def later(seconds: float, then: Step) -> Step:
    """Answer after a delay in seconds."""

    def step(connection: Connection, got: Got) -> None:
        if not connection.server.stopped.wait(seconds):
            then(connection, got)

    return step


def dripping(connection: Connection, _: Got) -> None:
    """Send the body byte by byte, without end."""
    connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n")
    while not connection.server.stopped.wait(0.05):
        connection.send(b" ")


@dataclass
class FaultServer:
    """Answers `METHOD path` by the script for it. The last step of a script is repeated."""

    scripts: dict[str, list[Step]] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> FaultServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        if self._listener.fileno() >= 0:
            # Closing alone would leave the pending `accept` to take one more connection.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for one in self._open:
            one.close()

    def on(self, request: str, *steps: Step) -> None:
        """Answer `METHOD path` with these steps in order, repeating the last."""
        self.scripts[request] = list(steps)

    def signed_in(self) -> None:
        """Accept every sign-in and session refresh."""
        session = answer(200, {"token": SESSION, "record": USER})
        self.on("POST /api/collections/users/auth-with-password", session)
        self.on("POST /api/collections/users/auth-refresh", session)

    def requests(self, request: str) -> list[Got]:
        """Return the requests received for `METHOD path`."""
        return [got for got in self.got if f"{got.method} {got.path.partition('?')[0]}" == request]

    def wait_for(self, request: str, times: int = 1) -> None:
        """Wait until `METHOD path` was requested this many times."""
        wait_for(lambda: len(self.requests(request)) >= times, request)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(accepted)
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        stream = None
        try:
            if self.tls is not None:
                accepted = self.tls.wrap_socket(accepted, server_side=True)
                self._open.append(accepted)
            stream = accepted.makefile("rb")
            while (got := _read(stream)) is not None:
                self.got.append(got)
                self._step(got)(Connection(accepted, self), got)
        except (OSError, ValueError, HangUp):
            return
        finally:
            # The stream holds the socket open until it is closed as well.
            if stream is not None:
                stream.close()
            accepted.close()

    def _step(self, got: Got) -> Step:
        script = self.scripts.get(f"{got.method} {got.path.partition('?')[0]}")
        if script is None:
            return answer(404, {"status": 404, "message": "Not in the script.", "data": {}})
        return script.pop(0) if len(script) > 1 else script[0]


def _read(stream: Any) -> Got | None:
    first = stream.readline().decode()
    if not first.strip():
        return None
    method, path, _ = first.split(" ")
    headers: dict[str, str] = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Got(method, path, headers, stream.read(int(headers.get("content-length", 0))))
