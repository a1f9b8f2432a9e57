"""The stream of change events: at the console on a real server, and with faulty streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from qpi_client import ChangeEvent, ReadAgain
from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.live.event_stream import EventStream, topic
from qpi_tui.session.connection import Connection
from tests.conftest import sign_in
from tests.tui.helpers import at_console
from tests.waiting import turns, until

STREAM = "GET /api/realtime"


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    """Return a seeded orchestrator behind a proxy that counts and breaks requests."""
    with Sandbox(seed=1, worker=False, faults=[]) as running:
        yield running


@pytest.fixture
def lab_http(lab: Sandbox) -> Iterator[httpx.Client]:
    """Return an administrator's connection, bypassing the proxy."""
    token = sign_in(lab.direct_url, lab.admin, "_superusers")
    with httpx.Client(base_url=lab.direct_url, headers={"Authorization": token}, timeout=20) as client:
        yield client


@pytest.fixture(autouse=True)
def _no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "lab" in request.fixturenames:
        request.getfixturevalue("lab").faults.clear()


def requests_of(lab: Sandbox) -> list[str]:
    assert lab.faults is not None
    return [f"{passed.method} {passed.path}" for passed in lab.faults.log]


async def allocate(http: httpx.Client, id: str, seconds: float) -> None:
    answer = await asyncio.to_thread(http.patch, f"/api/collections/users/records/{id}", json={"qpu_seconds": seconds})
    answer.raise_for_status()


async def test_a_change_is_shown_without_a_request(lab: Sandbox, lab_http: httpx.Client) -> None:
    who = lab.users[3]
    async with at_console(lab.url, "admin", lab.admin, screen="users") as person:
        await person.at_rest()
        before = len(requests_of(lab))
        await allocate(lab_http, who.id, 4 * 3600 + 60 * 17)
        await person.sees("4 h 17 min")
        assert requests_of(lab)[before:] == []


async def test_the_overview_of_a_busy_lab_is_updated_by_events_without_requests(
    lab: Sandbox, lab_http: httpx.Client
) -> None:
    jobs = lab_http.get(
        "/api/collections/quantum_jobs/records", params={"filter": "status='completed'", "sort": "-created"}
    ).json()["items"]
    qpu = lab_http.get("/api/collections/qpus/records").json()["items"][0]
    async with at_console(lab.url, "admin", lab.admin, screen="overview") as person:
        await person.at_rest()
        running = sum(job.status == "running" for job in person.app.screen.feed.data.active)
        before = len(requests_of(lab))
        for job in jobs[:3]:
            answer = lab_http.patch(f"/api/collections/quantum_jobs/records/{job['id']}", json={"status": "running"})
            answer.raise_for_status()
        await person.sees(f"{running + 3} running")
        lab_http.patch(f"/api/collections/qpus/records/{qpu['id']}", json={"status": "maintenance"}).raise_for_status()
        await person.sees(f"{qpu['name']} is in maintenance")
        reading = {
            "type": "CryostatReading", "ts": f"{clock.now():%Y-%m-%dT%H:%M:%S.000Z}", "source": "fridge-9",
            "payload": {"readings": {"still": {"value": None, "unit": "K", "status": "OPEN"}}},
        }  # fmt: skip
        lab_http.post("/api/collections/events/records", json=reading).raise_for_status()
        await person.sees("still says OPEN")
        assert requests_of(lab)[before:] == []


async def test_readings_are_shown_as_their_events_arrive(lab: Sandbox, lab_http: httpx.Client) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="telemetry") as person:
        await person.at_rest()
        for value in (7.25, 8.5):
            reading = {
                "type": "CryostatReading", "ts": f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}", "source": "fridge-7",
                "payload": {"readings": {"mixing": {"value": value, "unit": "mK", "status": "OK"}}},
            }  # fmt: skip
            before = len(requests_of(lab))
            lab_http.post("/api/collections/events/records", json=reading).raise_for_status()
            await person.sees("fridge-7", f"{value:g}")
        assert requests_of(lab)[before:] == []
        assert person.app.screen.at_most == float("inf")


