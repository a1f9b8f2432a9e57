"""A backup takes as long as the server needs; its call ends if the connection breaks or the client is closed."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from qpi_client import AsyncQPIClient, ClientClosed, ConnectionLost, QPIClient, TimedOut, Timeouts
from qpi_client.http import httpx
from qpi_client.network import AsyncBackend, Backend
from tests.client.conftest import Open
from tests.client.faults import FaultServer, Step, answer, later, reset, silent

SHORT = Timeouts(read=0.3, total=0.6)
# Longer than both.
WAIT = 1.5
CREATE, RESTORE = "POST /api/backups", "POST /api/backups/lab.zip/restore"


@pytest.fixture
def backups(connect: Open, faults: FaultServer, kind: str) -> Callable[..., list[tuple[str, Callable[[], Any]]]]:
    """Return a function that opens a client with short timeouts, and returns its calls for backups."""

    def calls(step: Step, **options: Any) -> list[tuple[str, Callable[[], Any]]]:
        faults.signed_in()
        faults.on(CREATE, step)
        faults.on(RESTORE, step)
        client = connect(faults.url, timeout=SHORT, **options)
        client.auth_with_password("alice@example.com", "password")
        return [(CREATE, lambda: client.create_backup("lab.zip")), (RESTORE, lambda: client.restore_backup("lab.zip"))]

    return calls


@pytest.mark.parametrize("given", [False, True], ids=["own connections", "a given transport"])
def test_a_backup_takes_as_long_as_the_server_needs(given: bool, backups: Any, faults: FaultServer, kind: str) -> None:
    transport = httpx.AsyncHTTPTransport() if kind == "awaited" else httpx.HTTPTransport()
    for request, call in backups(later(WAIT, answer(204)), **({"transport": transport} if given else {})):
        assert call() is None
        assert len(faults.requests(request)) == 1


@pytest.mark.parametrize("given", [False, True], ids=["own connections", "a given transport"])
def test_a_backup_ends_if_the_connection_breaks(given: bool, backups: Any, faults: FaultServer, kind: str) -> None:
    transport = httpx.AsyncHTTPTransport() if kind == "awaited" else httpx.HTTPTransport()
    for request, call in backups(later(WAIT, reset), **({"transport": transport} if given else {})):
        with pytest.raises(ConnectionLost, match="unknown whether the server made the change"):
            call()
        assert len(faults.requests(request)) == 1


def test_other_calls_keep_their_limits_on_the_same_client(connect: Open, faults: FaultServer) -> None:
    faults.signed_in()
    faults.on(CREATE, later(WAIT, answer(204)))
    faults.on("DELETE /api/backups/lab.zip", silent)
    client = connect(faults.url, timeout=SHORT)
    client.auth_with_password("alice@example.com", "password")
    client.create_backup("lab.zip")
    with pytest.raises(TimedOut):
        client.delete_backup("lab.zip")


def test_closing_the_client_ends_a_backup(faults: FaultServer) -> None:
    faults.signed_in()
    faults.on(CREATE, silent)
    client = QPIClient(faults.url)
    client.auth_with_password("alice@example.com", "password")
    closing = threading.Thread(target=lambda: (faults.wait_for(CREATE), client.close()))
    closing.start()
    with pytest.raises(ClientClosed):
        client.create_backup("lab.zip")
    closing.join()


async def test_cancelling_a_task_ends_its_backup(faults: FaultServer) -> None:
    faults.signed_in()
    faults.on(CREATE, silent)
    async with AsyncQPIClient(faults.url) as client:
        await client.auth_with_password("alice@example.com", "password")
        task = asyncio.ensure_future(client.create_backup("lab.zip"))
        await asyncio.to_thread(faults.wait_for, CREATE)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_every_connection_is_kept_alive_so_that_a_dead_one_is_noticed(faults: FaultServer) -> None:
    """A connection through a proxy too: httpcore gives no options there."""
    plain = Backend().connect_tcp("127.0.0.1", faults.port, timeout=10)
    awaited = await AsyncBackend().connect_tcp("127.0.0.1", faults.port, timeout=10)
    for stream in (plain, awaited):
        raw = stream.get_extra_info("socket")
        assert raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    plain.close()
    await awaited.aclose()
