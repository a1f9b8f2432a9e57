"""Sessions: refreshed in time, once, and never treated as valid after they expire."""

from __future__ import annotations

import asyncio
import base64
import copy
import json
import pickle
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from qpi_client import (
    AsyncQPIClient,
    InvalidValue,
    QPIClient,
    QPIError,
    RequestSeen,
    ResponseSeen,
    ResultsUnavailable,
    SessionExpired,
    SessionRequired,
)
from qpi_client.errors import APIError
from qpi_sandbox import Credentials, Sandbox
from tests.client.conftest import Open
from tests.client.faults import USER, FaultServer, answer, later, reset

SIGN_IN = "POST /api/collections/users/auth-with-password"
REFRESH = "POST /api/collections/users/auth-refresh"
SLOTS = "GET /api/collections/time_slots/records"
NOBODY = answer(401, {"message": "The request requires valid record authorization token."})
EMPTY = {"items": [], "page": 1, "perPage": 1000, "totalItems": 0, "totalPages": 0}


def token(seconds: float, name: str = "t") -> str:
    """Return a token of a session that expires in this many seconds."""
    claims = json.dumps({"exp": time.time() + seconds, "name": name}).encode()
    return f"head.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.tail"


def session(seconds: float, name: str = "t") -> Any:
    return answer(200, {"token": token(seconds, name), "record": USER})


def sign_in(client: Any) -> Any:
    client.auth_with_password("alice@example.com", "password")
    return client


def test_a_session_is_refreshed_before_it_expires(faults: FaultServer, connect: Open) -> None:
    faults.on(SIGN_IN, session(2))
    faults.on(REFRESH, session(86400, "new"))
    faults.on(SLOTS, answer(200, EMPTY))
    client = sign_in(connect(faults.url))
    context = client.client._context
    context.session = context.session._replace(renew_at=context.session.expires_at.replace(year=2020))
    client.list_time_slots()
    client.list_time_slots()
    assert len(faults.requests(REFRESH)) == 1
    assert faults.requests(SLOTS)[-1].headers["authorization"] == client.session_token()


