"""The client under load compared with bare httpx and httpx2 in the same run: waits, cancelled calls, a large result."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import json
import threading
import time
from typing import Any

from qpi_client import AsyncQPIClient, Limits, QPIClient
from tests.client.hostile_server import HostileServer

WAITS = 1000
CALLS = 10_000
BARE = [name for name in ("httpx", "httpx2") if importlib.util.find_spec(name)]


def measure_waits() -> None:
    """Let 1,000 threads and 1,000 tasks wait for a job each; measure from the end of the jobs to the last wait's
    return.
    """
    with HostileServer() as server:
        for label, measure in (("threads", _threads), ("tasks", lambda one: asyncio.run(_tasks(one)))):
            server.ask("begin")
            last = measure(server)
            counted = server.ask()
            asked = sum(counted["requests"].values())
            print(f"{WAITS:,} waits, {label:<10}              {last * 1e3:7.1f} ms after the end   {asked} requests")


def _threads(server: HostileServer) -> float:
    with QPIClient(server.url()) as client:
        client.auth_with_password("alice@example.com", "a-password")
        threads = [threading.Thread(target=client.wait_job, args=(f"job{number:012}", 60)) for number in range(WAITS)]
        for thread in threads:
            thread.start()
        hub = client._channel.hub
        while len(hub._everybody) < WAITS or hub.missing():
            time.sleep(0.05)
        began = time.monotonic()
        server.ask("finish")
        for thread in threads:
            thread.join()
        return time.monotonic() - began


async def _tasks(server: HostileServer) -> float:
    async with AsyncQPIClient(server.url()) as client:
        await client.auth_with_password("alice@example.com", "a-password")
        waits = [asyncio.create_task(client.wait_job(f"job{number:012}", 60)) for number in range(WAITS)]
        hub = client._channel.hub
        while len(hub._everybody) < WAITS or hub.missing():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.05)
        began = time.monotonic()
        await asyncio.to_thread(server.ask, "finish")
        await asyncio.gather(*waits)
        return time.monotonic() - began


def measure_cancelled() -> None:
    """Cancel 10,000 calls after up to 50 ms on a server that takes 500 ms, then check that a call still succeeds."""
    with HostileServer() as server:
        url = server.url("latency") + "/api/health"
        for name in BARE:
            print(f"{CALLS:,} cancelled calls, {name:<10}      {asyncio.run(_cancelled_bare(name, url))}")
        print(f"{CALLS:,} cancelled calls, QPIClient       {asyncio.run(_cancelled_ours(server.url('latency')))}")


async def _cut(call: Any) -> str:
    began = time.monotonic()

    async def cut(seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await call()
        except TimeoutError:
            pass

    for _ in range(CALLS // 100):
        await asyncio.gather(*(cut(0.0005 * number) for number in range(100)))
    took = time.monotonic() - began
    began = time.monotonic()
    try:
        await call()
    except Exception as error:
        return f"{took:5.1f} s   the next call fails: {type(error).__name__} after {time.monotonic() - began:.1f} s"
    return f"{took:5.1f} s   the next call takes {time.monotonic() - began:.1f} s"


async def _cancelled_bare(name: str, url: str) -> str:
    library = importlib.import_module(name)
    limits = library.Limits(max_connections=32)
    async with library.AsyncClient(limits=limits, timeout=5, trust_env=False) as client:
        return await _cut(lambda: client.get(url))


async def _cancelled_ours(url: str) -> str:
    async with AsyncQPIClient(url, timeout=5, limits=Limits(connections=32)) as client:
        return await _cut(client.health)


def measure_large() -> None:
    """Measure reading and decoding a result of 50 MB."""
    with HostileServer() as server, QPIClient(server.url("large"), "qpi_token") as ours:
        bare = {name: importlib.import_module(name).Client(trust_env=False) for name in BARE}
        sides: dict[str, Any] = {
            name: lambda client=client: json.loads(client.get(server.url("large") + "/api/jobs/j").content)
            for name, client in bare.items()
        }
        sides["QPIClient"] = lambda: ours.get_job("j")
        best = dict.fromkeys(sides, float("inf"))
        for _ in range(4):
            for name, side in sides.items():
                began = time.perf_counter()
                side()
                best[name] = min(best[name], time.perf_counter() - began)
        for name, seconds in best.items():
            print(f"a result of 50 MB, {name:<10}           {seconds * 1e3:7.1f} ms   {seconds / best['httpx']:5.2f}x")
        for client in bare.values():
            client.close()


def main() -> None:
    """Measure everything and print it."""
    measure_waits()
    measure_cancelled()
    measure_large()


if __name__ == "__main__":
    main()
