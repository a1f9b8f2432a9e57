"""Try every misbehaviour of `hostile_server.py` with a call, a list, a wait and the stream, in both clients.

`uv run python -m tests.client.hostile` tries all of it and writes the table of `docs/reference/faults.md`.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tests.client.hostile_streams  # noqa: F401  # enters its misbehaviours
from qpi_client import AsyncQPIClient, Limits, QPIClient, QPIError, Timeouts
from tests.client.hostile_routes import REFRESHES, ROUTES, STREAMS
from tests.client.hostile_server import HostileServer

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "faults.md"
NAMES = [name for name in (*ROUTES, *REFRESHES, *STREAMS) if name not in ("latency", "large", "slow-refresh")]
WAYS = ("call", "list", "wait", "stream")
TOTAL = 1.0
# Tolerance for the time limits, in seconds.
SLACK = 0.5
TIMEOUTS = Timeouts(connect=TOTAL, read=TOTAL, write=TOTAL, total=TOTAL)
LIMITS = Limits(connections=4, answer=1_000_000, event=1_000_000)
JOB = "job000000000001"
# Seconds in which a sign-in before a trial succeeds, on the busiest machine.
PATIENCE = 60.0
PASSWORD, TOKEN = "a-secret-password", "qpi_very_secret"


@dataclass
class Outcome:
    """The outcome of one trial. `raw` is an error that is not one of the client's."""

    what: str
    seconds: float
    text: str = ""
    raw: str = ""


def ended(error: BaseException, began: float) -> Outcome:
    """Return the outcome of a trial that raised an exception."""
    seconds = time.monotonic() - began
    if not isinstance(error, QPIError):
        return Outcome("raw", seconds, raw=repr(error))
    # The client reconnects the stream repeatedly; the trial ends by closing the client.
    what = "tries again" if type(error).__name__ == "ClientClosed" else type(error).__name__
    return Outcome(what, seconds, f"{error} {error!r} {getattr(error, 'request', '')!r}")


def blocking(url: str, way: str) -> Outcome:
    """Run one trial with the blocking client."""
    with QPIClient(url, TOKEN, timeout=TIMEOUTS, limits=LIMITS) as client:
        _signed_in(client.auth_with_password)
        began = time.monotonic()
        closing = threading.Timer(TOTAL, client.close)
        try:
            if way == "call":
                client.health()
            elif way == "list":
                client.list_time_slots()
            elif way == "wait":
                client.wait_job(JOB, timeout=TOTAL)
            else:
                closing.start()
                changes = client.changes(["qpus/*"])
                for _ in changes:
                    pass
        except BaseException as error:
            return ended(error, began)
        finally:
            closing.cancel()
    return Outcome("ok", time.monotonic() - began)


def _signed_in(sign_in: Any) -> None:
    """Sign in, which is not under test and may take longer than a trial on a busy machine."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            sign_in("alice@example.com", PASSWORD)
            return
        except QPIError:
            assert time.monotonic() < end


async def awaited(url: str, way: str) -> Outcome:
    """Run one trial with the async client."""
    async with AsyncQPIClient(url, TOKEN, timeout=TIMEOUTS, limits=LIMITS) as client:
        end = time.monotonic() + PATIENCE
        while True:
            # Not under test: on a busy machine it may take longer than the trial.
            try:
                await client.auth_with_password("alice@example.com", PASSWORD)
                break
            except QPIError:
                assert time.monotonic() < end
        began = time.monotonic()
        closing: asyncio.Task[None] | None = None
        try:
            if way == "call":
                await client.health()
            elif way == "list":
                await client.list_time_slots()
            elif way == "wait":
                await client.wait_job(JOB, timeout=TOTAL)
            else:
                closing = asyncio.create_task(_close_later(client))
                async for _ in client.changes(["qpus/*"]):
                    pass
        except Exception as error:
            return ended(error, began)
        finally:
            if closing is not None:
                closing.cancel()
    return Outcome("ok", time.monotonic() - began)


async def _close_later(client: AsyncQPIClient) -> None:
    await asyncio.sleep(TOTAL)
    await client.aclose()


@patch("qpi_client.exchange._FIRST_PAUSE", 0.02)
def try_all(server: HostileServer, kind: str, beside: int = 12) -> dict[tuple[str, str], Outcome]:
    """Try every misbehaviour in every way. Repeat alone what was slow while others ran."""
    tries = [(name, way) for name in NAMES for way in WAYS]
    if kind == "blocking":
        with ThreadPoolExecutor(beside) as pool:
            found = list(pool.map(lambda one: blocking(server.url(one[0]), one[1]), tries))
    else:
        found = asyncio.run(_try_awaited(server, tries, beside))
    outcomes = dict(zip(tries, found, strict=True))
    for one, outcome in outcomes.items():
        if outcome.seconds > TOTAL + SLACK:
            outcomes[one] = again(server, kind, one)
    return outcomes


@patch("qpi_client.exchange._FIRST_PAUSE", 0.02)
def again(server: HostileServer, kind: str, one: tuple[str, str]) -> Outcome:
    """Repeat one trial alone."""
    url = server.url(one[0])
    return blocking(url, one[1]) if kind == "blocking" else asyncio.run(awaited(url, one[1]))


async def _try_awaited(server: HostileServer, tries: list[tuple[str, str]], beside: int) -> list[Outcome]:
    gate = asyncio.Semaphore(beside)

    async def one(name: str, way: str) -> Outcome:
        async with gate:
            return await awaited(server.url(name), way)

    return list(await asyncio.gather(*(one(*each) for each in tries)))


def table(outcomes: dict[tuple[str, str], Outcome]) -> str:
    """Format the outcomes as on the page."""
    lines = ["| the server | a call | a list | a wait of 1 s | the event stream |", "|---|---|---|---|---|"]
    rows = ((name, *(outcomes[name, way].what for way in WAYS)) for name in NAMES)
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


_PLACE = re.compile(r"(?<=<!-- client -->\n).*?(?=<!-- /client -->)", re.DOTALL)


def written() -> str:
    """Return the table on the page."""
    found = _PLACE.search(PAGE.read_text())
    assert found is not None
    return found[0]


def main() -> None:
    """Write the table."""
    with HostileServer() as server:
        text = table(try_all(server, "blocking"))
    PAGE.write_text(_PLACE.sub(lambda _: f"{text}\n", PAGE.read_text()))


def outcomes_of(kind: str) -> Any:
    """Return all outcomes of one client, on its own server. Trials that differ from the page were repeated alone."""
    shown = {line.split(" | ")[0].strip("| "): line for line in written().splitlines()[2:]}
    with HostileServer() as server:
        outcomes = try_all(server, kind)
        for one in [(name, way) for name in NAMES for way in WAYS]:
            cells = shown.get(one[0], "").strip("| ").split(" | ")[1:]
            if cells and cells[WAYS.index(one[1])].strip() != outcomes[one].what:
                outcomes[one] = again(server, kind, one)
    return outcomes


if __name__ == "__main__":
    main()
