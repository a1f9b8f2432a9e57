"""Requests sent before the client is loaded are sent once, exactly as the client sends them, and to no other host."""

from __future__ import annotations

import asyncio
import http.server
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qpi_client import AsyncQPIClient, BadRequest, ConnectFailed, QPIClient, QPIError
from qpi_client.early import EarlyRequests
from qpi_sandbox import Credentials, Sandbox
from qpi_sandbox.faults import Fault
from qpi_tui.domain.roles import Role
from qpi_tui.live.job_reader import JobReader
from qpi_tui.live.reads import read_rows
from qpi_tui.resources import registry
from qpi_tui.session.connection import SignIn, connect
from qpi_tui.session.preload import early_requests
from qpi_tui.settings.config import Settings
from tests.conftest import sign_in
from tests.tui.terminal.console import open_console
from tests.waiting import until


@pytest.fixture(scope="module")
def lab() -> Iterator[Sandbox]:
    with Sandbox(seed=1, jobs=300, worker=False, faults=[]) as running:
        yield running


@pytest.fixture
def asked(lab: Sandbox) -> Iterator[list[str]]:
    """Record every request of the test in order."""
    assert lab.faults is not None
    lab.faults.clear()
    lab.faults.log.clear()

    class Asked(list[str]):
        def __iter__(self) -> Iterator[str]:
            return iter([f"{passed.method} {passed.path.rpartition('collections/')[2]}" for passed in log])

    log = lab.faults.log
    yield Asked()
    lab.faults.clear()


def settings(lab: Sandbox, who: Credentials, role: Role, screen: str = "", password: str = "") -> Settings:
    return Settings(SignIn(lab.url, role, who.identity, password or who.password), screen=screen)


def begun(of: Settings) -> EarlyRequests:
    early = early_requests(of)
    assert early is not None
    early.send()
    early.start()
    return early


@pytest.fixture
def without_httpcore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every connection of the client fail: the standard library sends everything."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection of httpcore was needed")

    monkeypatch.setattr("qpi_client.aio.AsyncQPIClient._connect", refuse)


@pytest.mark.usefixtures("without_httpcore")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.USER])
@pytest.mark.parametrize("screen", ["requests", "qpus", "slots", "drivers", "users", "announcements", "tokens"])
async def test_signing_in_and_reading_need_no_http_library(
    lab: Sandbox, asked: list[str], role: Role, screen: str
) -> None:
    if not registry()[screen].visible(role):
        return
    of = settings(lab, lab.admin if role is Role.ADMIN else lab.users[0], role)
    connection = await connect(of.sign_in, early=begun(of))
    rows, qpus = await asyncio.gather(
        read_rows(connection.client, registry()[screen]), read_rows(connection.client, registry()["qpus"])
    )
    assert qpus
    assert rows or screen == "tokens"
    # Each is requested once.
    assert len(list(asked)) == 3
    assert connection.requests == 2
    await connection.close()


@pytest.mark.usefixtures("without_httpcore")
async def test_the_newest_jobs_are_preloaded(lab: Sandbox, asked: list[str]) -> None:
    of = settings(lab, lab.users[0], Role.USER)
    connection = await connect(of.sign_in, early=begun(of))
    reader = JobReader(connection)
    await reader.first()
    assert list(asked) == ["POST users/auth-with-password", "GET quantum_jobs/records"]
    assert len(reader.window.store.listed()) > 5
    await connection.close()


@pytest.mark.usefixtures("without_httpcore")
async def test_an_api_token_is_preloaded_too(lab: Sandbox, asked: list[str]) -> None:
    with QPIClient(lab.url) as client:
        client.auth_with_password(lab.users[0].identity, lab.users[0].password)
        token = client.create_token("early")["token"]
    of = Settings(SignIn(lab.url, Role.TOKEN, api_token=token))
    connection = await connect(of.sign_in, early=begun(of))
    assert connection.role is Role.TOKEN
    await connection.close()


async def test_changes_are_sent_by_the_client(lab: Sandbox, asked: list[str]) -> None:
    of = settings(lab, lab.users[0], Role.USER)
    connection = await connect(of.sign_in, early=begun(of))
    await connection.client.create_time_request(60, "calibration")
    assert connection.client._channel._calls is not None
    await connection.close()


async def test_nothing_is_preloaded_after_a_stop(lab: Sandbox) -> None:
    of = settings(lab, lab.users[0], Role.USER)
    early = begun(of)
    connection = await connect(of.sign_in, early=early)
    await connection.client.list_all_qpus()
    assert early._idle
    early.stop()
    assert not early._idle
    await connection.client.list_all_qpus()
    assert connection.client._channel._calls is not None
    await connection.close()


@pytest.mark.usefixtures("without_httpcore")
async def test_a_stored_session_is_refreshed_once(lab: Sandbox, asked: list[str]) -> None:
    who = lab.users[0]
    kept = SignIn(lab.url, Role.USER, who.identity, session=sign_in(lab.url, who))
    connection = await connect(kept, early=begun(Settings(kept)))
    assert list(asked)[1:] == ["POST users/auth-refresh"]
    await connection.close()


async def test_an_expired_session_is_sent_once_and_the_password_signs_in(lab: Sandbox, asked: list[str]) -> None:
    who = lab.users[0]
    kept = SignIn(lab.url, Role.USER, who.identity, who.password, session="a.stale.session")
    connection = await connect(kept, early=begun(Settings(kept)))
    assert connection.client.session is not None
    assert list(asked) == ["POST users/auth-refresh", "POST users/auth-with-password"]
    await connection.close()


