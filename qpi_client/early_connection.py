"""One HTTP/1.1 connection with nothing but sockets, for the requests of `qpi_client.early`.

`http.client` would take as long to load as a server takes to answer: with it comes the package for e-mails. What is
not plain HTTP/1.1 raises an error here; the client then sends the request itself, with httpx.
"""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from qpi_client.masking import travels

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

# Timeout in seconds to connect and between two chunks, similar to the client's.
_CONNECT, _READ = 5.0, 30.0
# Maximum bytes of a status line with headers, and of a body; more is left to the client.
_HEAD, _BODY = 100_000, 20_000_000
_CHUNK = 1 << 16


class Answer(NamedTuple):
    """A complete answer. Header names are lower-case; the body is as it arrived, perhaps compressed."""

    status: int
    headers: dict[str, str]
    body: bytes
    # The time of `time.monotonic()` at which it was complete.
    at: float


class EarlyConnection:
    """A connection to `address`; with a scheme of https it is encrypted by `context`'s result."""

    def __init__(self, address: SplitResult, context: Callable[[], ssl.SSLContext]) -> None:
        host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
        # Bytes: for text, Python loads the codec of international names, for any name (2 ms).
        name: Any = host.encode() if host.isascii() else host
        self._socket = socket.create_connection((name, port), timeout=_CONNECT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if address.scheme == "https":
            self._socket = context().wrap_socket(self._socket, server_hostname=host)
        self._socket.settimeout(_READ)
        self._host, self._path = address.netloc, address.path.rstrip("/")
        self._read = bytearray()
        # Whether another request may follow.
        self.open = True

    def send(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Send a request.

        Raises:
            OSError: The connection failed.
            ValueError: A header has characters that cannot be sent.
        """
        sent = {"host": self._host, **headers}
        if method != "GET":
            sent["content-length"] = str(len(body))
        lines = [f"{method} {self._path}{target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
        if not all(map(travels, lines)) or " " in target:
            raise ValueError("not a header")
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("ascii") + body)

    def receive(self) -> Answer:
        """Return the answer to the request.

        Raises:
            OSError: The connection failed.
            ValueError: The answer is incomplete, too large, or not plain HTTP/1.1.
        """
        status = 100
        while 100 <= status < 200:
            status, headers = self._head()
        self.open = self.open and "close" not in headers.get("connection", "").lower()
        if status in (204, 304):
            return Answer(status, headers, b"", time.monotonic())
        if "transfer-encoding" in headers:
            return Answer(status, headers, self._chunks(headers), time.monotonic())
        if "content-length" not in headers:
            raise ValueError("the length is not known")
        body = self._take(_number(headers["content-length"], 10))
        return Answer(status, headers, body, time.monotonic())

    def close(self) -> None:
        """Close the connection."""
        self.open = False
        self._socket.close()

    def _head(self) -> tuple[int, dict[str, str]]:
        first, *lines = self._until(b"\r\n\r\n", _HEAD).decode("latin-1").split("\r\n")
        version, _, rest = first.partition(" ")
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise ValueError("not HTTP/1")
        self.open = version == "HTTP/1.1"
        headers: dict[str, str] = {}
        for line in lines:
            name, colon, value = line.partition(":")
            name = name.lower()
            if not colon or not name or name != name.strip():
                raise ValueError("not a header")
            if name in headers and name in ("content-length", "transfer-encoding"):
                raise ValueError("two lengths")
            headers[name] = value.strip()
        return _number(rest[:3], 10), headers

    def _chunks(self, headers: Mapping[str, str]) -> bytes:
        if headers["transfer-encoding"].lower() != "chunked" or "content-length" in headers:
            raise ValueError("not only in chunks")
        body = bytearray()
        while size := _number(self._until(b"\r\n", 1000).split(b";")[0].decode("latin-1").strip(), 16):
            body += self._take(size)
            if len(body) > _BODY or self._take(2) != b"\r\n":
                raise ValueError("too large, or not in chunks")
        # Trailers and an empty line.
        while self._until(b"\r\n", _HEAD):
            pass
        return bytes(body)

    def _until(self, end: bytes, most: int) -> bytes:
        """Return what arrives before `end`, which is dropped."""
        while (at := self._read.find(end)) < 0:
            if len(self._read) > most:
                raise ValueError("too large")
            self._more()
        found = bytes(self._read[:at])
        del self._read[: at + len(end)]
        return found

    def _take(self, size: int) -> bytes:
        if size > _BODY:
            raise ValueError("too large")
        while len(self._read) < size:
            self._more()
        found = bytes(self._read[:size])
        del self._read[:size]
        return found

    def _more(self) -> None:
        piece = self._socket.recv(_CHUNK)
        if not piece:
            raise ValueError("cut off")
        self._read += piece


def _number(text: str, base: int) -> int:
    """Return a number without a sign, spaces or underscores, which `int` would accept."""
    if not text.isascii() or not text.isalnum():
        raise ValueError("not a number")
    return int(text, base)
