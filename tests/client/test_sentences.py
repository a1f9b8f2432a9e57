"""Every failure is one of the client's errors with a clear message, and reveals no secret, not even to a debugger."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qpi_client import (
    AsyncQPIClient,
    ConnectFailed,
    InvalidValue,
    ProtocolError,
    ProxyFailed,
    QPIClient,
    QPIError,
    TransportError,
)
from qpi_client.decoding import decode
from qpi_client.http import httpx
from qpi_client.realtime import EventParser
from tests.client.conftest import Open
from tests.client.faults import FaultServer, answer, reset

PASSWORD, TOKEN = "hunter2-secret", "qpi_very_secret"


@pytest.mark.parametrize(
    "url",
    [
        None, 7, b"http://lab", "", "lab", "http://", "http://[::1", "http://a b", "http://lab:99999", "http://lab:x",
        "http://lab:0", "http://lab\\evil", "http://lab/\nx", "http://-lab", "http://" + "a" * 300, "http://..",
        "http://lab/a b", "http://lab/\u2028x", "http://\ud800", "http://u:hunter2-secret@lab", "file:///etc/passwd",
        "http://lab#x", "http://%00", "http://[fe80::1%25eth0]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [QPIClient, AsyncQPIClient])
def test_an_invalid_address_is_a_clear_error(kind: Any, url: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        kind(url)
    assert "address" in str(caught.value)
    assert PASSWORD not in shown(caught.value)


def test_valid_addresses_of_every_form_are_accepted() -> None:
    taken = {
        "http://127.0.0.1:8090/": "http://127.0.0.1:8090",
        "https://[::1]:443/qpi": "https://[::1]:443/qpi",
        "https://Lab.Example.org": "https://lab.example.org",
        "https://bücher.example": "https://xn--bcher-kva.example",
        "http://my_lab.local./x": "http://my_lab.local./x",
    }
    assert {url: QPIClient(url).base_url for url in taken} == taken


# Proxies and certificates named in the environment.


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return lambda value: monkeypatch.setenv("http_proxy", value)


def test_an_unreachable_proxy_is_named(proxy: Callable[[str], None], connect: Open, faults: FaultServer) -> None:
    proxy(f"http://somebody:{PASSWORD}@127.0.0.1:1")
    with pytest.raises(ProxyFailed, match=r"proxy http://127\.0\.0\.1:1.*does not answer.*NO_PROXY") as caught:
        connect(faults.url).health()
    assert isinstance(caught.value, ConnectFailed | httpx.ProxyError)
    assert PASSWORD not in shown(caught.value)
    assert faults.got == []


def test_a_proxy_that_rejects_requests_is_named(monkeypatch: pytest.MonkeyPatch, proxy: Any, connect: Open) -> None:
    with FaultServer() as between:
        between.on("CONNECT lab.example.org:443", answer(407, {}))
        monkeypatch.setenv("https_proxy", between.url)
        with pytest.raises(ProxyFailed, match="407"):
            connect("https://lab.example.org").health()


def test_requests_go_through_the_proxy(proxy: Callable[[str], None], connect: Open) -> None:
    with FaultServer() as between:
        between.on("GET http://lab.example.org/api/health", answer(200, {"code": 200}))
        proxy(between.url)
        assert connect("http://lab.example.org").health() == {"code": 200}


@pytest.mark.parametrize(
    "value", ["http://", "nonsense://x", "http://a b", "http://[::1", "socks4://x:1", "http://x:y"]
)
def test_an_invalid_proxy_setting_is_named(value: str, proxy: Callable[[str], None], connect: Open) -> None:
    proxy(value)
    with pytest.raises(InvalidValue, match="HTTP_PROXY"):
        connect("http://lab.example.org").health()


def test_a_socks_proxy_names_the_package_to_install(proxy: Callable[[str], None], connect: Open) -> None:
    proxy("socks5://127.0.0.1:1080")
    with pytest.raises(InvalidValue, match="pip install socksio"):
        connect("http://lab.example.org").health()


@pytest.mark.parametrize("there", [True, False])
def test_an_invalid_certificate_file_is_named(
    there: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, connect: Open
) -> None:
    file = tmp_path / "certificates.pem"
    if there:
        file.write_text("none")
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(InvalidValue, match=r"SSL_CERT_FILE.*certificates\.pem"):
        connect("https://127.0.0.1:1").health()


# What is sent.


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_rejected_before_sending(value: str, faults: FaultServer, connect: Open) -> None:
    with pytest.raises(InvalidValue):
        connect(faults.url, TOKEN).create_token(value)
    with pytest.raises(InvalidValue):
        connect(faults.url).auth_with_password(value, PASSWORD)
    assert faults.got == []


def test_an_invalid_http_response_is_not_retried(faults: FaultServer, connect: Open) -> None:
    def nonsense(connection: Any, _: Any) -> None:
        connection.send(b"HTTP/1.1 banana\r\n\r\n")
        connection.hang_up()

    faults.on("GET /api/health", nonsense)
    faults.on("POST /api/tokens", nonsense)
    client = connect(faults.url, TOKEN)
    with pytest.raises(ProtocolError, match="not valid HTTP"):
        client.health()
    with pytest.raises(ProtocolError, match="unknown whether the server made the change"):
        client.create_token("laptop")
    assert len(faults.got) == 2


@pytest.mark.parametrize(
    "fault", [reset, answer(200, b"{"), answer(403, {"message": "No."})], ids=["lost", "bad", "no"]
)
def test_an_error_names_the_request(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/jobs/j", fault)
    with pytest.raises(QPIError) as caught:
        connect(faults.url, TOKEN).get_job("j")
    request = caught.value.request  # type: ignore[attr-defined]  # it is one of httpx's errors too
    assert (request.method, request.url.path, request.headers["x-api-token"]) == ("GET", "/api/jobs/j", "***")


# Secrets.


def shown(error: BaseException) -> str:
    """Return what a traceback with local variables shows of every frame except those of the tests."""
    seen: list[str] = [str(error), repr(error), repr(vars(error))]
    while error is not None:
        trace = traceback.TracebackException.from_exception(error, capture_locals=True)
        seen += [f"{frame.name} {frame.locals}" for frame in trace.stack if "/tests/" not in frame.filename]
        error = error.__cause__ or error.__context__  # type: ignore[assignment]  # the end is None
    return "\n".join(seen)


SIGN_INS: dict[str, Callable[[Any], Any]] = {
    "as is": lambda client: client.auth_with_password("alice@example.com", PASSWORD),
    "by name": lambda client: client.auth_with_password(identity="alice@example.com", password=PASSWORD),
    "too many": lambda client: client.auth_with_password("alice@example.com", PASSWORD, "users", "more"),
    "unknown name": lambda client: client.auth_with_password("alice@example.com", PASSWORD, colection="users"),
    "bad collection": lambda client: client.auth_with_password("alice@example.com", PASSWORD, "../x"),
    "bad identity": lambda client: client.auth_with_password("", PASSWORD),
    "too long": lambda client: client.auth_with_password("alice@example.com", PASSWORD * 100),
    "not a text": lambda client: client.auth_with_password("alice@example.com", [PASSWORD]),
    "half a character": lambda client: client.auth_with_password("alice@example.com", PASSWORD + "\ud800"),
    "resumed": lambda client: client.resume_session(PASSWORD),
    "resumed, broken": lambda client: client.resume_session(PASSWORD + "\r\n"),
    "a second factor": lambda client: client.auth_with_password("alice@example.com", "another-one", mfa_id=PASSWORD),
    "a code": lambda client: client.auth_with_otp("abcdefghijklmno", PASSWORD),
    "a new password": lambda client: client.change_password("another-one", PASSWORD),
    "an old password": lambda client: client.change_password(PASSWORD, "another-one"),
    "a mailed token": lambda client: client.confirm_password_reset(PASSWORD, "another-one"),
    "an account": lambda client: client.create_account("bob@example.com", PASSWORD),
    "a user": lambda client: client.create_user("bob@example.com", PASSWORD),
    "a user, bad name": lambda client: client.create_user("bob@example.com", PASSWORD, name="x" * 999),
    "a user, bad time": lambda client: client.create_user("bob@example.com", PASSWORD, qpu_seconds="x"),
}
FAULTS = {
    "lost": reset,
    "refused": answer(400, {"message": "Failed to authenticate."}),
    "nonsense": answer(200, b"nonsense"),
    "cut": answer(200, f'{{"token": "{PASSWORD}'.encode()),
    "line break": answer(200, {"token": f"{PASSWORD}\r\nx: y", "record": {}}),
    "no object": answer(200, [PASSWORD]),
}


# A user record ignores the token, so the request succeeds.
CREATED = {("a user", "line break"), ("an account", "line break")}
TRIES = [(way, fault) for way in SIGN_INS for fault in FAULTS if (way, fault) not in CREATED]


@pytest.mark.parametrize(("way", "fault"), TRIES)
def test_a_traceback_with_locals_shows_no_password(way: str, fault: str, faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = connect(faults.url)
    if way.startswith("a user"):
        client.auth_with_password("alice@example.com", "another-one")
    for path in ("auth-with-password", "auth-refresh", "records"):
        faults.on(f"POST /api/collections/users/{path}", FAULTS[fault])
    with pytest.raises((QPIError, TypeError)) as caught:
        SIGN_INS[way](client)
    assert PASSWORD not in shown(caught.value)


def test_a_traceback_from_opening_a_client_shows_no_token() -> None:
    for wrong in ({"base_url": "lab"}, {"timeout": -1}, {"ca_file": 7}, {"fingerprint": "x"}):
        arguments: dict[str, Any] = {"base_url": "http://lab", **wrong}
        with pytest.raises((QPIError, TypeError)) as caught:
            QPIClient(api_token=TOKEN, **arguments)
        assert TOKEN not in shown(caught.value)
    with pytest.raises(InvalidValue) as caught:
        QPIClient("http://lab", f"{TOKEN}\n")
    assert TOKEN not in shown(caught.value)


def test_error_messages_are_short() -> None:
    for error in (QPIError("é" * 100_000), TransportError("\U0001f600" * 100_000), InvalidValue("x" * 100_000)):
        assert len(str(error).encode()) <= 2000
        assert len(repr(error)) < 2100


# Time.


# Eight times the input takes 8 times as long in linear time and 64 times in quadratic time. It was up to 26 where only
# the smaller input fits the processor's cache.
LINEAR = 45


def slowdown(work: Callable[[int], object], size: int) -> float:
    """Return how many times as long eight times the input takes.

    It is the least processor time of the thread in three rounds: a busy machine only adds to it.
    """

    def least(length: int) -> float:
        times = []
        for _ in range(3):
            began = time.thread_time()
            work(length)
            times.append(time.thread_time() - began)
        return min(times)

    return least(8 * size) / max(least(size), 0.001)


@pytest.mark.parametrize("text", ['[{"a":"', '"\\', '{"', "[", '\\"', '"a'], ids=range(6))
def test_broken_json_is_parsed_in_linear_time(text: str) -> None:
    def read(times: int) -> None:
        with pytest.raises(ProtocolError):
            decode((text * times).encode(), {}, "/api/x")

    assert slowdown(read, 12_500) < LINEAR


@pytest.mark.parametrize(("size", "longest"), [(100, 4_000_000), (65536, 30_000_000)])
def test_a_long_event_is_parsed_in_linear_time(size: int, longest: int) -> None:
    def feed(length: int) -> None:
        event, found = b"event:x\ndata:" + b"a" * length + b"\n\n", []
        parser = EventParser()
        for start in range(0, len(event), size):
            found.extend(parser.feed(event[start : start + size]))
        assert [(name, len(data)) for name, data in found] == [("x", length)]

    # Fresh pages of memory make eight times the input take 28 to 52 times as long here; quadratic would be 64, always.
    assert any(slowdown(feed, longest // 8) < LINEAR for _ in range(3))


def test_many_lines_of_one_event_are_parsed_in_linear_time() -> None:
    def feed(times: int) -> None:
        parser = EventParser()
        for _ in range(times):
            assert not parser.feed(b"data:a\n" * 1000)

    assert slowdown(feed, 125) < LINEAR
