"""Many calls at once, cancelled, forked, closed: programs under load, on a real socket."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from qpi_client import (
    AsyncQPIClient,
    ClientClosed,
    ConnectFailed,
    ConnectionsBusy,
    Limits,
    QPIClient,
    QPIError,
    Timeouts,
    WrongEventLoop,
)
from qpi_client.provider import QPIJob
from tests.client.hostile_server import HostileServer
from tests.conftest import wait_for
from tests.waiting import until

MANY = 1000
SIGN_IN = ("alice@example.com", "a-password")


@pytest.fixture(scope="module")
def running() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


@pytest.fixture
def server(running: HostileServer) -> HostileServer:
    """Return the server with nothing open and its counters at zero."""
    wait_for(lambda: running.ask()["connections"] <= 1, "the connections of the test before to end")
    running.ask("begin")
    return running


def job_id(number: int) -> str:
    return f"job{number:012}"


def asked_for_jobs(counted: dict[str, Any]) -> int:
    """Return how many requests read jobs or subscribed."""
    return sum(number for path, number in counted["requests"].items() if "jobs" in path or "realtime" in path)


# Waiting.


def test_a_thousand_threads_wait_on_one_stream(server: HostileServer) -> None:
    with QPIClient(server.url()) as client:
        client.auth_with_password(*SIGN_IN)
        ended: list[float] = []
        wrong: list[object] = []

        def wait(number: int) -> None:
            try:
                found = client.wait_job(job_id(number), timeout=60)
                if found["results"] != {"counts": {"0": 1}, "of": job_id(number)}:
                    wrong.append(found)
            except BaseException as error:
                wrong.append(error)
            ended.append(time.monotonic())

        threads = [threading.Thread(target=wait, args=(number,)) for number in range(MANY)]
        for thread in threads:
            thread.start()
        hub = client._channel.hub
        wait_for(lambda: len(hub._everybody) == MANY and not hub.missing(), "everybody to be heard")
        before = server.ask()
        finished = time.monotonic()
        server.ask("finish")
        for thread in threads:
            thread.join(30)
        after = server.ask()
    assert wrong == []
    assert len(ended) == MANY
    # One reads for all. The next read of each by itself would be a minute later.
    assert max(ended) - finished < 10
    assert (before["streams"], before["most_streams"]) == (1, 1)
    assert asked_for_jobs(before) < MANY / 4
    assert asked_for_jobs(after) - asked_for_jobs(before) < 20


async def test_a_thousand_tasks_wait_on_one_stream(server: HostileServer) -> None:
    async with AsyncQPIClient(server.url()) as client:
        await client.auth_with_password(*SIGN_IN)
        waits = [asyncio.create_task(client.wait_job(job_id(number), timeout=60)) for number in range(MANY)]
        await asyncio.sleep(0)
        hub = client._channel.hub
        await until(lambda: len(hub._everybody) >= MANY and not hub.missing(), "all to wait")
        before = await asyncio.to_thread(server.ask)
        finished = time.monotonic()
        await asyncio.to_thread(server.ask, "finish")
        found = await asyncio.gather(*waits)
        assert time.monotonic() - finished < 1.0
    assert [one["id"] for one in found] == [job_id(number) for number in range(MANY)]
    assert before["most_streams"] == 1
    assert asked_for_jobs(before) < 50


def test_results_of_many_jobs_arrive_on_one_stream(server: HostileServer) -> None:
    with QPIClient(server.url()) as client, ThreadPoolExecutor(64) as pool:
        client.auth_with_password(*SIGN_IN)
        results = [pool.submit(QPIJob(None, job_id(number), client).result, timeout=60) for number in range(64)]
        hub = client._channel.hub
        wait_for(lambda: len(hub._everybody) == 64 and not hub.missing(), "everybody to be heard")
        finished = time.monotonic()
        server.ask("finish")
        assert [result.result(30).get_counts() for result in results] == [{"0": 1}] * 64
        assert time.monotonic() - finished < 2.0
    assert server.ask()["most_streams"] == 1


def test_waits_with_an_api_token_share_their_polls(server: HostileServer) -> None:
    with QPIClient(server.url(), "qpi_token") as client, ThreadPoolExecutor(150) as pool:
        waits = [pool.submit(client.wait_job, job_id(number), 60) for number in range(150)]
        hub = client._channel.hub
        wait_for(lambda: len(hub._everybody) == 150, "everybody to wait")
        wait_for(lambda: server.ask()["requests"].get("/api/jobs", 0) >= 10, "some looks")
        before = server.ask()
        server.ask("finish")
        assert {wait.result(30)["status"] for wait in waits} == {"completed"}
    # One request for each poll of all jobs, and one for each moment in which some of them finished.
    assert asked_for_jobs(before) < 50
    assert before["most_streams"] == 0


def test_a_stream_uses_no_connection_of_the_pool(server: HostileServer) -> None:
    with QPIClient(server.url(), limits=Limits(connections=1)) as client, ThreadPoolExecutor(4) as pool:
        client.auth_with_password(*SIGN_IN)
        waits = [pool.submit(client.wait_job, job_id(number), 30) for number in range(4)]
        wait_for(lambda: server.ask()["streams"] == 1, "the stream to be open")
        assert client.health()["code"] == 200
        server.ask("finish")
        assert all(wait.result(30)["status"] == "completed" for wait in waits)


# Cancelling.


async def test_ten_thousand_cancelled_calls_leak_nothing(server: HostileServer) -> None:
    async with AsyncQPIClient(server.url("latency"), limits=Limits(connections=32)) as client:
        tasks = asyncio.all_tasks()
        late: list[float] = []

        async def cut(seconds: float) -> None:
            began = time.monotonic()
            try:
                async with asyncio.timeout(seconds):
                    await client.health()
            except TimeoutError:
                late.append(time.monotonic() - began - seconds)

        for _ in range(100):
            await asyncio.gather(*(cut(0.0005 * number) for number in range(100)))
        connections = client._channel.connections()
        await until(lambda: not connections._under_way and not asyncio.all_tasks() - tasks, "all exchanges to end")
        assert connections._gate._free == 32
        assert len(connections._idle) <= 32
        assert all(connection.is_idle() for connection in connections._idle)
        assert (await client.health())["code"] == 200
    # The caller returns at once, not when the exchange ends after half a second; the loop itself is busy.
    assert sum(late) / len(late) < 0.3
    counted = await asyncio.to_thread(server.ask)
    assert counted["most_connections"] <= 34


async def test_a_cancelled_call_on_a_silent_server_releases_its_connection(server: HostileServer) -> None:
    async with AsyncQPIClient(server.url("silent"), limits=Limits(connections=2)) as client:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await client.health()
        connections = client._channel.connections()
        assert len(connections._under_way) == 2
        await until(lambda: not connections._under_way, "the exchanges to end")
        assert connections._gate._free == 2


async def test_a_cancelled_session_refresh_still_completes(server: HostileServer) -> None:
    async with AsyncQPIClient(server.url("slow-refresh")) as client:
        await client.auth_with_password(*SIGN_IN)
        before = client.session
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.refresh_session()
        assert client.session is before
        await until(lambda: client.session is not before, "the new session")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.resume_session("another.session.token")
        assert client.session is not None
        assert client.session.user_id == "user00000000001"


async def test_signing_out_during_a_refresh_stays_signed_out(server: HostileServer) -> None:
    async with AsyncQPIClient(server.url("slow-refresh")) as client:
        await client.auth_with_password(*SIGN_IN)
        refresh = asyncio.create_task(client.refresh_session())

        async def asked() -> bool:
            return any("refresh" in path for path in (await asyncio.to_thread(server.ask))["requests"])

        await until(asked, "the refresh")
        await client.sign_out()
        with pytest.raises(QPIError):
            await refresh
        assert client.session is None


# Processes, event loops.


def _ask_for_many(client: QPIClient, first: int, answers: Any) -> None:
    answers.put(
        [number for number in range(first, first + 300) if client.get_job(job_id(number))["id"] != job_id(number)]
    )


def test_a_forked_process_opens_its_own_connections(server: HostileServer) -> None:
    fork = multiprocessing.get_context("fork")
    with QPIClient(server.url(), "qpi_token") as client:
        client.health()
        held = threading.Event()
        over = threading.Event()

        def hold() -> None:
            with client._guard, client._context._guard, client._channel.alone:
                held.set()
                over.wait(30)

        # A lock held by another thread during the fork stays locked in the child.
        holding = threading.Thread(target=hold)
        holding.start()
        held.wait(10)
        answers = fork.Queue()
        children = [fork.Process(target=_ask_for_many, args=(client, 300 * n, answers)) for n in range(4)]
        for child in children:
            child.start()
        over.set()
        _ask_for_many(client, 2000, answers)
        assert [answers.get(timeout=30) for _ in range(5)] == [[]] * 5
        for child in children:
            child.join(10)
            assert child.exitcode == 0
        holding.join()


def test_two_event_loops_share_one_client(server: HostileServer) -> None:
    client = AsyncQPIClient(server.url("latency"), "qpi_token")

    async def ask() -> list[object]:
        return list(await asyncio.gather(*(client.get_job(job_id(number)) for number in range(50))))

    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda _: asyncio.run(ask()), range(2)):
            assert [one["id"] for one in found] == [job_id(number) for number in range(50)]  # type: ignore[index]
    asyncio.run(client.aclose())


def test_use_outside_asyncio_is_a_clear_error() -> None:
    client = AsyncQPIClient("http://127.0.0.1:1")
    coroutine = client.health()
    with pytest.raises(WrongEventLoop, match="asyncio only"):
        coroutine.send(None)


# Connections.


async def test_a_thousand_tasks_complete_on_a_slow_server(server: HostileServer) -> None:
    async with AsyncQPIClient(server.url("latency")) as client:
        found = await asyncio.gather(*(client.health() for _ in range(MANY)))
    assert len(found) == MANY
    assert (await asyncio.to_thread(server.ask))["most_connections"] <= Limits().connections + 2


def test_a_call_without_a_free_connection_is_a_clear_error(server: HostileServer) -> None:
    with (
        QPIClient(server.url("silent"), timeout=Timeouts(pool=0.5), limits=Limits(connections=1)) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        holding = pool.submit(client.health)
        wait_for(lambda: client._channel.connections()._gate._free == 0, "the connection to be taken")
        began = time.monotonic()
        with pytest.raises(ConnectionsBusy, match="All connections busy"):
            client.health()
        # The server is silent for much longer.
        assert 0.4 < time.monotonic() - began < 5
        client.close()
        assert isinstance(holding.exception(5), ClientClosed)


async def test_waiting_for_a_connection_counts_towards_the_timeout(server: HostileServer) -> None:
    limits = Limits(connections=1)
    async with AsyncQPIClient(server.url("latency"), timeout=Timeouts(total=2), limits=limits) as client:
        found = await asyncio.gather(*(client.health() for _ in range(9)), return_exceptions=True)
    # One after the other, each takes half a second.
    assert isinstance(found[0], dict)
    # Whose turn comes as the time ends may have begun to connect.
    late = [type(one) for one in found[5:]]
    assert set(late) <= {ConnectionsBusy, ConnectFailed}
    assert late.count(ConnectFailed) <= 1


def test_closing_ends_all_waiting_threads(server: HostileServer) -> None:
    client = QPIClient(server.url("silent"), "qpi_token", limits=Limits(connections=1))
    waiting = [client.health, client.health, lambda: client.wait_job("j"), lambda: next(client.changes(["qpus/*"]))]
    ended: list[object] = []

    def wait(do: Any) -> None:
        try:
            ended.append(do())
        except BaseException as error:
            ended.append(error)

    threads = [threading.Thread(target=wait, args=(do,)) for do in waiting]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(client._channel.connections()._gate._waiting) >= 2, "calls to queue")
    began = time.monotonic()
    client.close()
    for thread in threads:
        thread.join(5)
    # The server is silent for much longer.
    assert time.monotonic() - began < 5
    assert [type(one) for one in ended] == [ClientClosed] * len(waiting)


async def test_closing_ends_all_waiting_tasks(server: HostileServer) -> None:
    client = AsyncQPIClient(server.url("silent"), "qpi_token", limits=Limits(connections=1))
    changes = client.changes(["qpus/*"])
    tasks = [asyncio.create_task(one) for one in (client.health(), client.health(), client.wait_job("j"))]
    tasks.append(asyncio.create_task(anext(changes)))  # type: ignore[arg-type]  # a coroutine
    await until(lambda: len(client._channel.connections()._gate._waiting) >= 2, "both to wait")
    before = asyncio.all_tasks() - set(tasks)
    began = time.monotonic()
    await client.aclose()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    # The server is silent for much longer.
    assert time.monotonic() - began < 5
    assert [type(one) for one in ended] == [ClientClosed] * len(tasks)
    assert not [task for task in asyncio.all_tasks() if task not in before and not task.done()]


def test_no_socket_is_left_open_in_this_process(server: HostileServer) -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    before = open_files()
    for _ in range(5):
        with QPIClient(server.url()) as client:
            client.auth_with_password(*SIGN_IN)
            with pytest.raises(QPIError):
                client.wait_job(job_id(1), timeout=0)
    wait_for(lambda: open_files() <= before + 1, "connections to be closed")
    wait_for(lambda: server.ask()["connections"] <= 1, "the server to see it")
