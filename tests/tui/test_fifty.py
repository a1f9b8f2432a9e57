"""Fifty consoles of one server, opened together and reconnected after an outage: jobs are still dispatched in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_client import TransportError
from qpi_sandbox import Credentials, Sandbox
from qpi_tui.domain.roles import Role
from qpi_tui.live.event_stream import EventStream
from qpi_tui.live.feed import Feed
from qpi_tui.live.header_counts import read_badges
from qpi_tui.live.job_holds import JobHolds
from qpi_tui.live.job_reader import JobReader
from qpi_tui.session.connection import Connection, connect
from qpi_tui.settings.accounts import SignIn
from tests.conftest import connect_driver, sign_in
from tests.waiting import until

CONSOLES = 50
# Seconds in which they are opened, and within which a job must be dispatched.
TOGETHER, DISPATCHED = 10.0, 2.0
OUTAGE = 1.0
# Seconds of the server's CPU that a console may use until it is open, half of which is password hashing, and after an
# outage. Fifty per minute, or within the seconds in which they reconnect, leave it most of one core.
OPENING, AGAIN = 0.2, 0.1
# If other processes slow its work down by more than this factor, times mean little, and only requests are checked.
BUSY = 1.5
DEADLINE = 120.0


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a lab with a history, behind a proxy that can be closed. Its dispatchers poll once a second."""
    with Sandbox(seed=1, jobs=5_000, faults=[], telemetry_interval=30) as running:
        yield running


@pytest.fixture(scope="module")
def boss(lab: Sandbox) -> Iterator[httpx.Client]:
    """Return the administrator's connection, bypassing the proxy."""
    token = sign_in(lab.direct_url, lab.admin, "_superusers")
    with httpx.Client(base_url=lab.direct_url, headers={"Authorization": token}, timeout=20) as client:
        yield client


@pytest.fixture(scope="module")
def qpu(lab: Sandbox, boss: httpx.Client) -> str:
    """Create a QPU whose driver runs jobs at once."""
    body = {"name": "quick", "num_qubits": 5, "enabled": True}
    id: str = boss.post("/api/op/qpus/create", json=body).raise_for_status().json()["id"]
    connect_driver(boss, id, "mock")
    return id


class Load:
    """CPU time used by a server process, and time spent waiting for a CPU, since creation."""

    def __init__(self, lab: Sandbox) -> None:
        folder = f"{lab.data}/"
        words = {each: each.read_bytes() for each in Path("/proc").glob("[0-9]*/cmdline") if readable(each)}
        self._process = next(each.parent for each, said in words.items() if is_server(said, folder))
        self._begun, self._began = self._times(), time.monotonic()

    @property
    def age(self) -> float:
        """Return the seconds since creation."""
        return time.monotonic() - self._began

    def _times(self) -> tuple[float, float]:
        found = [each.read_text().split() for each in self._process.glob("task/*/schedstat") if readable(each)]
        return sum(float(run) for run, _, _ in found) / 1e9, sum(float(wait) for _, wait, _ in found) / 1e9

    @property
    def seconds(self) -> float:
        """Return the CPU seconds."""
        return self._times()[0] - self._begun[0]

    @property
    def stretch(self) -> float:
        """Return the factor by which the server's work was slowed down because other processes had the CPU."""
        run, wait = (now - then for now, then in zip(self._times(), self._begun, strict=True))
        return (run + wait) / run if run > 0 else 1.0


def readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def is_server(cmdline: bytes, folder: str) -> bool:
    words = cmdline.decode(errors="replace").split("\0")
    return len(words) > 1 and words[1] == "serve" and any(word.startswith(f"--dir={folder}") for word in words)


