"""The number of requests for a ten-minute job with change events. The server's stream moves the clock."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from qpi_client import QPIClient
from qpi_client.http import httpx
from qpi_client.provider import QPIJob

JOB = {"id": "j" * 15, "created": "2026-11-23 05:29:42.039Z", "qpu_target": "q" * 15, "payload": {"circuits": []}}


def session_token(expires: float) -> str:
    parts = [{"alg": "HS256"}, {"exp": expires, "id": "u" * 15, "type": "auth"}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".x"


class Server:
    """A job that runs from second 1 to second 600. A stream is closed after 300 s without an event."""

    def __init__(self, clock: Any) -> None:
        self.clock, self.start = clock, clock.now
        self.asked: list[str] = []
        self.over = threading.Event()

    def record(self) -> dict[str, Any]:
        done = self.clock.now >= self.start + 600
        status = "completed" if done else "running" if self.clock.now > self.start else "pending"
        return {**JOB, "status": status, "results": {"counts": {"1": 5}} if done else None}

    def stream(self) -> Iterator[bytes]:
        yield b'event:PB_CONNECT\ndata:{"clientId":"c"}\n\n'
        while True:
            moments = [at for at in (self.start + 1, self.start + 600) if at > self.clock.now]
            if not moments:
                # The stream is read ahead of the caller; the clock is stopped until the result arrives.
                self.over.wait(30)
                return
            if moments[0] - self.clock.now > 300:
                self.clock.now += 300
                return
            self.clock.now = moments[0]
            change = json.dumps({"action": "update", "record": self.record()})
            yield f"event:quantum_jobs/{JOB['id']}\ndata:{change}\n\n".encode()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if not path.endswith("/auth-with-password"):
            self.asked.append(f"{request.method} {path}")
        if path.endswith(("/auth-with-password", "/auth-refresh")):
            user = {"id": "u" * 15, "collectionName": "users", "email": "a@b.example"}
            return httpx.Response(200, json={"token": session_token(4e9), "record": user})
        if path == "/api/realtime":
            if request.method == "POST":
                return httpx.Response(204)
            return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=self.stream())
        return httpx.Response(200, json=self.record())


@pytest.mark.parametrize("timeout", [None, 3600])
def test_a_ten_minute_job_takes_fewer_than_ten_requests(clock: Any, timeout: float | None) -> None:
    server = Server(clock)
    with QPIClient("http://server.example", transport=httpx.MockTransport(server)) as client:
        client.auth_with_password("a@b.example", "secret")
        result = QPIJob(None, JOB["id"], client).result(timeout=timeout)
        server.over.set()
    assert result.get_counts() == {"1": 5}
    # Plus one that submitted it.
    assert len(server.asked) + 1 < 10, server.asked
    assert clock.now - server.start - 600 <= 0.5
