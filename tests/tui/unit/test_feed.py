"""The loop that keeps a resource fresh: events, timers, failures, bursts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qpi_tui.live.feed import Feed, Health
from tests.waiting import turns, until


class Server:
    """The data source: returns what it is told to, and counts."""

    def __init__(self) -> None:
        self.answer: Any = [1]
        self.reads = 0
        self.gate: asyncio.Event | None = None

    async def read(self) -> Any:
        self.reads += 1
        answer = self.answer
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(answer, Exception):
            raise answer
        return answer


class Watched:
    """A feed of a server, and everything that it delivered."""

    def __init__(self, server: Server, every: float = 3600.0) -> None:
        self.data: list[Any] = []
        self.health: list[Health] = []
        self.missed = 0
        self.feed: Feed[Any] = Feed(
            server.read,
            every=lambda: every,
            on_data=self.data.append,
            on_health=self.health.append,
            on_missed_event=self.event_missed,
            jitter=lambda: 0.0,
        )

    def event_missed(self) -> None:
        self.missed += 1


@asynccontextmanager
async def running(server: Server, every: float = 3600.0) -> AsyncIterator[Watched]:
    watched = Watched(server, every)
    task = asyncio.create_task(watched.feed.run())
    watched.feed.wake()
    await until(lambda: watched.health)
    yield watched
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_the_same_answer_is_delivered_once() -> None:
    server = Server()
    async with running(server) as watched:
        watched.feed.poke()
        await until(lambda: server.reads == 2 and len(watched.health) == 2)
        assert watched.data == [[1]]


async def test_a_complete_event_is_merged_without_a_read() -> None:
    server = Server()
    async with running(server) as watched:
        watched.feed.merge(lambda known: [*known, 2])
        await until(lambda: len(watched.data) == 2)
        assert watched.feed.data == [1, 2]
        assert server.reads == 1


async def test_an_incomplete_event_causes_a_read() -> None:
    server = Server()
    async with running(server) as watched:
        server.answer = [1, 3]
        watched.feed.merge(lambda _: None)
        await until(lambda: watched.data == [[1], [1, 3]])
        assert watched.missed == 0


async def test_an_event_during_a_read_is_merged_and_the_read_is_repeated() -> None:
    server = Server()
    async with running(server) as watched:
        server.gate = asyncio.Event()
        watched.feed.poke()
        await until(lambda: server.reads == 2)
        server.answer = [1, 2]
        watched.feed.merge(lambda known: [*known, 2])
        server.gate.set()
        await until(lambda: server.reads == 3 and watched.data[-1] == [1, 2])


async def test_many_events_are_painted_together_including_the_last() -> None:
    server = Server()
    async with running(server) as watched:
        shown = watched.data

        def slow(data: Any) -> None:
            shown.append(data)
            watched.feed._paint_gap = 0.0

        watched.feed._on_data = slow
        watched.feed._paint_gap, watched.feed._painted_at = 0.05, asyncio.get_running_loop().time()
        for n in range(200):
            watched.feed.merge(lambda known, n=n: [*known, n])  # type: ignore[misc]
        await until(lambda: len(shown[-1]) == 201)
        assert len(shown) < 10


async def test_a_burst_of_events_causes_one_read_after_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    async with running(server) as watched:
        # The feed's own clock advances only here, so a slow machine lets no gap pass during the burst.
        moment = watched.feed._done_at
        monkeypatch.setattr(watched.feed, "_clock", lambda: moment)
        monkeypatch.setattr(watched.feed, "_gap", 3600.0)
        for _ in range(50):
            watched.feed.merge(lambda _: None)
            await turns(2)
        assert server.reads == 1
        # Ends the wait in progress, which the loop's clock measures.
        watched.feed.poke()
        await until(lambda: server.reads == 2)
        await turns(20)
        assert server.reads == 2


async def test_a_change_found_only_by_the_timer_is_a_missed_event() -> None:
    server = Server()
    async with running(server, every=0.01) as watched:
        await until(lambda: server.reads > 3)
        assert watched.missed == 0
        server.answer = [9]
        await until(lambda: watched.missed == 1)


async def test_there_is_one_read_at_a_time_and_none_while_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpi_tui.live.feed._LEAST_GAP", 0.0)
    server = Server()
    async with running(server, every=0.001) as watched:
        server.gate = asyncio.Event()
        reads = server.reads
        await until(lambda: server.reads > reads)
        waits = server.reads
        for _ in range(5):
            watched.feed.poke()
            await turns()
        assert server.reads == waits
        watched.feed.sleep()
        server.gate.set()
        await until(lambda: not watched.feed._reading)
        after = server.reads
        watched.feed.poke()
        await turns()
        assert server.reads == after <= waits + 1


async def test_failures_back_off_and_the_data_stay() -> None:
    server = Server()
    async with running(server) as watched:
        server.answer = OSError("gone")
        watched.feed.poke()
        await until(lambda: watched.feed.health.mood == "offline")
        first = watched.feed.health
        assert first.next_try is not None
        assert first.failing_since is not None
        assert watched.feed.data == [1]
        watched.feed.poke()
        await until(lambda: watched.feed.health is not first)
        second = watched.feed.health
        assert second.failing_since == first.failing_since
        assert second.next_try is not None
        assert second.next_try - first.next_try > 0.3, "the second wait is longer"
        server.answer = [5]
        watched.feed.poke()
        await until(lambda: watched.data[-1] == [5])
        assert watched.feed.health.mood == "fresh"
