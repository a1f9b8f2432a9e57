"""A server that misbehaves in every way that has a name here, on a real socket.

The first part of a path names the misbehaviour: a client opened on `server.url("drip-headers")` meets it in everything
it asks. Signing in works everywhere; whether a session can be renewed is part of some. Misbehaviours of the event
stream leave the other requests alone.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import gzip
import http.client
import json
import subprocess
import sys
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

Answer = Callable[["Peer"], Awaitable[None]]

ROUTES: dict[str, Answer] = {}
# Those that concern the event stream only.
STREAMS: dict[str, Answer] = {}
# Those that concern renewing a session only.
REFRESHES: dict[str, Answer] = {}

USER = {"id": "user00000000001", "email": "alice@example.com", "collectionName": "users"}
CONNECT = b'event:PB_CONNECT\ndata:{"clientId":"c1"}\n\n'


def token() -> str:
    """Return a session that lasts for a day."""
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
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes, seconds: float = 0.1) -> None:
        """Send bytes one by one, again and again, until the client goes away."""
        while not self.writer.is_closing():
            for byte in data:
                await self.send(bytes([byte]))
                await asyncio.sleep(seconds)

    async def endless(self, data: bytes) -> None:
        """Send bytes as fast as they are taken, until the client goes away."""
        while not self.writer.is_closing():
            await self.send(data)
            await asyncio.sleep(0)

    async def reply(self, status: int, body: Any, headers: str = "", kind: str = "application/json") -> None:
        """Answer well."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(raw)}\r\n{headers}\r\n"
        await self.send(head.encode() + raw)

    def reset(self) -> None:
        """End the connection with a reset."""
        self.writer.transport.abort()
        self.keep = False


def route(name: str, into: dict[str, Answer] = ROUTES) -> Callable[[Answer], Answer]:
    """Give a misbehaviour its name."""

    def named(answer: Answer) -> Answer:
        into[name] = answer
        return answer

    return named


def fixed(name: str, raw: bytes, *, end: bool = True, into: dict[str, Answer] = ROUTES) -> None:
    """A misbehaviour that is a fixed text, behind which the connection ends."""

    async def answer(peer: Peer) -> None:
        await peer.send(raw)
        peer.keep = not end

    into[name] = answer


def body(name: str, raw: Any, status: int = 200, headers: str = "", kind: str = "application/json") -> None:
    """A misbehaviour in a body that is sent well."""
    raw = raw if isinstance(raw, bytes) else json.dumps(raw).encode()

    async def answer(peer: Peer) -> None:
        await peer.reply(status, raw, headers, kind)

    ROUTES[name] = answer


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
GZIP = OK + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


# Time: nothing that comes may make a call last longer than it is allowed to.


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
    # The name of a file, which a gzip header may hold, without end.
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


# Memory: what is kept of an answer is limited.


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
    """Return 50 kB that become 50 MB."""
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


# HTTP that is none.

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

# A server that goes away.

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


# Answers that make no sense.

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


# Sessions.


@route("refresh-empty-object", REFRESHES)
async def _refresh_empty(peer: Peer) -> None:
    await peer.reply(200, {})


@route("refresh-list", REFRESHES)
async def _refresh_list(peer: Peer) -> None:
    await peer.reply(200, [])


@route("refresh-line-break", REFRESHES)
async def _refresh_line_break(peer: Peer) -> None:
    await peer.reply(200, {"token": "secret-part\r\nx-evil: 1", "record": USER})


@route("refresh-refused", REFRESHES)
async def _refresh_refused(peer: Peer) -> None:
    await peer.reply(401, {"message": "The request requires valid record authorization token."})


# The event stream.


