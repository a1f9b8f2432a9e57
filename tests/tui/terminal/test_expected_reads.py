"""What a screen is expected to read is sent while the client is loaded: once, and only to the account's server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_client import AsyncQPIClient
from qpi_client.early import EarlyRequests
from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.domain.roles import Role
from qpi_tui.session.connection import SignIn, connect
from qpi_tui.session.first_reads import remember_reads
from qpi_tui.session.preload import early_requests
from qpi_tui.settings.config import Settings
from tests.cli.tls import Authority, Front
from tests.tui.terminal.console import open_console
from tests.waiting import until

LIST = "/api/collections/qpus/records?perPage=1000&page=1&skipTotal=1&sort=%40rowid"
SLOTS = "/api/collections/time_slots/records?perPage=1000&page=1&skipTotal=1&sort=%40rowid"
SIGN_IN, READ = "POST users/auth-with-password", "GET qpus/records"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(seed=1, jobs=300, worker=False, faults=[]) as running:
        yield running


@pytest.fixture
def lab(running: Sandbox) -> Iterator[Sandbox]:
    assert running.faults is not None
    running.faults.log.clear()
    yield running
    running.faults.clear()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpi_tui.session.first_reads.cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def without_httpcore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever needs a connection of the client fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection of httpcore was needed")

    monkeypatch.setattr("qpi_client.aio.AsyncQPIClient._connect", refuse)


def asked(lab: Sandbox) -> list[str]:
    """Return the requests of the test, in their order."""
    assert lab.faults is not None
    return [f"{passed.method} {passed.path.rpartition('collections/')[2]}" for passed in lab.faults.log]


def account(lab: Sandbox) -> SignIn:
    return SignIn(lab.url, Role.USER, lab.users[0].identity, lab.users[0].password)


def expecting(lab: Sandbox, *reads: str) -> EarlyRequests:
    who = lab.users[0]
    early = EarlyRequests(lab.url, "users", identity=who.identity, password=who.password, expected=reads)
    early.send()
    return early


@pytest.mark.usefixtures("without_httpcore")
async def test_the_first_expected_read_follows_the_sign_in_and_the_others_the_first_frame_each_once(
    lab: Sandbox,
) -> None:
    early = expecting(lab, SLOTS, LIST)
    await until(lambda: SLOTS in early._foreseen, "the first expected read")
    assert early._foreseen[SLOTS].result(20) is not None
    assert asked(lab) == [SIGN_IN, "GET time_slots/records"]
    early.start()
    await until(lambda: len(asked(lab)) == 3, "the other expected read")
    connection = await connect(account(lab), early=early)
    assert await connection.client.list_all_qpus()
    assert asked(lab)[2:] == [READ]
    assert early.reads == [LIST]
    # The second time it is read again.
    assert await connection.client.list_all_qpus()
    assert asked(lab)[3:] == [READ]
    await connection.close()


async def test_a_slow_first_read_does_not_hold_up_the_others(lab: Sandbox) -> None:
    lab.faults.add(Fault("stalled", times=1, route="/api/collections/time_slots/records"))
    early = expecting(lab, SLOTS, LIST)
    early.start()
    await until(lambda: READ in asked(lab), "the other expected read")
    early.stop()


@pytest.mark.usefixtures("without_httpcore")
async def test_the_slowest_read_is_named_first(lab: Sandbox) -> None:
    lab.faults.add(Fault("latency", 0.2, route="/api/collections/time_slots/records"))
    connection = await connect(account(lab), early=(early := expecting(lab)))
    early.start()
    await connection.client.list_all_qpus()
    await connection.client.list_time_slots()
    assert [read.split("/")[3] for read in early.reads] == ["time_slots", "qpus"]
    await connection.close()


async def test_expected_reads_are_not_sent_without_a_session(lab: Sandbox) -> None:
    early = EarlyRequests(lab.url, "users", identity=lab.users[0].identity, password="not-it", expected=[LIST])
    early.send()
    early.start()
    early._signed_in.result(20)
    early.stop()
    assert asked(lab) == [SIGN_IN]


async def test_the_session_is_not_shown_and_unread_answers_are_dropped(lab: Sandbox) -> None:
    early = expecting(lab, LIST)
    early.start()
    await until(lambda: LIST in early._foreseen and early._foreseen[LIST].done(), "the answer")
    assert early._signed_by.reveal().startswith("ey")
    assert early._signed_by.reveal() not in f"{vars(early)}"
    early.stop()
    assert not early._foreseen


async def test_an_answer_for_another_session_is_not_used(lab: Sandbox) -> None:
    early = expecting(lab, LIST)
    early.start()
    await until(lambda: len(asked(lab)) == 2, "the expected read")
    async with AsyncQPIClient(lab.url) as client:
        await client.auth_with_password(lab.users[1].identity, lab.users[1].password)
        early.answer_for(client)
        assert await client.list_all_qpus()
    assert asked(lab).count(READ) == 2


async def test_an_old_answer_is_not_used(lab: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpi_client.early.FRESH", 0.0)
    early = expecting(lab, LIST)
    early._signed_in.result(20)
    early.start()
    early._until = float("inf")
    await until(lambda: early._foreseen and early._foreseen[LIST].done(), "the answer")
    async with AsyncQPIClient(lab.url) as client:
        await client.auth_with_password(lab.users[0].identity, lab.users[0].password)
        early.answer_for(client)
        assert await client.list_all_qpus()
    assert asked(lab).count(READ) == 2


async def test_a_measured_request_is_never_answered_early(lab: Sandbox) -> None:
    assert lab.faults is not None
    page = "/api/collections/quantum_jobs/records?perPage=200&sort=-%40rowid&skipTotal=1&fields=id%2Cstatus%2Ccreated"
    early = expecting(lab, page)
    early.start()
    await until(lambda: page in early._foreseen and early._foreseen[page].done(), "the answer")
    connection = await connect(account(lab), early=early)
    lab.faults.add(Fault("latency", 0.2, times=1, route="/api/collections/quantum_jobs/records"))
    assert await connection.client.measure_job_page("arrival") >= 0.2
    assert early.reads == []
    await connection.close()


@pytest.mark.parametrize("fault", ["reset", "truncated"])
async def test_an_expected_read_that_fails_is_left_to_the_client(lab: Sandbox, fault: str) -> None:
    assert lab.faults is not None
    lab.faults.add(Fault(fault, times=1, route="/api/collections/qpus/records"))
    early = expecting(lab, LIST)
    early.start()
    connection = await connect(account(lab), early=early)
    assert await connection.client.list_all_qpus()
    await connection.close()


@pytest.mark.usefixtures("without_httpcore")
async def test_over_tls_everything_is_sent_after_the_first_frame(lab: Sandbox, tmp_path: Path) -> None:
    authority, file = Authority(tmp_path), tmp_path / "ca.pem"
    file.write_bytes(authority.pem)
    front = Front(lab.url, authority)
    sign_in = SignIn(front.url, Role.USER, lab.users[0].identity, lab.users[0].password)
    of = Settings(sign_in, transport={"ca_file": str(file)})
    remember_reads(sign_in, "", [LIST])
    remember_reads(sign_in, "", [LIST])
    early = early_requests(of)
    assert early is not None
    early.send()
    assert front.got == []
    early.start()
    connection = await connect(of.sign_in, early=early, ca_file=str(file))
    assert await connection.client.list_all_qpus()
    assert asked(lab) == [SIGN_IN, READ]
    await connection.close()
    front.close()


async def test_an_untrusted_server_receives_nothing_early(lab: Sandbox, tmp_path: Path) -> None:
    front = Front(lab.url, Authority(tmp_path))
    early = EarlyRequests(front.url, "users", identity="alice", password="her-password", expected=[LIST])
    early.send()
    early.start()
    assert early._signed_in.result(20) is None
    early.stop()
    assert front.got == []
    front.close()


def test_the_third_start_of_a_screen_expects_what_the_first_two_read(lab: Sandbox, tmp_path: Path) -> None:
    """It sends the same requests as the first, each once."""
    assert lab.faults is not None
    sent = []
    for _ in range(3):
        lab.faults.log.clear()
        with open_console(lab.url, lab.users[0], tmp_path, "--screen", "jobs", role="user") as terminal:
            terminal.wait_for("✓")
            terminal.wait_for("live")
            terminal.settle(0.5)
        sent.append(sorted(line for line in asked(lab) if "GET" in line and "realtime" not in line))
    [[before, last]] = json.loads((tmp_path / "cache" / "qpi-tui" / "first-reads.json").read_text()).values()
    # What a start reads behind its first rows may come before or after it stores them.
    both = [read for read in last[2] if read in before[2]]
    for records in ("quantum_jobs", "qpus", "drivers"):
        assert any(f"/{records}/" in read for read in both)
    assert sent[2] == sent[0]