class Headless:
    """What a console keeps fresh on its list of jobs, without a screen: its stream, its list, its header."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.reads = 0
        self.reader: JobReader | None = None
        self.changes = EventStream(self._changed)
        self.feeds: list[Feed[Any]] = [self._feed(self._jobs), self._feed(self._badges)]

    def _feed(self, read: Callable[[], Any]) -> Feed[Any]:
        return Feed(read, every=lambda: 300.0, on_data=lambda _: None, on_health=lambda _: None)

    async def _jobs(self) -> Any:
        reader = self.reader
        if reader is None:
            reader = JobReader(self.connection, self.changes.begun)
            await reader.first()
            self.reader = reader
            await reader.settle()
            await JobHolds().read(self.connection)
        else:
            await reader.refresh(self.changes.begun)
        self.reads += 1
        return reader.window.version

    async def _badges(self) -> Any:
        return await read_badges(self.connection)

    def _changed(self, events: Sequence[Any] | None) -> None:
        if events is None:
            for feed in self.feeds:
                feed.poke()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.changes.use(self.connection)
        self.changes.want(["quantum_jobs", "qpus", "qpu_time_requests"])
        tasks = [asyncio.create_task(each.run()) for each in (self.changes, *self.feeds)]
        for feed in self.feeds:
            feed.wake()
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def open_one(stack: AsyncExitStack, url: str, who: Credentials, late: float) -> Headless:
    await asyncio.sleep(late)
    end = time.monotonic() + DEADLINE
    while True:
        try:
            connection = await connect(SignIn(url, Role.ADMIN, who.identity, who.password))
            break
        except TransportError:
            # Fifty password hashes at once, on a machine with other work.
            assert time.monotonic() < end
    console = Headless(connection)
    stack.push_async_callback(console.connection.close)
    await stack.enter_async_context(console.running())
    return console


async def dispatch_times(url: str, who: Credentials, qpu: str, seconds: float) -> list[float]:
    """Return the seconds from submission to completion, one job after another, by the server's clock."""
    taken: list[float] = []
    circuit = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[1] q;\nbit[1] c;\nh q[0];\nc = measure q;\n'
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        password = {"identity": who.identity, "password": who.password}
        session = await client.post("/api/collections/users/auth-with-password", json=password)
        client.headers["Authorization"] = session.raise_for_status().json()["token"]
        over = time.monotonic() + seconds
        while not taken or time.monotonic() < over:
            body = {"circuits": [{"circuit": circuit}], "shots": 10, "qpu_target": qpu}
            job = (await client.post("/api/jobs", json=body)).raise_for_status().json()

            async def finished(id: str = job["id"]) -> dict[str, Any] | None:
                known: dict[str, Any] = (await client.get(f"/api/jobs/{id}")).json()
                return known if known.get("finished_at") else None

            known = await until(finished, "the job", DEADLINE)
            begin, end = (datetime.fromisoformat(known[field]) for field in ("created", "finished_at"))
            taken.append((end - begin).total_seconds())
    return taken


@pytest.mark.timeout(300)
async def test_fifty_consoles_leave_the_dispatcher_its_time(lab: Sandbox, boss: httpx.Client, qpu: str) -> None:
    assert lab.faults is not None
    owner, direct = lab.users[0], lab.direct_url
    await until(lambda: boss.get(f"/api/collections/qpus/records/{qpu}").json()["status"] == "online", "the driver")
    # The first job waits until Qiskit is loaded.
    await dispatch_times(direct, owner, qpu, 0.0)
    load = Load(lab)
    quiet = max(await dispatch_times(direct, owner, qpu, 3.0))
    # The server's CPU use per second without consoles.
    usual = load.seconds / load.age
    load = Load(lab)
    async with AsyncExitStack() as stack:
        opening = asyncio.create_task(dispatch_times(direct, owner, qpu, TOGETHER + 1))
        lates = [TOGETHER * n / CONSOLES for n in range(CONSOLES)]
        consoles = await asyncio.gather(*(open_one(stack, lab.url, lab.admin, late) for late in lates))
        await until(lambda: all(each.changes.live and each.reads for each in consoles), "all consoles to be live")
        opened, spent = max(await opening), load.seconds - usual * load.age
        assert opened < quiet + DISPATCHED or load.stretch > BUSY
        assert spent < OPENING * CONSOLES or load.stretch > BUSY
        lists = [passed for passed in lab.faults.log if passed.method == "GET" and "records" in passed.path]
        assert len(lists) <= 13 * CONSOLES

        known = [(each, each.reads, each.changes.begun) for each in consoles]
        outage = asyncio.create_task(dispatch_times(direct, owner, qpu, OUTAGE + 4))
        lab.faults.log.clear()
        load = Load(lab)
        await asyncio.to_thread(lab.faults.go_away, OUTAGE)
        await until(lambda: all(each.changes.begun > begun for each, _, begun in known), "all streams to be back")
        await until(lambda: all(each.reads > reads for each, reads, _ in known), "all lists to be read again")
        back, spent = max(await outage), load.seconds - usual * load.age
        assert back < quiet + DISPATCHED or load.stretch > BUSY
        assert spent < AGAIN * CONSOLES or load.stretch > BUSY
        # Requests after an outage: what changed until it was noticed, and with the new stream the newest page, the
        # number of jobs, which of them are active or failed, and the number of pending requests.
        lists = [passed for passed in lab.faults.log if passed.method == "GET" and "records" in passed.path]
        assert len(lists) <= 10 * CONSOLES