@route("stream-comments-only", STREAMS)
async def _comments(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    while not peer.writer.is_closing():
        await peer.send(b": still here\n\n")
        await asyncio.sleep(0.05)


@route("stream-comments-before-the-id", STREAMS)
async def _comments_first(peer: Peer) -> None:
    await peer.send(SSE)
    while not peer.writer.is_closing():
        await peer.send(b": not yet\n\n")
        await asyncio.sleep(0.05)


@route("stream-other-topics", STREAMS)
async def _other_topics(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    while not peer.writer.is_closing():
        await peer.send(b'event:users/*\ndata:{"action":"update","record":{"id":"u"}}\n\n')
        await asyncio.sleep(0.02)


@route("stream-endless-event", STREAMS)
async def _endless_event(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await peer.endless((b"data:" + b"a" * 1000 + b"\n") * 64)


@route("stream-endless-line", STREAMS)
async def _endless_line(peer: Peer) -> None:
    await peer.send(SSE + CONNECT + b"data:")
    await peer.endless(b"a" * 65536)


@functools.cache
def _squeezed() -> tuple[bytes, bytes]:
    squeeze = zlib.compressobj(1, wbits=31)
    first = squeeze.compress(CONNECT + b"data:") + squeeze.flush(zlib.Z_SYNC_FLUSH)
    return first, squeeze.compress(b"a" * 50_000_000) + squeeze.flush()


@route("stream-gzip-bomb", STREAMS)
async def _stream_bomb(peer: Peer) -> None:
    first, bombed = _squeezed()
    await peer.send(SSE[:-2] + b"content-encoding: gzip\r\n\r\n" + first)
    await asyncio.sleep(0.1)
    await peer.send(bombed)
    await peer.reader.read()


@route("stream-without-id", STREAMS)
async def _no_id(peer: Peer) -> None:
    await peer.send(SSE + b"event:PB_CONNECT\ndata:{}\n\n")
    await peer.reader.read()


@route("stream-broken-event", STREAMS)
async def _broken_event(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await asyncio.sleep(0.2)
    await peer.send(b"event:qpus/*\ndata:{nonsense\n\nevent:quantum_jobs/job000000000001\ndata:[[[\n\n")
    await peer.reader.read()


@route("stream-deep-event", STREAMS)
async def _deep_event(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await asyncio.sleep(0.2)
    for topic in (b"qpus/*", b"quantum_jobs/job000000000001"):
        await peer.send(b"event:" + topic + b"\ndata:" + b"[" * 100_000 + b"\n\n")
    await peer.reader.read()


@route("stream-ends-at-once", STREAMS)
async def _ends(peer: Peer) -> None:
    await peer.send(SSE)
    peer.keep = False


@route("stream-page", STREAMS)
async def _stream_page(peer: Peer) -> None:
    await peer.reply(200, b"<html>Sign in</html>", kind="text/html")


@route("stream-401", STREAMS)
async def _stream_401(peer: Peer) -> None:
    await peer.reply(401, {"message": "Who?"})


@route("stream-subscribe-refused", STREAMS)
async def _subscribe_refused(peer: Peer) -> None:
    if peer.method == "POST":
        await peer.reply(403, {"message": "The current and the previous request authorization don't match."})
        return
    await peer.send(SSE + CONNECT)
    await peer.reader.read()


@route("stream-subscribe-silent", STREAMS)
async def _subscribe_silent(peer: Peer) -> None:
    if peer.method == "GET":
        await peer.send(SSE + CONNECT)
    await peer.reader.read()


@route("stream-silent", STREAMS)
async def _stream_silent(peer: Peer) -> None:
    await peer.reader.read()


@route("stream-drips", STREAMS)
async def _stream_drips(peer: Peer) -> None:
    await peer.send(SSE + CONNECT)
    await peer.drip(b"event:users/*\ndata:{}\n\n", 0.02)


# A server that behaves: jobs run until `/-/finish`, and the event stream says so.


@dataclass
class State:
    """What the well-behaved server keeps."""

    requests: dict[str, int] = field(default_factory=dict)
    streams: dict[str, tuple[Peer, set[str]]] = field(default_factory=dict)
    most_streams: int = 0
    connections: int = 0
    most_connections: int = 0
    finished: bool = False


STATE = State()


def job(job_id: str) -> dict[str, Any]:
    """Return a job as it is now."""
    status = "completed" if STATE.finished else "running"
    results = {"counts": {"0": 1}, "of": job_id} if STATE.finished else None
    return {"id": job_id, "status": status, "payload": {"shots": 1}, "results": results}


async def well(peer: Peer) -> None:
    """Answer as a QPI server does."""
    path, _, query = peer.path.partition("?")
    if path == "/api/realtime":
        await _realtime(peer)
    elif path.startswith(("/api/collections/quantum_jobs/records/", "/api/jobs/")):
        await peer.reply(200, job(path.rpartition("/")[2]))
    elif path == "/api/collections/quantum_jobs/records":
        ids = [part.partition('"')[2].rpartition('"')[0] for part in unquote(query).split("||") if '"' in part]
        await peer.reply(200, {"items": [job(one) for one in ids]})
    elif path == "/api/jobs":
        await peer.reply(200, [job(f"job{number:012}") for number in range(200)])
    elif path.startswith("/api/collections/"):
        await peer.reply(200, {"items": [], "page": 1, "perPage": 1000, "totalItems": 0, "totalPages": 0})
    else:
        await peer.reply(200, {"code": 200, "message": "API is healthy."})


async def _realtime(peer: Peer) -> None:
    if peer.method == "POST":
        asked = json.loads(peer.body)
        if len(asked["subscriptions"]) > 1000:
            await peer.reply(400, {"message": "Too many."})
            return
        STATE.streams[asked["clientId"]][1].update(asked["subscriptions"])
        await peer.send(b"HTTP/1.1 204 X\r\n\r\n")
        return
    name = f"c{len(STATE.streams)}.{STATE.requests['/api/realtime']}"
    STATE.streams[name] = (peer, set())
    STATE.most_streams = max(STATE.most_streams, len(STATE.streams))
    try:
        await peer.send(SSE + f'event:PB_CONNECT\ndata:{{"clientId":"{name}"}}\n\n'.encode())
        await peer.reader.read()
    finally:
        del STATE.streams[name]


@route("latency")
async def _latency(peer: Peer) -> None:
    await asyncio.sleep(0.5)
    await well(peer)


@route("slow-refresh", REFRESHES)
async def _slow_refresh(peer: Peer) -> None:
    await asyncio.sleep(0.3)
    await _sign_in(peer)


@route("large")
async def _large(peer: Peer) -> None:
    await peer.reply(200, large())


@functools.cache
def large() -> bytes:
    """Return a result of 50 MB."""
    return b'{"id": "large", "results": {"memory": ["' + b'0110", "' * 6_250_000 + b'0110"]}}'


async def _control(peer: Peer) -> None:
    """What a test asks of the server itself."""
    if peer.path == "/finish":
        STATE.finished = True
        for stream, topics in list(STATE.streams.values()):
            for topic in sorted(topics):
                ids = [f"job{number:012}" for number in range(1000)] if topic == "quantum_jobs/*" else []
                for job_id in ids or [topic.rpartition("/")[2]]:
                    data = json.dumps({"action": "update", "record": job(job_id)})
                    stream.writer.write(f"event:{topic}\ndata:{data}\n\n".encode())
            await stream.writer.drain()
    elif peer.path == "/begin":
        STATE.finished, STATE.requests, STATE.most_streams = False, {}, len(STATE.streams)
        STATE.most_connections = STATE.connections
    known = {name: value for name, value in vars(STATE).items() if name not in ("streams", "finished")}
    await peer.reply(200, {**known, "streams": len(STATE.streams)})


async def _sign_in(peer: Peer) -> None:
    await peer.reply(200, {"token": token(), "record": USER})


async def _unauthorized(peer: Peer) -> None:
    await peer.reply(401, {"message": "The request requires valid record authorization token."})


def _handler(peer: Peer) -> Answer:
    _, name, rest = peer.path.split("/", 2)
    peer.path = f"/{rest}"
    if name == "-":
        return _control
    path = peer.path.partition("?")[0]
    STATE.requests[path] = STATE.requests.get(path, 0) + 1
    if peer.path.endswith("/auth-with-password"):
        return _sign_in
    if peer.path.endswith("/auth-refresh"):
        return REFRESHES.get(name, _sign_in)
    if name in REFRESHES and name != "slow-refresh" and path != "/api/health":
        return _unauthorized
    if name in STREAMS and peer.path == "/api/realtime":
        return STREAMS[name]
    return ROUTES.get(name, well)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    STATE.connections += 1
    STATE.most_connections = max(STATE.most_connections, STATE.connections)
    try:
        while (peer := await _request(reader, writer)) is not None:
            await _handler(peer)(peer)
            if not peer.keep:
                break
    except (OSError, asyncio.IncompleteReadError):
        pass
    finally:
        STATE.connections -= 1
        writer.close()


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Peer | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    content = await reader.readexactly(int(headers.get("content-length", 0)))
    return Peer(method, path, headers, content, reader, writer)


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    # It ends with the process that started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class HostileServer:
    """The server in a process of its own."""

    def __enter__(self) -> HostileServer:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def url(self, name: str = "well") -> str:
        """Return the address under which a misbehaviour is met."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def ask(self, what: str = "stats") -> dict[str, Any]:
        """Ask the server itself: `begin` counts anew, `finish` ends all jobs; returns what was counted."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", f"/-/{what}")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()


if __name__ == "__main__":
    asyncio.run(_main())
