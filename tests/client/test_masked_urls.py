"""Secrets in URLs: masked in the debug log, hooks, messages, reprs and tracebacks, and sent unchanged."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from qpi_client import InvalidValue, QPIClient, QPIError, RequestSeen, ResponseSeen
from qpi_client.http import httpx
from tests.client.conftest import Open
from tests.client.faults import FaultServer, answer, reset

SECRET = "SECRETTOKEN"
FILE = "/api/files/themes/abc/logo.png"
TARGETS = [
    f"{FILE}?token={SECRET}",
    f"{FILE}?thumb=1&token={SECRET}&x=1",
    f"/x?access_token={SECRET}",
    f"/x?code={SECRET}",
]


def shown_by(error: BaseException) -> str:
    """Return what a log, or a traceback with local variables, shows of an error."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [f"{frame.locals}" for frame in trace.stack if "qpi_client" in frame.filename]
    request = getattr(error, "request", None)
    return "\n".join(
        [str(error), repr(error), repr(vars(error)), repr(request), str(getattr(request, "url", "")), *frames]
    )


@pytest.mark.parametrize("target", TARGETS)
def test_hooks_and_the_debug_log_show_no_token_of_a_url(
    target: str, faults: FaultServer, connect: Open, caplog: pytest.LogCaptureFixture
) -> None:
    moved = {"location": f"/sign-in?token={SECRET}", "set-cookie": f"session={SECRET}"}
    faults.on(f"GET {target.partition('?')[0]}", answer(200, {}, moved))
    seen: list[Any] = []
    client = connect(faults.url, on_request=seen.append, on_response=seen.append)
    with caplog.at_level(logging.DEBUG, logger="qpi_client"):
        client.request("GET", target)
    assert [type(one) for one in seen] == [RequestSeen, ResponseSeen]
    assert all("=***" in one.url for one in seen)
    assert "=***: 200" in caplog.text or "=***&" in caplog.text
    assert SECRET not in f"{seen}{caplog.text}"
    assert SECRET in faults.got[0].path


@pytest.mark.parametrize("fault", [reset, answer(404, {"message": "Gone."})], ids=["lost", "refused"])
def test_errors_and_their_tracebacks_show_no_token_of_a_url(
    fault: Any, faults: FaultServer, connect: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_client.exchange._FIRST_PAUSE", 0.02)
    faults.on(f"GET {FILE}", fault)
    client = connect(faults.url)
    with pytest.raises(QPIError) as caught:
        client.request("GET", FILE, query={"token": SECRET})
    assert SECRET not in shown_by(caught.value)


@pytest.mark.parametrize("fault", [reset, answer(404, {"message": "Gone."})], ids=["lost", "refused"])
def test_a_failed_download_shows_no_token(fault: Any, faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    faults.on("POST /api/files/token", answer(200, {"token": SECRET}))
    faults.on("GET /api/backups/lab.zip", fault)
    client = connect(faults.url)
    client.auth_with_password("alice@example.com", "password")
    with pytest.raises(QPIError) as caught:
        list(client.download_backup("lab.zip"))
    assert SECRET not in shown_by(caught.value)
    assert SECRET in faults.got[-1].path


@pytest.mark.parametrize("path", [f"x?token={SECRET}", f"//host/?token={SECRET}", f"https://bob:{SECRET}@host/x"])
def test_a_rejected_path_is_named_without_its_secrets(path: str, connect: Open, faults: FaultServer) -> None:
    with pytest.raises(InvalidValue, match="not a path on this server") as caught:
        connect(faults.url).request("GET", path)
    assert SECRET not in shown_by(caught.value)


def test_the_message_of_a_given_transport_is_masked() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.UnsupportedProtocol(f"cannot send {request.url}")

    client = QPIClient("http://lab.example.org", transport=httpx.MockTransport(refuse))
    with client, pytest.raises(QPIError, match=r"cannot send .*token=\*\*\*") as caught:
        client.request("GET", FILE, query={"token": SECRET})
    assert SECRET not in str(caught.value)
