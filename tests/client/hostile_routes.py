"""Every misbehaviour of `hostile_server.py`, by name."""

from __future__ import annotations

import asyncio
import base64
import functools
import gzip
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

Answer = Callable[["Peer"], Awaitable[None]]

ROUTES: dict[str, Answer] = {}
# These concern only the event stream.
STREAMS: dict[str, Answer] = {}
# These concern only the session refresh.
REFRESHES: dict[str, Answer] = {}

USER = {"id": "user00000000001", "email": "alice@example.com", "collectionName": "users"}
CONNECT = b'event:PB_CONNECT\ndata:{"clientId":"c1"}\n\n'


def token() -> str:
    """Return a session token that is valid for a day."""
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + 86400}).encode()).decode().rstrip("=")
    return f"e30.{claims}.sig"


@dataclass
class Peer:
    """A request, and the connection on which it is answered."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    keep: bool = True

    async def send(self, data: bytes) -> None:
        """Send bytes unchanged."""
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes, seconds: float = 0.1) -> None:
        """Send bytes one at a time, over and over, until the client disconnects."""
        while not self.writer.is_closing():
            for byte in data:
                await self.send(bytes([byte]))
                await asyncio.sleep(seconds)

    async def endless(self, data: bytes) -> None:
        """Send bytes as fast as they are read, until the client disconnects."""
        while not self.writer.is_closing():
            await self.send(data)
            await asyncio.sleep(0)

    async def reply(self, status: int, body: Any, headers: str = "", kind: str = "application/json") -> None:
        """Send a well-formed response."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(raw)}\r\n{headers}\r\n"
        await self.send(head.encode() + raw)

    def reset(self) -> None:
        """Reset the connection."""
        self.writer.transport.abort()
        self.keep = False


def route(name: str, into: dict[str, Answer] = ROUTES) -> Callable[[Answer], Answer]:
    """Register a misbehaviour under its name."""

    def named(answer: Answer) -> Answer:
        into[name] = answer
        return answer

    return named


def fixed(name: str, raw: bytes, *, end: bool = True, into: dict[str, Answer] = ROUTES) -> None:
    """Register a misbehaviour that is a fixed text followed by the end of the connection."""

    async def answer(peer: Peer) -> None:
        await peer.send(raw)
        peer.keep = not end

    into[name] = answer


def body(name: str, raw: Any, status: int = 200, headers: str = "", kind: str = "application/json") -> None:
    """Register a misbehaviour in a well-framed body."""
    raw = raw if isinstance(raw, bytes) else json.dumps(raw).encode()

    async def answer(peer: Peer) -> None:
        await peer.reply(status, raw, headers, kind)

    ROUTES[name] = answer


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
GZIP = OK + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


# Time: nothing received may make a call exceed its time limit.


@route("silent")
async def _silent(peer: Peer) -> None:
    await peer.reader.read()


