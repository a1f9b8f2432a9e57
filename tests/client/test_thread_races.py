"""Threads share a client: what one takes, another does not count on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qpi_client import AsyncQPIClient, Limits, QPIClient, Timeouts
from qpi_client.context import Context
from qpi_client.early import EarlyRequests
from tests.client.faults import Connection, FaultServer, Got, answer


class Contended(list[Any]):
    """A list whose items another thread takes between the first look after an addition and the next step."""

    def __init__(self, items: Any = ()) -> None:
        super().__init__(items)
        self.taken: list[Any] = []
        self._added = bool(items)

    def append(self, item: Any) -> None:
        super().append(item)
        self._added = True

    def __len__(self) -> int:
        length = super().__len__()
        if self._added:
            self._added = False
            self.taken += self
            self.clear()
        return length


def test_a_call_succeeds_while_other_threads_take_the_idle_connections(faults: FaultServer) -> None:
    together = threading.Barrier(2)

    def both(connection: Connection, got: Got) -> None:
        together.wait(60)
        answer(200, [])(connection, got)

    faults.on("GET /api/qpus", both, both, answer(200, [{"id": "q"}]))
    with QPIClient(faults.url, limits=Limits(connections=2), timeout=Timeouts(pool=5)) as client:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda _: client.list_qpus(), range(2)))
        pool = client._channel.connections()
        idle = list(pool._idle)
        assert len(idle) == 2
        for _ in range(3):
            pool._idle = Contended()
            pool._idle.extend(idle)
            assert client.list_qpus() == [{"id": "q"}]
            idle = [*pool._idle, *pool._idle.taken]
        assert pool._gate._free == 2
        assert len(faults.requests("GET /api/qpus")) == 5


def test_an_answer_is_returned_while_another_thread_finds_the_same_list_empty() -> None:
    ctx = Context("http://lab.example.org")
    asked, done = threading.Event(), threading.Event()

    class Guard:
        """The context's lock, which tells when a second thread asks for it."""

        def __init__(self) -> None:
            self.lock = threading.Lock()

        def __enter__(self) -> None:
            if not self.lock.acquire(blocking=False):
                asked.set()
                self.lock.acquire()

        def __exit__(self, *_: object) -> None:
            self.lock.release()

    def empty() -> None:
        ctx.unexpectedly_empty("first", empty=True)
        done.set()
        asked.set()

    class Held(dict[str, None]):
        def __iter__(self) -> Iterator[str]:
            names = super().__iter__()
            other.start()
            assert asked.wait(60)
            return names

    ctx._guard = Guard()  # type: ignore[assignment]  # a lock, as far as it is used
    ctx._held = Held(dict.fromkeys(["first", *(f"list {chr(97 + number)}" for number in range(200))]))
    other = threading.Thread(target=empty)
    assert ctx.unexpectedly_empty("another", empty=False) is False
    assert done.wait(60)
    assert "another" in ctx._held


async def test_early_requests_work_while_other_threads_take_their_connections(faults: FaultServer) -> None:
    faults.on("GET /api/qpus", answer(200, [{"id": "q"}]))
    faults.on("GET /api/health", answer(200, {}))
    early = EarlyRequests(faults.url, api_token="qpi_token")
    early._idle = Contended()
    early.start()
    async with AsyncQPIClient(faults.url, "qpi_token") as client:
        early.answer_for(client)
        await client.health()
        assert await client.list_qpus() == [{"id": "q"}]
        assert client._channel._calls is None, "no request of the client's own"
    early.stop()