def test_a_401_is_answered_by_one_session_refresh(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    faults.on("GET /api/jobs", NOBODY, answer(200, []), NOBODY)
    client = sign_in(connect(faults.url))
    assert client.list_jobs() == []
    with pytest.raises(APIError):
        client.list_jobs()
    assert len(faults.requests(REFRESH)) == 2


def test_an_expired_session_is_an_error_and_not_an_empty_list(faults: FaultServer, connect: Open) -> None:
    faults.on(SIGN_IN, session(86400))
    faults.on(REFRESH, NOBODY)
    faults.on(SLOTS, answer(200, EMPTY))
    faults.on("PATCH /api/collections/time_slots/records/s", answer(404, {"message": "Not found."}))
    client = sign_in(connect(faults.url))
    assert client.list_time_slots() == [], "proven a moment ago"
    for ask in (client.list_time_slots, lambda: client.update_time_slot("s", end_time="2030-01-01T10:00:00Z")):
        client.client._context.proven_at -= 120
        with pytest.raises(SessionExpired, match="is over"):
            ask()


def test_a_forged_session_is_rejected(sandbox: Sandbox, connect: Open) -> None:
    client = connect(sandbox.url)
    with pytest.raises(SessionExpired):
        client.resume_session("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjEyMzQ1Njc4OTAxMjM0NSJ9.c2lnbmF0dXJl")
    assert client.session is None
    with pytest.raises(InvalidValue):
        client.resume_session("")


def test_a_session_revoked_by_a_new_password_is_an_error(
    sandbox: Sandbox, connect: Open, user: Credentials, admin_http: Any
) -> None:
    client = connect(sandbox.url)
    client.auth_with_password(user.identity, user.password)
    body = {"password": "another-one-1", "passwordConfirm": "another-one-1"}
    admin_http.patch(f"/api/collections/users/records/{user.id}", json=body).raise_for_status()
    client.client._context.proven_at -= 120
    with pytest.raises(SessionExpired):
        client.list_time_slots()


def test_an_unexpectedly_empty_list_is_verified(
    sandbox: Sandbox, connect: Open, user: Credentials, admin_http: Any
) -> None:
    client = connect(sandbox.url)
    client.auth_with_password(user.identity, user.password)
    client.create_time_request(60, "why")
    assert len(client.list_time_requests()) == 1
    body = {"password": "another-one-1", "passwordConfirm": "another-one-1"}
    admin_http.patch(f"/api/collections/users/records/{user.id}", json=body).raise_for_status()
    # The session was verified a moment ago.
    with pytest.raises(SessionExpired):
        client.list_time_requests()


def test_an_api_token_alone_cannot_read_collections(faults: FaultServer, connect: Open) -> None:
    for client in (connect(faults.url, "qpi_token"), connect(faults.url)):
        for ask in (
            client.list_users, client.list_time_slots, client.list_time_requests, client.list_notifications,
            lambda c=client: c.create_time_request(5), lambda c=client: next(c.iter_users()),
            lambda c=client: next(c.events(["quantum_jobs/*"])), lambda c=client: c.list_jobs(everyone=True),
        ):  # fmt: skip
            with pytest.raises(SessionRequired, match="needs a session"):
                ask()
    assert faults.got == []


def test_results_need_a_session(sandbox: Sandbox, connect: Open, user: Credentials, qpu: Any) -> None:
    owner = connect(sandbox.url)
    owner.auth_with_password(user.identity, user.password)
    by_token = connect(sandbox.url, owner.create_token("t")["token"])
    circuit = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[1] q;\nbit[1] c;\nx q[0];\nc = measure q;\n'
    job_id = by_token.submit_job([{"circuit": circuit}], 10, qpu_target=qpu["name"])
    with pytest.raises(ResultsUnavailable, match="only to a session") as caught:
        by_token.wait_job(job_id, 20)
    assert caught.value.record["status"] == "completed"
    assert caught.value.record["results"] is None
    assert by_token.get_job(job_id, results=False)["status"] == "completed"
    assert owner.get_job(job_id)["results"]["counts"]["1"] == 10


def test_signing_out_deletes_the_session(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    faults.on("GET /api/qpus", answer(200, []))
    client = sign_in(connect(faults.url, "qpi_token"))
    client.list_qpus()
    client.sign_out()
    client.list_qpus()
    before, after = faults.requests("GET /api/qpus")
    assert "authorization" in before.headers
    assert "authorization" not in after.headers
    assert after.headers["x-api-token"] == "qpi_token"


def test_threads_share_a_client_and_refresh_once(faults: FaultServer) -> None:
    faults.on(SIGN_IN, session(86400))
    faults.on(REFRESH, later(0.1, session(86400, "new")))
    old = token(86400)
    client = sign_in(QPIClient(faults.url))
    old = client.session_token()

    def jobs(connection: Any, got: Any) -> None:
        (NOBODY if got.headers["authorization"] == old else answer(200, []))(connection, got)

    faults.on("GET /api/jobs", jobs)
    ready = threading.Barrier(8)

    def ask(_: int) -> object:
        ready.wait(10)
        return client.list_jobs()

    with client, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [[]] * 8
    assert len(faults.requests(REFRESH)) == 1


async def test_tasks_share_a_client_and_refresh_once(faults: FaultServer) -> None:
    faults.on(SIGN_IN, session(86400))
    faults.on(REFRESH, later(0.1, session(86400, "new")))
    async with AsyncQPIClient(faults.url) as client:
        await client.auth_with_password("alice@example.com", "password")
        stale = client.session_token()

        def jobs(connection: Any, got: Any) -> None:
            (NOBODY if got.headers["authorization"] == stale else answer(200, []))(connection, got)

        faults.on("GET /api/jobs", jobs)
        assert await asyncio.gather(*(client.list_jobs() for _ in range(8))) == [[]] * 8
    assert len(faults.requests(REFRESH)) == 1


async def test_cancelling_a_task_ends_its_call(faults: FaultServer) -> None:
    faults.on("GET /api/jobs/j", later(30, answer(200, {})))
    async with AsyncQPIClient(faults.url, "qpi_token") as client:
        ended = []
        run = client._run

        async def watched(call: Any) -> Any:
            try:
                return await run(call)
            finally:
                ended.append(call.gi_frame is None)

        client._run = watched  # type: ignore[method-assign]  # the driver, with a look at its generator
        task = asyncio.create_task(client.wait_job("j"))  # type: ignore[arg-type]  # a coroutine
        await asyncio.to_thread(faults.wait_for, "GET /api/jobs/j")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == [True]


# Secrets.

SECRETS = ("qpi_very_secret", "a-secret-password")


def everything_shown(client: Any, error: BaseException) -> str:
    """Return what a log, a debugger or a traceback with locals could show."""
    shown = [
        repr(client),
        repr(vars(client)),
        str(error),
        repr(error),
        repr(vars(error)),
        repr(error.__cause__),
    ]
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [f"{frame.locals}" for frame in trace.stack if "qpi_client" in frame.filename]
    return "\n".join(shown + frames)


@pytest.mark.parametrize("fault", [reset, answer(403, {"message": "No."})], ids=["lost", "refused"])
def test_logs_reprs_and_tracebacks_show_no_secret(fault: Any, faults: FaultServer) -> None:
    faults.signed_in()
    faults.on("POST /api/tokens", fault)
    seen: list[object] = []
    client = QPIClient(faults.url, SECRETS[0], on_request=seen.append, on_response=seen.append)
    sign_in(client)
    with pytest.raises(QPIError) as caught:
        client.create_token("laptop")
    text = everything_shown(client, caught.value) + repr(seen)
    for secret in (*SECRETS, client.session_token()):
        assert secret not in text
    assert any(isinstance(one, RequestSeen) and one.headers.get("authorization") == "***" for one in seen)
    assert any(isinstance(one, ResponseSeen) and one.status == 200 for one in seen)


def test_copies_contain_no_secret(faults: FaultServer, connect: Open) -> None:
    faults.signed_in()
    client = sign_in(connect(faults.url, SECRETS[0], timeout=7, read_only=True)).client
    raw = pickle.dumps(client)
    for secret in (SECRETS[0], client.session_token()):
        assert secret.encode() not in raw
    for twin in (pickle.loads(raw), copy.deepcopy(client)):  # noqa: S301  # our own bytes
        assert type(twin) is type(client)
        assert (twin.base_url, twin.read_only, twin.session) == (client.base_url, True, None)
        assert twin._settings == client._settings
        assert twin._context.api_token is None


def test_errors_can_be_pickled_and_copied(faults: FaultServer) -> None:
    faults.on("GET /api/qpus", answer(400, {"message": "No.", "data": {"name": {"message": "Bad."}}}))
    with QPIClient(faults.url) as client, pytest.raises(APIError) as caught:
        client.list_qpus()
    twin = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own bytes
    assert (type(twin), str(twin), twin.status, twin.fields) == (
        type(caught.value), "No. name: Bad.", 400, {"name": "Bad."},
    )  # fmt: skip