async def test_without_a_stream_the_timer_reads_and_the_header_says_so(lab: Sandbox, lab_http: httpx.Client) -> None:
    assert lab.faults is not None
    lab.faults.add(Fault("502", route=STREAM))
    async with at_console(lab.url, "admin", lab.admin, screen="users") as person:
        await person.sees("◐ polling")
        await allocate(lab_http, lab.users[4].id, 5 * 3600 + 60 * 18)
        await person.sees("5 h 18 min")
        assert "● live" not in person.screen


async def test_a_silent_stream_that_misses_changes_is_reconnected(
    lab: Sandbox, lab_http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_tui.screens.live_screens.SAFETY_NET", 0.5)
    monkeypatch.setattr("qpi_tui.live.event_stream._LATE", 0.2)
    assert lab.faults is not None
    # The greeting arrives, then nothing more.
    lab.faults.add(Fault("stalled", 400, route=STREAM, times=1))
    async with at_console(lab.url, "admin", lab.admin, screen="users") as person:
        await person.at_rest()
        begun = requests_of(lab).count(STREAM)
        await allocate(lab_http, lab.users[5].id, 6 * 3600 + 60 * 19)
        await person.sees("6 h 19 min")
        await person.until(lambda: requests_of(lab).count(STREAM) > begun)
        monkeypatch.setattr("qpi_tui.screens.live_screens.SAFETY_NET", 3600.0)
        await person.until(lambda: person.app.changes._open)
        heard = person.app.changes._heard
        await person.app.screen.feed._read()
        await allocate(lab_http, lab.users[5].id, 7 * 3600 + 60 * 21)
        await person.sees("7 h 21 min")
        await person.until(lambda: person.app.changes._heard > heard)


async def test_after_an_outage_everything_is_read_again(lab: Sandbox, lab_http: httpx.Client) -> None:
    assert lab.faults is not None
    async with at_console(lab.url, "admin", lab.admin, screen="users") as person:
        await person.at_rest()
        lab.faults.go_away(2.5)
        await allocate(lab_http, lab.users[6].id, 8 * 3600 + 60 * 23)
        await person.sees("▲ offline")
        await person.sees("8 h 23 min", "● live")


async def test_another_screen_is_subscribed_too_and_the_previous_one_stays_subscribed(lab: Sandbox) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="users") as person:
        await person.at_rest()
        await person.act("go.requests")
        await person.at_rest()
        opened = requests_of(lab).count(STREAM)
        await person.act("go.users", "go.requests", "go.users")
        await person.at_rest()
        assert requests_of(lab).count(STREAM) == opened


# -- faulty streams -------------------------------------------------------------------------------------------------


class Stream:
    """A client whose streams are fed by the test. `opened` lists the topics of each."""

    def __init__(self) -> None:
        self.opened: list[list[str]] = []
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    async def changes(self, topics: Sequence[str], *, own_stream: bool = False) -> AsyncIterator[Any]:
        self.opened.append(list(topics))
        while True:
            item = await self.queue.get()
            if isinstance(item, Exception):
                raise item
            yield item


class Followed:
    def __init__(self) -> None:
        self.stream = Stream()
        self.told: list[Any] = []
        self.changes = EventStream(self.told.append, jitter=lambda: 0.0)
        self.connection = Connection(self.stream, Role.ADMIN, "someone")  # type: ignore[arg-type]

    def events(self) -> list[ChangeEvent]:
        return [event for batch in self.told if batch is not None for event in batch]


@asynccontextmanager
async def followed(*collections: str) -> AsyncIterator[Followed]:
    it = Followed()
    task = asyncio.create_task(it.changes.run())
    it.changes.want(collections)
    it.changes.use(it.connection)
    await until(lambda: it.stream.opened)
    it.stream.queue.put_nowait(ReadAgain())
    await until(lambda: it.changes.live)
    yield it
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def event(id: str) -> ChangeEvent:
    return ChangeEvent(topic("users"), "update", {"id": id})


async def test_events_that_arrive_together_are_delivered_together() -> None:
    async with followed("users") as it:
        for n in range(20):
            it.stream.queue.put_nowait(event(str(n)))
        await until(lambda: len(it.events()) == 20)
        assert len([batch for batch in it.told if batch]) < 5


async def test_everything_is_read_after_a_gap() -> None:
    async with followed("users") as it:
        before = it.told.count(None)
        it.stream.queue.put_nowait(ReadAgain())
        await until(lambda: it.told.count(None) == before + 1)


