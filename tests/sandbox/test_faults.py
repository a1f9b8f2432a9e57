"""Faults on demand: each kind as a client sees it, and the same faults for the same seed."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from qpi_sandbox import Sandbox, SandboxError
from qpi_sandbox.faults import KINDS, Fault, Faults
from tests.conftest import sign_in, wait_for

HEALTH = "/api/health"


@pytest.fixture(scope="module")
def spoilt() -> Iterator[Sandbox]:
    """Return a sandbox without faults, to which the tests add them."""
    with Sandbox(worker=False, faults=[]) as running:
        yield running


@pytest.fixture
def faults(spoilt: Sandbox) -> Iterator[Faults]:
    assert spoilt.faults is not None
    spoilt.faults.clear()
    yield spoilt.faults
    spoilt.faults.clear()


@pytest.fixture
def http(spoilt: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=spoilt.url, timeout=10) as client:
        yield client


def test_without_faults_nothing_fails(http: httpx.Client, faults: Faults) -> None:
    for _ in range(3):
        assert http.get(HEALTH).json()["code"] == 200
    assert [(entry.path, entry.faults) for entry in faults.log[-3:]] == [(HEALTH, ())] * 3


def test_429_has_a_retry_after_header(http: httpx.Client, faults: Faults) -> None:
    faults.add("429=3,times=1")
    answer = http.get(HEALTH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json()["status"] == 429
    assert http.get(HEALTH).status_code == 200


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_are_returned(http: httpx.Client, faults: Faults, status: int) -> None:
    faults.add(str(status))
    answer = http.get(HEALTH)
    assert answer.status_code == status
    assert answer.json()["message"]


def test_html_is_returned_instead_of_json(http: httpx.Client, faults: Faults) -> None:
    faults.add("html,route=GET /api/jobs*")
    answer = http.get("/api/jobs")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert http.get(HEALTH).json()["code"] == 200


def test_reset_does_not_reach_the_server_but_lost_does(spoilt: Sandbox, http: httpx.Client, faults: Faults) -> None:
    token = sign_in(spoilt.url, spoilt.admin, "_superusers")
    qpus = "/api/collections/qpus/records"
    for kind, made in (("reset", 0), ("lost", 1)):
        faults.clear()
        faults.add(f"{kind},route=POST *,times=1")
        before = http.get(qpus).json()["totalItems"]
        with pytest.raises(httpx.TransportError):
            http.post("/api/op/qpus/create", json={"name": kind}, headers={"Authorization": token})
        assert http.get(qpus).json()["totalItems"] == before + made


def test_a_truncated_body_is_an_error(http: httpx.Client, faults: Faults) -> None:
    faults.add("truncated=0.5,times=1")
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(HEALTH)
    assert http.get(HEALTH).json()["code"] == 200


def test_a_stalled_stream_stays_open_and_silent(http: httpx.Client, faults: Faults) -> None:
    faults.add("stalled,route=/api/realtime")
    with http.stream("GET", "/api/realtime", timeout=httpx.Timeout(5, read=0.3)) as stream:
        assert stream.status_code == 200
        with pytest.raises(httpx.ReadTimeout):
            next(stream.iter_lines())


def test_an_expired_session_is_handled_as_by_the_server(spoilt: Sandbox, http: httpx.Client, faults: Faults) -> None:
    session = {"Authorization": sign_in(spoilt.url, spoilt.admin, "_superusers")}
    faults.add("expired,times=2")
    assert http.get("/api/collections/users/records", headers=session).json()["items"] == []
    assert http.get("/api/jobs", headers=session).status_code == 401
    assert http.get("/api/jobs", headers=session).status_code == 200


def test_a_server_that_goes_away_comes_back(http: httpx.Client, faults: Faults) -> None:
    faults.add("gone=0.3,times=1")
    with pytest.raises(httpx.TransportError):
        http.get(HEALTH)
    with pytest.raises(httpx.ConnectError):
        http.get(HEALTH)

    def back() -> bool:
        try:
            return http.get(HEALTH).status_code == 200
        except httpx.TransportError:
            return False

    wait_for(back, "the server to come back")


def test_a_test_can_take_the_server_down(http: httpx.Client, faults: Faults) -> None:
    faults.go_away(0.2)
    with pytest.raises(httpx.ConnectError):
        http.get(HEALTH)


def test_latency_delays_the_response(http: httpx.Client, faults: Faults) -> None:
    wait_for(lambda: _answers(http), "the server to be there")
    faults.add("latency=5")
    with pytest.raises(httpx.ReadTimeout):
        http.get(HEALTH, timeout=0.2)
    faults.clear()
    faults.add("jitter=0.01")
    assert http.get(HEALTH).status_code == 200


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get(HEALTH).status_code == 200
    except httpx.TransportError:
        return False


def test_the_same_seed_gives_the_same_faults() -> None:
    def happened(seed: int, others: int) -> list[bool]:
        faults = Faults(["500,p=0.4,route=/a", "reset,p=0.3,route=/b"], seed=seed)
        result = []
        for _ in range(60):
            for _ in range(others):
                faults.plan("GET", "/b")
            result.append(faults.plan("GET", "/a").fault is not None)
        return result

    assert happened(7, 0) == happened(7, 3)
    assert happened(7, 0) != happened(8, 0)
    assert 10 < sum(happened(7, 0)) < 40


def test_after_and_times_count_matching_requests() -> None:
    faults = Faults(["500,route=GET /a*,after=2,times=2"])
    seen = [faults.plan("GET", path).fault is not None for path in ("/a", "/b", "/a/1", "/a", "/a", "/a")]
    assert seen == [False, False, False, True, True, False]
    assert faults.plan("POST", "/a").fault is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("meltdown", "Unknown fault: 'meltdown'"),
        ("500,p=2", "from 0 to 1"),
        ("latency=soon", "Not a number"),
        ("500,path=/x", "Unknown option"),
        ("latency=-1", "Use 0 or more"),
    ],
)
def test_an_unparsable_fault_is_explained(text: str, says: str) -> None:
    with pytest.raises(SandboxError, match=says) as caught:
        Fault.parse(text)
    assert caught.value.usage


def test_every_kind_of_fault_can_be_requested() -> None:
    assert [Fault.parse(kind).kind for kind in KINDS] == list(KINDS)
