"""Programs written for the older client run on this one against the sandbox, and `compat` restores the older
behaviour.
"""

from __future__ import annotations

import pickle
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from qpi_client import (
    ClientClosed,
    ConnectFailed,
    InvalidValue,
    NotFound,
    QPIClient,
    QPIError,
    QPIWarning,
    ResultsUnavailable,
    SessionRequired,
    compat,
)
from qpi_client.http import httpx
from qpi_client.provider import QPIJobError
from qpi_sandbox import Credentials, Sandbox
from tests.client.faults import FaultServer, answer, html, truncated

PROGRAMS = Path(__file__).parent / "programs"
CIRCUIT = 'OPENQASM 3.0; include "stdgates.inc"; qubit[1] q; bit[1] c; x q[0]; c[0] = measure q[0];'


@pytest.fixture(scope="module")
def shared_qpu(new_qpu: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    return new_qpu(num_qubits=4)


@pytest.fixture
def session(sandbox: Sandbox, user: Credentials) -> QPIClient:
    client = QPIClient(sandbox.url)
    client.auth_with_password(user.identity, user.password)
    return client


def run(capsys: pytest.CaptureFixture[str], name: str, *arguments: str) -> list[str]:
    """Run a program and return what it printed."""
    runpy.run_path(str(PROGRAMS / f"{name}.py"))["main"](*arguments)
    return capsys.readouterr().out.splitlines()


def test_an_older_program_submits_openqasm_text_over_rest(
    capsys: Any, sandbox: Sandbox, user: Credentials, shared_qpu: Any
) -> None:
    printed = run(capsys, "old_bell_by_rest", sandbox.url, user.identity, user.password, shared_qpu["name"])
    assert printed == ["total 200", "listed True"]


def test_an_older_program_runs_circuits_with_qiskit(
    capsys: Any, sandbox: Sandbox, user: Credentials, shared_qpu: Any
) -> None:
    printed = run(capsys, "old_bell_with_qiskit", sandbox.url, user.identity, user.password, shared_qpu["name"])
    assert printed == [
        "qubits 4",
        "states ['00', '11']",
        "done True",
        "again 100",
        "bound True",
        "Only one of 'circuit' or 'qasm' should be provided.",
        "QiskitError",
    ]


def test_an_older_program_runs_a_sweep(capsys: Any, sandbox: Sandbox, user: Credentials, new_qpu: Any) -> None:
    qpu = new_qpu(kind="qiskit_aer")
    printed = run(capsys, "old_sweep", sandbox.url, user.identity, user.password, qpu["name"])
    two = "[{'0': 50}, {'1': 50}]"
    assert printed == [f"circuits {two}", f"text {two}", "one {'1': 50}"]


def test_an_older_program_books_slots_requests_time_and_reads_announcements(
    capsys: Any, sandbox: Sandbox, user: Credentials, admin_http: httpx.Client, shared_qpu: Any
) -> None:
    note = {"title": "Cool-down", "description": "On Sunday", "target_users": [user.id]}
    admin_http.post("/api/collections/notifications/records", json=note).raise_for_status()
    printed = run(capsys, "old_my_time", sandbox.url, user.identity, user.password, shared_qpu["name"])
    assert printed == [
        "slots 1",
        "hours 2.0",
        "deleted None",
        "request pending 600",
        "waiting ['pending']",
        "note Cool-down dismissed",
        "left 0",
    ]


def test_an_older_program_watches_a_queue_with_an_api_token(
    capsys: Any, sandbox: Sandbox, session: QPIClient, shared_qpu: Any, new_qpu: Any
) -> None:
    token = session.create_token("watcher")["token"]
    with pytest.warns(QPIWarning, match="only to a session"):
        printed = run(capsys, "old_queue_watch", sandbox.url, token, shared_qpu["id"], new_qpu(online=False)["id"])
    assert printed == [
        "token True",
        "completed True pending True",
        "cancelled cancelled",
        "http 404 Job not found, maybe it was already completed or cancelled? POST",
        "away True",
        "refused 401",
    ]


def test_an_older_program_maintains_qpus_and_accounts(
    capsys: Any, sandbox: Sandbox, user: Credentials, session: QPIClient
) -> None:
    session.create_time_request(60)
    admin = sandbox.admin
    printed = run(capsys, "old_fleet", sandbox.url, admin.identity, admin.password, user.identity)
    assert printed == [
        "made fleet_1 offline True",
        "online False",
        "found 3",
        "enabled False",
        "enabled True",
        "balance 1234",
        "answered rejected closed",
    ]


def test_the_differences_in_the_guide_are_true(sandbox: Sandbox, user: Credentials, session: QPIClient) -> None:
    """Each difference that `compat` does not remove."""
    for cls in (QPIClient, compat.QPIClient):
        nobody = cls(sandbox.url)
        assert not hasattr(nobody, "_session")
        with pytest.raises(SessionRequired):
            nobody.list_users()
        with pytest.raises(InvalidValue, match="from 1"):
            nobody.submit_job([{"circuit": CIRCUIT}], shots=0, qpu_target="any")
        client = cls(sandbox.url)
        client.auth_with_password(user.identity, user.password)
        assert pickle.loads(pickle.dumps(client)).session is None  # noqa: S301
        client.close()
        with pytest.raises(ClientClosed):
            client.list_qpus()
    assert not hasattr(QPIClient(sandbox.url, "qpi_abc"), "api_token")
    with pytest.raises(ConnectFailed) as caught:
        QPIClient("http://127.0.0.1:9").list_qpus()
    assert not isinstance(caught.value, OSError)


def test_compat_reads_a_job_without_its_results(sandbox: Sandbox, session: QPIClient, shared_qpu: Any) -> None:
    job_id = session.submit_job([{"circuit": CIRCUIT}], shots=10, qpu_target=shared_qpu["id"])
    session.wait_job(job_id, 60)
    token = session.create_token("reader")["token"]
    with pytest.raises(ResultsUnavailable):
        QPIClient(sandbox.url, token).get_job(job_id)
    client = compat.QPIClient(sandbox.url, token)
    with pytest.warns(QPIWarning, match="Sign in with auth_with_password"):
        job = client.get_job(job_id)
    assert (job["status"], job["results"]) == ("completed", None)
    # Qiskit's job still reports why there is no result.
    with pytest.raises(QPIJobError, match="auth_with_password"):
        client.job(job_id).result(timeout=20)
    assert client.get_backend(shared_qpu["name"]).num_qubits == 4


@pytest.mark.parametrize(
    ("step", "theirs"),
    [
        (answer(404, {"status": 404, "message": "No."}), requests.HTTPError),
        (answer(503, {"status": 503, "message": "No."}), requests.HTTPError),
        (truncated, requests.RequestException),
        (html, requests.RequestException),
        (None, requests.ConnectionError),
    ],
    ids=["refused", "failed", "cut", "page", "away"],
)
def test_errors_are_also_requests_errors(faults: FaultServer, step: Any, theirs: type[Exception]) -> None:
    if step is not None:
        faults.on("GET /api/qpus", step)
    url = faults.url if step is not None else "http://127.0.0.1:9"
    with pytest.raises(QPIError) as plain:
        QPIClient(url).list_qpus()
    assert not isinstance(plain.value, requests.RequestException)
    with compat.QPIClient(url) as client, pytest.raises(theirs) as caught:
        client.list_qpus()
    error = caught.value
    assert isinstance(error, type(plain.value))
    assert isinstance(error, (OSError, httpx.HTTPError))
    assert str(error) == str(plain.value)
    assert error.request is None or error.request.url.path == "/api/qpus"  # type: ignore[attr-defined]
    if isinstance(error, requests.HTTPError):
        assert error.response.status_code == plain.value.response.status_code  # type: ignore[attr-defined]
    else:
        assert error.response is None  # type: ignore[attr-defined]
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(copy) is type(plain.value)
    assert str(copy) == str(error)


def test_errors_of_iterators_are_also_requests_errors(faults: FaultServer) -> None:
    faults.signed_in()
    with compat.QPIClient(faults.url) as client:
        client.auth_with_password("alice@example.com", "password")
        with pytest.raises(requests.HTTPError) as caught:
            list(client.iter_users())
        assert isinstance(caught.value, NotFound)
        with pytest.raises(InvalidValue) as other:
            client.get_job("../x")
        assert not isinstance(other.value, OSError)
