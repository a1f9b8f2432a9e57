"""Waits of one client share their reads: whatever arrives while a read is in flight, no job is forgotten."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from qpi_client import AsyncQPIClient, QPIClient
from qpi_client.calls.waiting import Wait, Watch
from qpi_client.subscriptions import Hub
from tests.client.faults import Connection, FaultServer, Got, answer, silent
from tests.waiting import until, wait_for

RECORDS = "/api/collections/quantum_jobs/records"
STREAM = b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent:PB_CONNECT\ndata:{"clientId":"c"}\n\n'
# Far below the minute after which a job is read in any case, and far above what a busy machine takes.
SOON = 40.0

Waits = Callable[[str], Awaitable[Any]]


def job(name: str, status: str = "running") -> Any:
    return answer(200, {"id": name, "status": status, "results": {"counts": {"0": 1}} if status != "running" else None})


@pytest.fixture(params=["blocking", "awaited"])
async def wait_on(request: pytest.FixtureRequest, faults: FaultServer) -> AsyncIterator[Waits]:
    """Return a function that waits for a job; all its waits share one client."""
    faults.signed_in()
    faults.on(f"GET {RECORDS}", answer(400, {"message": "No list."}))
    faults.on("POST /api/realtime", answer(204))
    async with AsyncExitStack() as stack:
        if request.param == "awaited":
            client = await stack.enter_async_context(AsyncQPIClient(faults.url))
            await client.auth_with_password("alice@example.com", "password")
            yield lambda name: asyncio.ensure_future(client.wait_job(name, timeout=SOON))
        else:
            plain = stack.enter_context(QPIClient(faults.url))
            plain.auth_with_password("alice@example.com", "password")
            yield lambda name: asyncio.ensure_future(asyncio.to_thread(plain.wait_job, name, timeout=SOON))


def stream(connection: Connection, got: Got) -> None:
    connection.send(STREAM)
    silent(connection, got)


async def test_a_job_that_ends_while_an_older_read_is_in_flight_is_read_again(
    wait_on: Waits, faults: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[str] = []
    look_again = Watch.look_again

    def noted(self: Watch, wait: Wait) -> None:
        look_again(self, wait)
        again.append(wait.job_id)

    def older(connection: Connection, got: Got) -> None:
        # The job ends after it was read, its topic is confirmed, and only then the answer arrives.
        wait_for(lambda: "b" in again, "the wait to be told to read again")
        job("b")(connection, got)

    def confirmed(connection: Connection, got: Got) -> None:
        if "quantum_jobs/b" in got.body.decode():
            connection.server.wait_for(f"GET {RECORDS}/b")
        answer(204)(connection, got)

    monkeypatch.setattr(Watch, "look_again", noted)

    def stream_until_told(connection: Connection, _: Got) -> None:
        connection.send(STREAM)
        assert ending.wait(60)
        record = {"id": "a", "status": "completed", "results": {}}
        connection.send(b"event:quantum_jobs/a\ndata:%s\n\n" % json.dumps({"record": record}).encode())

    ending = threading.Event()
    faults.on("GET /api/realtime", stream_until_told)
    faults.on("POST /api/realtime", confirmed)
    faults.on(f"GET {RECORDS}/a", job("a"))
    faults.on(f"GET {RECORDS}/b", older, job("b", "completed"))
    first = wait_on("a")
    await until(lambda: "a" in again and faults.requests(f"GET {RECORDS}/a"), "the first wait to lead")
    assert (await wait_on("b"))["status"] == "completed"
    ending.set()
    assert (await first)["status"] == "completed"


async def test_jobs_are_read_by_the_next_wait_if_the_one_that_reads_them_is_cancelled(faults: FaultServer) -> None:
    faults.signed_in()
    faults.on("GET /api/realtime", stream)
    faults.on("POST /api/realtime", answer(204))
    faults.on(f"GET {RECORDS}", silent, answer(400, {"message": "No list."}))
    faults.on(f"GET {RECORDS}/a", job("a"))
    for name in ("b", "c"):
        faults.on(f"GET {RECORDS}/{name}", job(name, "completed"))
    async with AsyncQPIClient(faults.url) as client:
        await client.auth_with_password("alice@example.com", "password")
        first = asyncio.ensure_future(client.wait_job("a"))
        hub = client._channel.hub
        await until(lambda: hub.watch and hub.watch._next_look and not hub.missing(), "the first read")
        others = [asyncio.ensure_future(client.wait_job(name, timeout=SOON)) for name in ("b", "c")]
        await until(lambda: faults.requests(f"GET {RECORDS}"), "a read for both")
        first.cancel()
        assert [one["status"] for one in await asyncio.gather(*others)] == ["completed"] * 2


def waiting(name: str) -> tuple[Watch, Wait]:
    hub = Hub(threading.Event, lambda _: None)
    wait = Wait(name, time.monotonic(), None, hub.join(()), streaming=False)
    wait.watch.join(wait)
    return wait.watch, wait


def test_an_older_read_does_not_replace_a_final_state_from_the_stream() -> None:
    watch, wait = waiting("b")
    due = watch.due(wait)
    wait.seen = {"id": "b", "status": "completed"}
    watch.saw(due, {"b": {"id": "b", "status": "running"}})
    assert wait.done()


def test_a_job_that_a_read_left_out_is_read_next() -> None:
    watch, wait = waiting("b")
    watch.saw(watch.due(wait), {"b": {"id": "b", "status": "running"}})
    assert watch.due(wait) == []
    watch._next_look = 0.0
    assert watch.due(wait) == [wait]
    watch.saw([wait], {})
    assert watch.due(wait) == [wait]