async def test_a_wrong_password_is_sent_once(lab: Sandbox, asked: list[str]) -> None:
    of = settings(lab, lab.users[0], Role.USER, password="not-the-password")
    with pytest.raises(BadRequest):
        await connect(of.sign_in, early=begun(of))
    assert list(asked) == ["POST users/auth-with-password"]


async def test_another_password_does_not_get_the_answer_for_the_first(lab: Sandbox, asked: list[str]) -> None:
    of = settings(lab, lab.users[0], Role.USER, password="not-the-password")
    early = begun(of)
    early._signed_in.result(20)
    async with AsyncQPIClient(lab.url) as client:
        early.answer_for(client)
        await client.auth_with_password(lab.users[0].identity, lab.users[0].password)
        assert client.session is not None
    assert list(asked) == ["POST users/auth-with-password"] * 2


@pytest.mark.parametrize("fault", ["reset", "html", "truncated", "429", "503"])
async def test_errors_while_preloading_are_left_to_the_client(lab: Sandbox, asked: list[str], fault: str) -> None:
    assert lab.faults is not None
    lab.faults.add(Fault(fault, times=1, route="/api/collections/*/auth-with-password"))
    of = settings(lab, lab.users[0], Role.USER)
    early = begun(of)
    early._signed_in.result(20)
    try:
        connection = await connect(of.sign_in, early=early)
    except QPIError:
        # The client turns the response into an error.
        assert fault == "html"
    else:
        assert connection.client.session is not None
        await connection.close()


async def test_nothing_is_preloaded_if_a_proxy_is_set(
    lab: Sandbox, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    early = begun(settings(lab, lab.users[0], Role.USER))
    assert early._signed_in.result(5) is None
    assert list(asked) == []


async def test_no_redirect_is_followed(lab: Sandbox) -> None:
    """The password and the session go to the configured server and nowhere else."""
    came: list[str] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(self.path)
            self.send_response(307)
            self.send_header("Location", f"{lab.url}/api/collections/users/auth-with-password")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    assert lab.faults is not None
    lab.faults.log.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        who = lab.users[0]
        of = Settings(SignIn(f"http://127.0.0.1:{server.server_port}", Role.USER, who.identity, who.password))
        with pytest.raises(QPIError):
            await connect(of.sign_in, early=begun(of))
    finally:
        server.shutdown()
        server.server_close()
    assert len(came) == 1
    assert not lab.faults.log


def test_the_preload_shows_no_secrets(lab: Sandbox) -> None:
    early = begun(settings(lab, lab.users[0], Role.USER))
    early._signed_in.result(20)
    assert lab.users[0].password not in f"{early!r} {vars(early)}"


def test_nothing_is_preloaded_without_a_password() -> None:
    assert early_requests(Settings(SignIn("http://127.0.0.1:1", Role.USER, "mira@lab.example"))) is None


def test_keys_work_in_the_rows_before_the_client_is_loaded(lab: Sandbox, tmp_path: Path, asked: list[str]) -> None:
    """Preloaded rows can be filtered at once. The password is sent once."""
    with open_console(lab.url, lab.users[0], tmp_path, role="user") as terminal:
        terminal.wait_for("✓")
        terminal.press("/")
        for letter in "zzzz":
            terminal.press(letter)
        terminal.wait_for("0 match")
        terminal.wait_for("live")
    assert list(asked).count("POST users/auth-with-password") == 1


async def test_an_unreachable_server_is_left_to_the_client_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preload without a connection is overtaken, so the client need not wait until it fails."""
    free, hung = threading.Event(), threading.Event()

    def hangs(*_: object, **__: object) -> None:
        hung.set()
        free.wait(20)
        raise OSError("no route")

    monkeypatch.setattr("qpi_client.early_connection.socket.create_connection", hangs)
    of = Settings(SignIn("http://127.0.0.1:9", Role.USER, "mira@lab.example", "a-password"))
    early = begun(of)
    assert hung.wait(20)
    try:
        with pytest.raises(ConnectFailed):
            await connect(of.sign_in, early=early)
        assert not early._signed_in.done()
    finally:
        free.set()
    assert early._signed_in.result(5) is None


async def test_a_response_lost_while_the_client_waits_is_requested_again(lab: Sandbox, asked: list[str]) -> None:
    assert lab.faults is not None
    lab.faults.add(Fault("latency", 1.0, times=1, route="/api/collections/*/auth-with-password"))
    lab.faults.add(Fault("lost", times=1, route="/api/collections/*/auth-with-password"))
    of = settings(lab, lab.users[0], Role.USER)
    early = begun(of)
    await until(lambda: list(asked), "a question")
    async with asyncio.timeout(20):
        connection = await connect(of.sign_in, early=early)
    assert connection.client.session is not None
    await connection.close()


async def test_an_old_preloaded_sign_in_is_not_used(lab: Sandbox, asked: list[str]) -> None:
    of = settings(lab, lab.admin, Role.ADMIN)
    early = begun(of)
    early._signed_in.result(20)
    early._until = time.monotonic() - 1
    connection = await connect(of.sign_in, early=early)
    assert list(asked) == ["POST _superusers/auth-with-password"] * 2
    assert connection.client.early is None
    await connection.close()


def test_switching_screens_before_the_first_list_shows_the_other_screens_records(
    lab: Sandbox, tmp_path: Path, asked: list[str]
) -> None:
    assert lab.faults is not None
    lab.faults.add(Fault("latency", 3, times=1, route="/api/collections/*/auth-with-password"))
    with open_console(lab.url, lab.users[0], tmp_path, role="user") as terminal:
        terminal.wait_for("help")
        terminal.press("3")
        terminal.wait_for(lambda: all(word in terminal.text for word in ("qubits", "aer-sim", "live")))
        terminal.settle(0.5)
        assert "qubits" in terminal.text
        assert "✓ done".encode() not in terminal.raw
