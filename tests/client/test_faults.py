"""Network faults on a real socket: nothing is done twice, and no wait is unbounded."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from qpi_client import (
    ClientClosed,
    ConnectFailed,
    ConnectionLost,
    InvalidValue,
    NotQPIServer,
    ProtocolError,
    QPIError,
    QuotaExceeded,
    RateLimited,
    ReadOnly,
    ServerError,
    SubmitUncertain,
    TimedOut,
    Timeouts,
    UntargetedJobWarning,
    WaitTimedOut,
)
from qpi_client.http import httpx
from tests.client.conftest import Open
from tests.client.faults import FaultServer, answer, dripping, html, later, reset, silent, truncated

JOB = {"id": "job000000000001", "status": "running", "payload": {"shots": 1}, "results": None}
DONE = {**JOB, "status": "completed", "results": {"counts": {"0": 1}}}
CIRCUIT = [{"circuit": "OPENQASM 3.0;"}]
PASSING = [
    answer(503, {"message": "Starting."}),
    answer(429, {"message": "Slower."}, {"retry-after": "0"}),
    reset,
    truncated,
    answer(502, b"<html>bad gateway</html>", kind="text/html"),
]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qpi_client.exchange._FIRST_PAUSE", 0.02)


@pytest.mark.parametrize("fault", PASSING, ids=["503", "429", "reset", "truncated", "502"])
def test_a_read_is_retried(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/qpus", fault, fault, answer(200, [{"id": "q"}]))
    assert connect(faults.url).list_qpus() == [{"id": "q"}]
    assert len(faults.requests("GET /api/qpus")) == 3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (PASSING[0], ServerError),
        (PASSING[1], RateLimited),
        (reset, ConnectionLost),
        (truncated, ConnectionLost),
    ],
    ids=["503", "429", "reset", "truncated"],
)
def test_a_read_fails_after_the_last_retry(
    fault: Any, error: type[Exception], faults: FaultServer, connect: Open
) -> None:
    faults.on("GET /api/qpus", fault)
    with pytest.raises(error) as caught:
        connect(faults.url).list_qpus()
    assert isinstance(caught.value, httpx.HTTPError)
    assert isinstance(caught.value, QPIError)
    assert len(faults.requests("GET /api/qpus")) == 3


def test_retry_after_is_honoured(faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/qpus", answer(429, {}, {"retry-after": "1"}), answer(200, []))
    started = time.monotonic()
    connect(faults.url).list_qpus()
    assert time.monotonic() - started >= 1


def test_a_long_retry_after_raises_an_error_instead(faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/qpus", answer(429, {"message": "Slower."}, {"retry-after": "3600"}))
    with pytest.raises(RateLimited, match="Slower") as caught:
        connect(faults.url).list_qpus()
    assert caught.value.retry_after == 3600
    assert len(faults.got) == 1


def test_a_server_error_that_names_fields_is_final(faults: FaultServer, connect: Open) -> None:
    body = {"message": "Failed.", "data": {"qpu": {"code": "missing", "message": "No such record."}}}
    faults.on("GET /api/qpus", answer(500, body))
    with pytest.raises(ServerError, match=r"Failed\. qpu: No such record\."):
        connect(faults.url).list_qpus()
    assert len(faults.got) == 1


@pytest.mark.parametrize("fault", [reset, truncated, PASSING[0]], ids=["reset", "truncated", "503"])
def test_non_idempotent_requests_are_sent_once(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("POST /api/tokens", fault, answer(201, {"id": "t"}))
    with pytest.raises((ConnectionLost, ServerError)):
        connect(faults.url, "qpi_token").create_token("laptop")
    assert len(faults.requests("POST /api/tokens")) == 1


def test_a_refused_connection_is_a_clear_error(connect: Open, faults: FaultServer) -> None:
    url = faults.url
    faults.__exit__()
    with pytest.raises(ConnectFailed, match="Check that the server is running"):
        connect(url).health()


def test_a_deletion_whose_response_was_lost_succeeds(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    path = "DELETE /api/collections/time_slots/records/slot1"
    faults.on(path, reset, answer(404, {"message": "Gone."}))
    client.delete_time_slot("slot1")
    assert len(faults.requests(path)) == 2


@pytest.mark.parametrize("fault", [silent, dripping], ids=["silent", "dripping"])
def test_a_response_that_never_ends_times_out(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/qpus", fault)
    client = connect(faults.url, timeout=Timeouts(read=0.3, total=0.6))
    with pytest.raises(TimedOut):
        client.list_qpus()
    assert len(faults.requests("GET /api/qpus")) <= 2


def test_an_html_page_is_reported_as_no_qpi_server(faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/health", html)
    with pytest.raises(NotQPIServer, match="web page"):
        connect(faults.url).health()


@pytest.mark.parametrize("body", [b"", b"[1, 2", b"\x00\xff", b"[" * 100_000], ids=["empty", "cut", "bytes", "deep"])
def test_a_response_that_is_not_json_is_a_protocol_error(body: bytes, faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/qpus", answer(200, body))
    with pytest.raises(ProtocolError):
        connect(faults.url).list_qpus()


def test_a_redirect_carries_no_credentials(faults: FaultServer, connect: Open) -> None:
    with FaultServer() as other:
        faults.on("GET /api/jobs", answer(302, headers={"location": f"{other.url}/api/jobs"}))
        with pytest.raises(NotQPIServer, match="redirects"):
            connect(faults.url, "qpi_secret").list_jobs()
        assert other.got == []


def test_error_texts_of_the_server_are_sanitized(faults: FaultServer, connect: Open) -> None:
    said = "No\x1b]52;c;aGk=\x07 " + "x" * 5000
    faults.on("GET /api/qpus", answer(400, {"message": said, "data": {"a\nb": {"message": "\x1b[2J"}}}))
    with pytest.raises(QPIError) as caught:
        connect(faults.url).list_qpus()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1200


# Submitting.


def submit(client: Any) -> str:
    with pytest.warns(UntargetedJobWarning):
        return str(client.submit_job(CIRCUIT))


def submitted(**more: Any) -> dict[str, Any]:
    payload = {"circuits": CIRCUIT, "shots": 1024, "meas_level": 2, "meas_return": "single"}
    return {"id": "job000000000002", "payload": payload, "created": datetime.now(UTC).isoformat(), **more}


LOST = [reset, truncated, PASSING[0], html]


@pytest.mark.parametrize("fault", LOST, ids=["reset", "truncated", "503", "html"])
def test_a_submission_whose_response_was_lost_is_found(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("POST /api/jobs", fault)
    faults.on("GET /api/jobs", answer(200, [submitted(), {**submitted(), "id": "old", "created": "2020-01-01Z"}]))
    assert submit(connect(faults.url, "qpi_token")) == "job000000000002"
    assert len(faults.requests("POST /api/jobs")) == 1


@pytest.mark.parametrize(
    "newest",
    [
        answer(200, []),
        answer(200, [submitted(), submitted(id="job000000000003")]),
        answer(200, [submitted(created="2020-01-01 00:00:00.000Z")]),
        answer(403, {"message": "No."}),
    ],
    ids=["none", "two", "an old one", "refused"],
)
def test_a_submission_that_cannot_be_verified_is_unknown(newest: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("POST /api/jobs", reset)
    faults.on("GET /api/jobs", newest)
    with pytest.raises(SubmitUncertain, match="unknown"):
        submit(connect(faults.url, "qpi_token"))
    assert len(faults.requests("POST /api/jobs")) == 1


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_lost_submission_is_found_by_the_clock_of_the_server(hours: int, faults: FaultServer, connect: Open) -> None:
    there = datetime.now(UTC) + timedelta(hours=hours)
    dated = {"date": format_datetime(there, usegmt=True)}
    # A similar job that is some minutes old is not a match.
    old = submitted(id="old", created=(there - timedelta(minutes=20)).isoformat())
    new = submitted(created=there.isoformat())
    faults.on("GET /api/qpus", answer(200, [], dated))
    faults.on("POST /api/jobs", reset)
    faults.on("GET /api/jobs", answer(200, [new, old], dated))
    client = connect(faults.url, "qpi_token")
    assert client.clock_offset == timedelta(0)
    client.list_qpus()
    assert abs(client.clock_offset - timedelta(hours=hours)) < timedelta(seconds=3)
    assert submit(client) == "job000000000002"


@pytest.mark.parametrize(
    "headers",
    [
        {"date": "Thu, 01 Jan 2015 00:00:00 GMT", "age": "60"},
        {"date": "yesterday"},
        {"date": "Thu, 99 Jan 2015 00:00:00 GMT"},
        {},
    ],
    ids=["kept by a proxy", "no date", "no day", "none"],
)
def test_an_unusable_date_header_is_ignored(headers: Any, faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/qpus", answer(200, [], headers))
    client = connect(faults.url)
    client.list_qpus()
    assert client.clock_offset == timedelta(0)


def test_a_job_of_an_earlier_submission_is_not_mistaken_for_the_lost_one(faults: FaultServer, connect: Open) -> None:
    faults.on("POST /api/jobs", answer(201, submitted()), reset)
    faults.on("GET /api/jobs", answer(200, [submitted()]))
    client = connect(faults.url, "qpi_token")
    assert submit(client) == "job000000000002"
    with pytest.raises(SubmitUncertain):
        submit(client)


def test_a_rejected_submission_raises_an_error(faults: FaultServer, connect: Open) -> None:
    faults.on("POST /api/jobs", answer(403, {"message": "Insufficient QPU seconds balance."}))
    with pytest.raises(QuotaExceeded, match="Insufficient"):
        submit(connect(faults.url, "qpi_token"))


@pytest.mark.parametrize("body", [{"id": "a"}, {"job_id": "a"}])
def test_the_job_id_is_required_in_the_response(body: dict[str, str], faults: FaultServer, connect: Open) -> None:
    faults.on("POST /api/jobs", answer(201, body), answer(201, {}))
    client = connect(faults.url, "qpi_token")
    assert submit(client) == "a"
    with pytest.raises(ValueError, match="did not contain a job ID"):
        submit(client)


# Waiting.


def test_a_wait_survives_transient_faults(faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/jobs/j", answer(200, JOB), *PASSING, html, later(0.2, reset), answer(200, DONE))
    assert connect(faults.url, "qpi_token").wait_job("j", timeout=30)["results"] == {"counts": {"0": 1}}


@pytest.mark.parametrize(
    "fault",
    [silent, dripping, later(4, answer(200, JOB)), answer(200, JOB), reset, PASSING[0]],
    ids=["silent", "dripping", "4 s", "running", "reset", "503"],
)
def test_a_wait_times_out_under_every_fault(fault: Callable[..., None], faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/jobs/j", fault)
    started = time.monotonic()
    with pytest.raises(WaitTimedOut) as caught:
        connect(faults.url, "qpi_token").wait_job("j", timeout=1)
    # The bound is the requirement itself; the extra half second is allowed by it.
    assert 0.5 <= time.monotonic() - started <= 1.5
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, httpx.HTTPError)


def test_a_wait_times_out_when_the_stream_is_silent(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    faults.on("GET /api/collections/quantum_jobs/records/j", answer(200, JOB))
    faults.on("GET /api/realtime", silent)
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    started = time.monotonic()
    with pytest.raises(WaitTimedOut, match="running"):
        client.wait_job("j", timeout=1)
    assert 0.5 <= time.monotonic() - started <= 1.5


def test_a_wait_falls_back_to_polling_if_the_stream_is_blocked(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    running, done = answer(200, JOB), answer(200, DONE)
    faults.on("GET /api/collections/quantum_jobs/records/j", *[running] * 6, done)
    faults.on("GET /api/jobs/j", done)
    faults.on("GET /api/realtime", html)
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    assert client.wait_job("j", timeout=20)["status"] == "completed"


def test_waiting_for_no_jobs_returns_immediately(faults: FaultServer, connect: Open) -> None:
    with pytest.raises(QPIError, match="Not in the script"):
        connect(faults.url, "qpi_token").wait_job("j", timeout=20)
    with pytest.raises(InvalidValue):
        connect(faults.url, "qpi_token").wait_job("j", timeout=-1)


# Change events.

STREAM = b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nevent:PB_CONNECT\ndata:{"clientId":"c"}\n\n'
CHANGE = b'event:qpus/*\r\ndata:{"record":{"id":"q"},\ndata:"action":"update"}\n\n:comment\nevent:other\ndata:{}\n\n'


def test_a_broken_stream_is_reconnected(faults: FaultServer, connect: Open) -> None:
    streams: list[Any] = []

    def stream(connection: Any, _: Any) -> None:
        connection.send(STREAM)
        streams.append(connection)
        connection.server.wait_for("POST /api/realtime", len(streams))
        for byte in CHANGE:
            connection.send(bytes([byte]))
        connection.hang_up()

    faults.on("GET /api/realtime", stream, PASSING[0], stream)
    faults.on("POST /api/realtime", answer(204))
    seen = connect(faults.url).events(["qpus/*"])
    kinds = [type(next(seen)).__name__ for _ in range(4)]
    seen.close()
    assert kinds == ["ReadAgain", "ChangeEvent", "ReadAgain", "ChangeEvent"]


def test_an_html_page_instead_of_a_stream_is_reported(faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/realtime", html)
    with pytest.raises(NotQPIServer, match="proxy"):
        next(connect(faults.url).events(["qpus/*"]))


# Rejected before anything is sent.


def test_a_read_only_client_rejects_every_change(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = connect(faults.url, read_only=True)
    client.auth_with_password("alice@example.com", "password")
    client.refresh_session()
    sent = len(faults.got)
    changes: list[Callable[[], object]] = [
        lambda: submit(client),
        lambda: client.cancel_job("j"),
        lambda: client.create_token("t"),
        lambda: client.delete_time_slot("s"),
        lambda: client.allocate_qpu_time("u", 1),
        lambda: client.dismiss_notification("n"),
        lambda: client.create_qpu("q"),
        lambda: client.toggle_driver("d", True),
    ]
    for change in changes:
        with pytest.raises(ReadOnly, match="opened read-only"):
            change()
    assert len(faults.got) == sent


def test_a_closed_client_rejects_every_call(faults: FaultServer, connect: Open) -> None:
    faults.on("GET /api/health", answer(200, {}))
    client = connect(faults.url)
    client.health()
    client.close()
    for use in (client.health, client.list_qpus, lambda: next(client.events(["qpus/*"]))):
        with pytest.raises(ClientClosed):
            use()
    assert len(faults.got) == 1