@route("drip-status-line")
async def _drip_status(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 O")
    await peer.drip(b"K")


@route("drip-headers")
async def _drip_headers(peer: Peer) -> None:
    await peer.send(OK)
    await peer.drip(b"x-a: b\r\n")


@route("drip-body")
async def _drip_body(peer: Peer) -> None:
    await peer.send(OK + b"content-length: 100000\r\n\r\n")
    await peer.drip(b" ")


@route("drip-chunk-size")
async def _drip_chunk_size(peer: Peer) -> None:
    await peer.send(CHUNKED)
    await peer.drip(b"0")


@route("drip-chunks")
async def _drip_chunks(peer: Peer) -> None:
    await peer.send(CHUNKED)
    await peer.drip(b"1\r\n \r\n")


@route("drip-trailers")
async def _drip_trailers(peer: Peer) -> None:
    await peer.send(CHUNKED + b"2\r\n{}\r\n0\r\n")
    await peer.drip(b"x-t: 1\r\n")


@route("drip-gzip-header")
async def _drip_gzip(peer: Peer) -> None:
    # An endless file name, which a gzip header may contain.
    await peer.send(OK + b"content-encoding: gzip\r\ncontent-length: 1000000\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\0")
    await peer.drip(b"n")


@route("endless-100")
async def _endless_100(peer: Peer) -> None:
    while not peer.writer.is_closing():
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await asyncio.sleep(0.01)


@route("endless-103")
async def _endless_103(peer: Peer) -> None:
    while not peer.writer.is_closing():
        await peer.send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n")
        await asyncio.sleep(0.01)


body("retry-after-1000000000", {"message": "Busy."}, 503, "retry-after: 1000000000\r\n")
body("retry-after-400-digits", {"message": "Busy."}, 503, f"retry-after: {'9' * 400}\r\n")
body("retry-after-5000-digits", {"message": "Busy."}, 429, f"retry-after: {'9' * 5000}\r\n")
body("retry-after-negative", {"message": "Busy."}, 503, "retry-after: -5\r\n")
body("retry-after-far-date", {"message": "Busy."}, 503, "retry-after: Fri, 31 Dec 9999 23:59:59 -2300\r\n")
body("retry-after-nonsense", {"message": "Busy."}, 503, "retry-after: ½, soon\r\n".encode().decode("latin-1"))
body("always-429", {"message": "Busy."}, 429)


# Memory: what is kept of a response is limited.


@route("endless-body")
async def _endless_body(peer: Peer) -> None:
    await peer.send(OK + b"\r\n")
    await peer.endless(b" " * 65536)


@route("endless-chunks")
async def _endless_chunks(peer: Peer) -> None:
    await peer.send(CHUNKED)
    await peer.endless(b"10000\r\n" + b" " * 65536 + b"\r\n")


@route("huge-content-length")
async def _huge_length(peer: Peer) -> None:
    await peer.send(OK + b"content-length: 99999999999999\r\n\r\n")
    await peer.endless(b" " * 65536)


@functools.cache
def bomb() -> bytes:
    """Return 50 kB that decompress to 50 MB."""
    return gzip.compress(b" " * 50_000_000, 1)


@route("gzip-bomb")
async def _bomb(peer: Peer) -> None:
    await peer.reply(200, bomb(), "content-encoding: gzip\r\n")


@route("gzip-bomb-error")
async def _bomb_error(peer: Peer) -> None:
    await peer.reply(400, bomb(), "content-encoding: gzip\r\n")


@route("endless-gzip-members")
async def _endless_members(peer: Peer) -> None:
    await peer.send(OK + b"content-encoding: gzip\r\n\r\n")
    await peer.endless(gzip.compress(b" " * 10_000) * 50)


@route("endless-header")
async def _endless_header(peer: Peer) -> None:
    await peer.send(OK + b"x-long: ")
    await peer.endless(b"a" * 65536)


@route("endless-headers")
async def _endless_headers(peer: Peer) -> None:
    await peer.send(OK)
    await peer.endless(b"x-more: a\r\n" * 1000)


# Invalid HTTP.

fixed("ssh", b"SSH-2.0-OpenSSH_9.6\r\n")
fixed("tls-alert", b"\x15\x03\x03\x00\x02\x02\x28")
fixed("bad-status", b"HTTP/1.1 okay fine\r\n\r\n")
fixed("bad-version", b"HTTP/9.9.9 200 OK\r\n\r\n")
fixed("http-0.9", b'{"id": "q"}')
fixed("bad-header", OK + b"this is no header\r\n\r\n{}")
fixed("null-in-header", OK + b"x-a: b\0c\r\n\r\n{}")
fixed("bad-chunk-size", CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n")
fixed("two-content-lengths", OK + b"content-length: 2\r\ncontent-length: 5\r\n\r\n{}")
fixed("negative-content-length", OK + b"content-length: -2\r\n\r\n{}")
fixed("switching-protocols", b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n")
fixed("unasked-transfer-encoding", OK + b"transfer-encoding: gzip\r\n\r\n{}")

# A server that disconnects.

fixed("closed-at-once", b"")
fixed("truncated-headers", OK)
fixed("truncated-body", OK + b'content-length: 500\r\n\r\n{"id": ')
fixed("truncated-chunks", CHUNKED + b'8\r\n{"id": ')


@route("reset")
async def _reset(peer: Peer) -> None:
    peer.reset()


@route("reset-in-body")
async def _reset_in_body(peer: Peer) -> None:
    await peer.send(OK + b'content-length: 500\r\n\r\n{"id": ')
    await asyncio.sleep(0.05)
    peer.reset()


# Responses that make no sense.

body("page", b"<!doctype html><title>Sign in</title>", kind="text/html")
body("page-500", b"<html>Internal error</html>", 500, kind="text/html")
body("redirect", b"", 302, "location: http://elsewhere.invalid/\r\n")
body("redirect-to-itself", b"", 307, "location: .\r\n")
body("empty", b"")
body("null", b"null")
body("a-text", b'"yes"')
body("a-number", b"1e400")
body("broken-json", b'{"id": ')
body("broken-json-200-kB", b'[{"a":"' * 30_000)
body("quotes-200-kB", b'"\\' * 100_000)
body("deep", b"[" * 100_000)
body("deep-and-closed", b"[" * 50_000 + b"]" * 50_000)
body("bytes", b"\x00\xff\xfe")
body("lone-surrogates", b'{"items": "\\ud800", "id": "\\udfff"}')
body("not-utf-8", b'{"id": "\xff\xfe", "items": 3}')
body("wrong-gzip", b"this is no gzip", headers="content-encoding: gzip\r\n")
body("truncated-gzip", gzip.compress(b'{"id": "q"}' * 50)[:-12], headers="content-encoding: gzip\r\n")
body("brotli", b"\x0b\x02\x80{}\x03", headers="content-encoding: br\r\n")
body("error-deep", b'{"message": ' + b"[" * 100_000, 400)
body("error-lone-surrogates", b'{"message": "a \\ud800 b", "data": {"\\udc00": {"message": "\\ud800"}}}', 400)
body("error-of-900-kB", {"message": "x" * 900_000}, 400)
body("error-emoji", {"message": "\U0001f600" * 10_000}, 400)
body("error-100000-fields", {"message": "No.", "data": {f"f{n}": {"message": "bad"} for n in range(30_000)}}, 400)
body("error-control-characters", {"message": "\x1b[31mred\r\n\u202eevil\0"}, 400)
body("error-with-a-number", {"message": 7, "data": [1]}, 400)
body("status-299", {}, 299)
body("status-600", {"message": "Strange."}, 600)
