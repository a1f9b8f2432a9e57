"""A server that misbehaves in every named way, on a real socket.

The first part of a path names the misbehaviour: a client opened on `server.url("drip-headers")` meets it in every
request. Signing in always works; some misbehaviours concern the session refresh. Misbehaviours of the event stream
leave other requests alone.
"""

from __future__ import annotations

import asyncio
import functools
import http.client
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import tests.client.hostile_streams  # noqa: F401  # enters its misbehaviours
from tests.client.hostile_routes import REFRESHES, ROUTES, SSE, STREAMS, USER, Answer, Peer, route, token

# A well-behaved server: jobs run until `/-/finish`, and the event stream reports it.


@dataclass
class State:
    """The state of the well-behaved server."""

    requests: dict[str, int] = field(default_factory=dict)
    streams: dict[str, tuple[Peer, set[str]]] = field(default_factory=dict)
    most_streams: int = 0
    connections: int = 0
    most_connections: int = 0
    finished: bool = False


STATE = State()


def job(job_id: str) -> dict[str, Any]:
    """Return the current state of a job."""
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
    """Handle what a test asks of the server itself."""
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
    # The server exits with the process that started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class HostileServer:
    """The server in a process of its own."""

    def __enter__(self) -> HostileServer:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.client.hostile_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
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
        """Return the address under which a misbehaviour occurs."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def ask(self, what: str = "stats") -> dict[str, Any]:
        """Send a control request: `begin` resets the counters, `finish` ends all jobs. Return the counters."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", f"/-/{what}")
            found: dict[str, Any] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()


if __name__ == "__main__":
    asyncio.run(_main())
