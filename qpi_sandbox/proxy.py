"""A proxy in front of a sandbox that applies faults to requests.

One connection to the server for each request, ended by the server; the bytes of the answer pass as they are, so their
framing stays right for clients that keep their connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from qpi_sandbox.binary import SandboxError
from qpi_sandbox.faults import Fault, Faults
from qpi_sandbox.pocketbase import reachable

LOGIN_PAGE = (
    b"<!doctype html><html><head><title>Sign in</title></head><body><form>Single sign-on</form></body></html>\n"
)
MESSAGES = {
    429: "Too many requests.",
    500: "Something went wrong while processing your request.",
    502: "Bad gateway.",
    503: "Service unavailable.",
    504: "Gateway timeout.",
}
FORGED = b"Authorization: eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl"
FORGED_TOKEN = b"X-API-Token: qpi_" + b"0" * 64
START_WITHIN = 10.0  # seconds


@dataclass
class Request:
    """A request: its head without the blank line, and its body."""

    method: str
    path: str
    lines: list[bytes]
    body: bytes


class Proxy:
    """Runs in a thread with its own event loop."""

    def __init__(self, faults: Faults, host: str, port: int, behind: str) -> None:
        self._faults = faults
        self._host = host
        self._port = port
        target = urlsplit(behind)
        self._target = (target.hostname or host, target.port or 80)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sandbox-faults", daemon=True)
        self._ready = threading.Event()
        self._problem: OSError | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any]] = set()
        self._return: asyncio.TimerHandle | None = None

    def start(self) -> str:
        """Listen, and return the URL. Raises `SandboxError` if the port is taken."""
        self._thread.start()
        self._faults.on_go_away = self.go_away
        self._ready.wait(START_WITHIN)
        if self._problem is not None:
            raise SandboxError(f"Port {self._port} is taken by another program. Choose another port.")
        return f"http://{reachable(self._host)}:{self._port}"

    def stop(self) -> None:
        """Break all connections and end the thread."""
        self._faults.on_go_away = None
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_WITHIN)

    def go_away(self, seconds: float) -> None:
        """Break all connections and refuse new ones for a while; returns once that is so."""
        done = threading.Event()
        self._loop.call_soon_threadsafe(self._leave, seconds, done)
        done.wait(START_WITHIN)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as error:
            self._problem = error
            return
        finally:
            self._ready.set()
        self._loop.run_forever()
        self._close_all()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, self._host, self._port, limit=2**20)
        self._port = self._server.sockets[0].getsockname()[1]

    def _close_all(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            abort(writer)

    def _leave(self, seconds: float, done: threading.Event | None = None) -> None:
        self._close_all()
        if self._return is not None:
            self._return.cancel()
        self._return = self._loop.call_later(seconds, lambda: self._loop.create_task(self._listen()))
        if done is not None:
            done.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        # Nobody else holds it: a connection that is broken while it waits would take it along.
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # for the type checker
        self._serving.add(task)
        try:
            while (request := await read_request(reader)) is not None:
                if not await self._answer(request, reader, writer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            abort(writer)
        except asyncio.CancelledError:
            # The end of the sandbox. Raised further it would only be printed, by asyncio itself.
            abort(writer)
        finally:
            self._serving.discard(task)
            self._open.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request. Return False if the connection is over."""
        plan = self._faults.plan(request.method, request.path.partition("?")[0])
        if plan.delay:
            await asyncio.sleep(plan.delay)
        fault = plan.fault
        kind = fault.kind if fault else ""
        if kind == "gone" and fault is not None:
            self._leave(fault.amount)
            return False
        if kind == "reset":
            abort(writer)
            return False
        if fault is not None and kind in ("html", "429", "500", "502", "503", "504", "redirect"):
            writer.write(made_up(fault, request.path))
            await writer.drain()
            return True
        if kind == "expired":
            request.lines = [forged(line) for line in request.lines]
        return await self._forward(request, reader, writer, fault)

    async def _forward(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault | None
    ) -> bool:
        """Forward a request and its answer, with its fault applied. Return False if the connection is over."""
        source, sink = await asyncio.open_connection(*self._target)
        try:
            sink.write(b"\r\n".join([*request.lines, b"Connection: close", b"", b""]) + request.body)
            await sink.drain()
            head = await source.readuntil(b"\r\n\r\n")
            if fault is not None and fault.kind == "lost":
                abort(writer)
                return False
            kept = [line for line in head[:-4].split(b"\r\n") if not line.lower().startswith(b"connection:")]
            writer.write(b"\r\n".join([*kept, b"", b""]))
            if fault is None or fault.kind == "expired":
                await relay(source, writer)
                return True
            if fault.kind == "truncated":
                body = await source.read()
                writer.write(body[: int(len(body) * min(1.0, fault.amount))])
                await writer.drain()
                return False
            writer.write(await source.read(int(fault.amount)))  # stalled
            await writer.drain()
            await reader.read()  # until the client gives up
            return False
        finally:
            sink.close()


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read one request. Return None if the client closed the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    lines = head[:-4].split(b"\r\n")
    method, path, _ = lines[0].decode("latin-1").split(" ", 2)
    headers = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in lines[1:]}
    body = b""
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        while not body.endswith(b"0\r\n\r\n"):
            body += await reader.readuntil(b"\r\n")
    else:
        body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return Request(method, path, [line for line in lines if not line.lower().startswith(b"connection:")], body)


async def relay(source: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Relay bytes until the server closes the connection, or the client does, which shows when writing."""
    while chunk := await source.read(65536):
        writer.write(chunk)
        await writer.drain()


def made_up(fault: Fault, path: str) -> bytes:
    """Return the answer that a fault gives instead of the server."""
    if fault.kind == "redirect":
        # The status that has a client send everything once more, the body too.
        return answer(307, "text/plain", b"", [f"Location: http://127.0.0.1:{fault.amount:.0f}{path}"])
    if fault.kind == "html":
        return answer(200, "text/html; charset=utf-8", LOGIN_PAGE)
    status = int(fault.kind)
    body = json.dumps({"data": {}, "message": MESSAGES[status], "status": status}).encode()
    extra = [f"Retry-After: {fault.amount:g}"] if status == 429 else []
    return answer(status, "application/json", body, extra)


def answer(status: int, content_type: str, body: bytes, extra: list[str] | None = None) -> bytes:
    """Return the bytes of an answer."""
    lines = [
        f"HTTP/1.1 {status} Spoilt",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        *(extra or []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def forged(line: bytes) -> bytes:
    """Replace the session in a header line by one that nobody issued."""
    name = line.partition(b":")[0].lower()
    return {b"authorization": FORGED, b"x-api-token": FORGED_TOKEN}.get(name, line)


def abort(writer: asyncio.StreamWriter) -> None:
    """Break a connection so that the other side sees a reset, unless written bytes are still buffered."""
    transport = writer.transport
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError, ValueError):
        if sock is not None and not transport.get_write_buffer_size():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