async def test_a_lost_stream_is_reported_unless_it_reconnects_at_once() -> None:
    async with followed("users") as it:
        it.connection.saw("GET", "http://lab.example/api/realtime")
        await until(lambda: not it.changes.live)
        it.stream.queue.put_nowait(ReadAgain())
        await until(lambda: it.changes.live)


async def test_an_existing_subscription_opens_no_stream() -> None:
    async with followed("users", "qpus") as it:
        it.changes.want({"users"})
        it.changes.want({"qpus"})
        it.stream.queue.put_nowait(event("a"))
        await until(it.events)
        assert len(it.stream.opened) == 1
        it.changes.want({"notifications"})
        await until(lambda: len(it.stream.opened) == 2)
        assert it.stream.opened[1] == ["notifications/*", "qpus/*", "users/*"]
        assert it.changes.live, "no flicker while it is opened"


async def test_an_own_change_without_an_event_reconnects_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpi_tui.live.event_stream._LATE", 0.05)
    async with followed("users") as it:
        it.changes.expect("users")
        it.stream.queue.put_nowait(event("a"))
        await until(it.events)
        due = it.changes._later["expect"].when()
        await until(lambda: asyncio.get_running_loop().time() > due)
        await turns()
        assert len(it.stream.opened) == 1
        it.changes.expect("users")
        await until(lambda: len(it.stream.opened) == 2)
        it.stream.queue.put_nowait(ReadAgain())
        await until(lambda: it.changes._open)
        # Silent again: it is no longer trusted, and the timers read.
        it.changes.expect("users")
        await until(lambda: not it.changes.live)
        assert len(it.stream.opened) == 2


async def test_a_silent_stream_is_replaced_before_the_server_closes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("qpi_tui.live.event_stream._RENEW", 0.15)
    async with followed("users") as it:
        told = len(it.told)
        await until(lambda: len(it.stream.opened) == 2)
        it.connection.saw("GET", "http://lab.example/api/realtime")
        it.stream.queue.put_nowait(event("from the old one"))
        await until(it.events)
        it.stream.queue.put_nowait(ReadAgain())
        it.stream.queue.put_nowait(ReadAgain())
        # The first of these may still reach the old stream: a gap there is a gap.
        await until(lambda: it.stream.queue.empty())
        assert it.changes.live
        it.stream.queue.put_nowait(event("from the new one"))
        await until(lambda: len(it.events()) == 2)
        assert it.told.count(None) <= told + 1


async def test_a_silent_stream_is_kept_if_no_other_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpi_tui.live.event_stream._RENEW", 0.1)
    async with followed("users") as it:
        real = it.stream.changes
        tried: list[int] = []

        async def refused(topics: Sequence[str], *, own_stream: bool = False) -> AsyncIterator[Any]:
            tried.append(1)
            raise RuntimeError("no more streams")
            yield

        it.stream.changes = refused  # type: ignore[method-assign]
        await until(lambda: len(tried) >= 2)
        it.stream.changes = real  # type: ignore[method-assign]
        it.stream.queue.put_nowait(event("still here"))
        await until(it.events)
        assert it.changes.live
        assert None not in it.told[it.told.index(it.told[-1]) :]


async def test_replacing_a_stream_on_a_server_causes_no_other_request(
    lab: Sandbox, lab_http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_console(lab.url, "admin", lab.admin, screen="users") as person:
        await person.at_rest()
        before = len(requests_of(lab))
        monkeypatch.setattr("qpi_tui.live.event_stream._RENEW", 0.3)
        person.app.changes._restart.set()
        await person.until(lambda: requests_of(lab)[before:].count(STREAM) >= 3)
        await allocate(lab_http, lab.users[6].id, 8 * 3600 + 60 * 23)
        await person.sees("8 h 23 min")
        asked = requests_of(lab)[before:]
        # A restart reads everything again; a replacement opens a stream and subscribes.
        begun = max(at for at, each in enumerate(asked) if each == STREAM)
        assert {each for each in asked[begun:] if "/records" not in each} <= {STREAM, "POST /api/realtime"}
        monkeypatch.setattr("qpi_tui.live.event_stream._RENEW", 300.0)


async def test_after_an_error_of_the_stream_the_timers_take_over() -> None:
    async with followed("users") as it:
        it.stream.queue.put_nowait(RuntimeError("broken"))
        await until(lambda: not it.changes.live)
        assert it.told[-1] is None
