"""An unresponsive server is noticed within 15 s while somebody uses the console, a killed one within 3 s."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.live import reachability
from tests.faults.listener import Listener
from tests.tui.helpers import Person, at_console
from tests.waiting import Starvation


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[Listener]:
    listener = Listener(sandbox.url)
    yield listener
    listener.thaw()
    listener.kill()


def top(person: Person) -> str:
    return person.screen.splitlines()[0]


def gone(person: Person) -> int:
    """Return for how many seconds the header has reported the server as away."""
    found = re.search(r"▲ offline (\d+) s", top(person))
    assert found is not None, top(person)
    return int(found[1])


@pytest.mark.parametrize("screen", ["jobs", "users", "journal"])
async def test_a_killed_server_is_noticed_within_three_seconds(server: Listener, sandbox: Sandbox, screen: str) -> None:
    """On every screen, even one that reads nothing from the server, without a key press."""
    async with at_console(server.url, "admin", sandbox.admin, screen=screen) as person:
        await person.sees("● live")
        began = time.monotonic()
        async with Starvation() as starved:
            server.kill()
            await person.until(lambda: "▲ offline" in top(person), within=30)
        assert time.monotonic() - began - starved.seconds < 3
        # Another screen knows since when, and does not restart the count.
        await person.until(lambda: gone(person) >= 2)
        before = gone(person)
        person.app.go("slots" if screen == "users" else "users")
        await person.pilot.pause()
        assert gone(person) >= before
        await person.until(lambda: gone(person) > before)


async def test_a_killed_server_is_noticed_without_a_stream(
    server: Listener, sandbox: Sandbox, user_http: httpx.Client
) -> None:
    """With an API token, which has no stream, on a screen that reads nothing from the server."""
    token = user_http.post("/api/tokens", json={"name": "noticed"}).raise_for_status().json()["token"]
    async with at_console(server.url, "token", token, screen="journal") as person:
        await person.sees("polling")
        began = time.monotonic()
        async with Starvation() as starved:
            server.kill()
            await person.until(lambda: "▲ offline" in top(person), within=30)
        # The console polls every 2.2 s.
        assert time.monotonic() - began - starved.seconds < 3.8


async def test_an_unresponsive_server_is_noticed_while_keys_are_pressed(server: Listener, sandbox: Sandbox) -> None:
    async with at_console(server.url, "admin", sandbox.admin, screen="users") as person:
        await person.sees("● live")
        await person.act("table.down")
        server.freeze()
        began = time.monotonic()
        async with Starvation() as starved:
            await person.until(lambda: "▲ offline" in top(person), within=60)
        assert time.monotonic() - began - starved.seconds < 15
        # The count starts when the server fell silent, on every screen, and disappears when it responds.
        assert gone(person) >= 5
        person.app.go("jobs")
        await person.pilot.pause()
        assert gone(person) >= 5
        server.thaw()
        await person.until(lambda: "▲ offline" not in top(person), within=40)


async def test_without_keys_no_further_requests_are_sent(
    server: Listener, user: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle hour costs nothing, because only keys cause requests."""
    monkeypatch.setattr(reachability, "QUIET", 0.2)
    async with at_console(server.url, "user", user, screen="jobs") as person:
        await person.at_rest()
        app: Any = person.app
        await person.act("table.down")
        before = app.connection.requests
        await person.until(lambda: app.connection.requests > before + 1)
        # Nobody has pressed a key for a long time.
        app.reachability._used = float("-inf")
        await person.until(lambda: app.connection.answered_at < time.monotonic() - 0.6)
        await person.at_rest()
        # With recent key presses it would poll five times a second.
        before, end = app.connection.requests, time.monotonic() + 1
        await person.until(lambda: time.monotonic() > end)
        assert app.connection.requests == before
