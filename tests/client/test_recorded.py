"""Every recorded exchange of both generations, through both clients."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qpi_client import (
    AlreadyHandled,
    APIError,
    ChangeEvent,
    InvalidValue,
    NotOnThisGeneration,
    NotQPIServer,
    QPIError,
    ReadAgain,
    ResultsUnavailable,
    SessionExpired,
    SessionRequired,
)
from qpi_client.http import httpx
from tests.client.both import Both
from tests.client.recorded import (
    GENERATIONS,
    Exchange,
    call_of,
    client_for,
    load,
    now_as_recorded,
    person,
    scenarios,
)

SCENARIOS = [(g, s) for g in GENERATIONS for s in scenarios(g) if s not in ("11-realtime", "12-job-results")]
# The client rejects these before the server would accept them, or reject them with a shorter message.
REFUSED = {
    "a status outside the list",
    "bad expiry",
    "bad num_qubits",
    "circuit missing",
    "ends before it starts",
    "expiry in the past",
    "for nobody, superuser",
    "meas_level out of range",
    "meas_return unknown",
    "negative",
    "negative allocation",
    "negative shots",
    "no circuits",
    "no length",
    "not a number",
    "not dates",
    "short password, passwordConfirm differs",
    "shots not a number",
    "unknown status",
    "zero seconds",
}


@pytest.mark.filterwarnings("ignore::qpi_client.QPIWarning")
@pytest.mark.parametrize(("generation", "scenario"), SCENARIOS, ids=lambda value: value)
def test_recorded_exchanges_give_the_recorded_answer(generation: str, scenario: str, kind: str) -> None:
    with now_as_recorded(generation):
        for exchange in load(generation, scenario):
            replay(kind, generation, exchange)


def replay(kind: str, generation: str, exchange: Exchange) -> None:
    client, transport = client_for(kind, generation, exchange)
    failed: QPIError | None = None
    outcome: Any = None
    with client:
        try:
            outcome = call_of(exchange)(client)
        except QPIError as error:
            failed = error
    if failed is None:
        assert same(exchange, outcome), f"{exchange['note']}: {outcome}"
        assert transport.sent
    elif isinstance(failed, InvalidValue):
        assert exchange["note"] in REFUSED, f"{exchange['note']}: {failed}"
        assert transport.sent == []
    elif isinstance(failed, (SessionRequired, SessionExpired)):
        # The server gives an anonymous caller an empty list without an error; the client raises one.
        assert exchange["as"] in ("anonymous", "forged", "alice-token")
    elif isinstance(failed, NotOnThisGeneration):
        assert (failed.generation, exchange["status"]) == (generation, 404)
    elif isinstance(failed, NotQPIServer):
        assert "<html>" in exchange["answer_text"]
    elif isinstance(failed, AlreadyHandled):
        assert "already been processed" in exchange["answer"]["message"]
    else:
        assert isinstance(failed, APIError), exchange["note"]
        assert failed.status == exchange["status"], exchange["note"]
        assert exchange["answer"]["message"].rstrip(".") in str(failed)
        for field, word in exchange["answer"]["data"].items():
            assert f"{field}: {word['message']}" in str(failed)


def same(exchange: Exchange, outcome: Any) -> bool:
    """Whether the client returns what the server answered, apart from known corrections."""
    answer: Any = exchange.get("answer", exchange.get("answer_text"))
    if exchange["note"] in ("superuser cancels a user's job", "one QPU by name"):
        # What the recorded servers cannot do through this route, the client does through the collection.
        return bool(outcome == {"status": "cancelled"} or outcome.get("name") == "qpu_alpha")
    if exchange["status"] in (204,) or (exchange["method"] == "DELETE" and outcome is None):
        return outcome is None
    if isinstance(outcome, str):
        return outcome in ([answer] if isinstance(answer, str) else (answer.get("id"), answer.get("version")))
    if "record" in answer and "token" in answer:
        return bool(answer["record"] == outcome.get("record", outcome))
    rows = answer.get("items", answer) if isinstance(answer, dict) else answer
    if isinstance(outcome, list):
        return [shown(row) for row in outcome] == [shown(row) for row in rows]
    return shown(outcome) == shown(answer)


def shown(record: Any) -> Any:
    """Return a record without what the client omits: a useless hash, and results that are none."""
    if not isinstance(record, dict):
        return record
    hashes = ("access_token", "token")
    kept = {name: value for name, value in record.items() if not (name in hashes and len(str(value)) == 64)}
    if "results" in kept and kept["results"] == kept.get("payload"):
        kept["results"] = None
    return kept


@pytest.mark.parametrize("generation", GENERATIONS)
def test_recorded_change_events_are_delivered(generation: str, kind: str) -> None:
    *exchanges, stream = load(generation, "11-realtime")
    for exchange in exchanges:
        if exchange["path"] != "/api/realtime":
            replay(kind, generation, exchange)
    text = stream["answer_text"].partition("\n")[2]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and request.url.path == "/api/realtime":
            subscribed = json.loads(request.content)
            return httpx.Response(204 if subscribed["clientId"] in text else 404)
        if request.method == "POST":
            return httpx.Response(200, json={"token": "eyJ.session.token", "record": person(generation, "alice")})
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, text=text)

    recorded = [line for line in text.splitlines() if line.startswith("event:") and "PB_CONNECT" not in line]
    with Both(kind, "http://server", transport=httpx.MockTransport(answer)) as client:
        client.auth_with_password("alice@example.com", "alice-pass-1234")
        seen = client.events(exchanges[0]["body"]["subscriptions"])
        assert next(seen) == ReadAgain()
        events = [next(seen) for _ in recorded]
        assert next(seen) == ReadAgain(), "the stream ended, and another one began"
        seen.close()
    assert all(isinstance(event, ChangeEvent) and event.record["id"] for event in events)
    assert [f"event:{event.topic}" for event in events] == recorded


@pytest.mark.parametrize("generation", GENERATIONS)
def test_recorded_results_are_parsed(generation: str, kind: str) -> None:
    for job in load(generation, "12-job-results"):
        echo, record = job["GET /api/jobs/{id}"], job["GET /api/collections/quantum_jobs/records/{id}"]
        recorded = {"as": "alice", "note": job["note"], "method": "GET", "path": f"/api/jobs/{echo['id']}"}
        recorded |= {"status": 200, "answer": echo}
        client, transport = client_for(kind, generation, recorded)
        beside = transport._beside
        transport._beside = lambda method, path, condition, record=record, beside=beside: (  # type: ignore[method-assign]
            httpx.Response(200, json=record) if "quantum_jobs" in path else beside(method, path, condition)
        )
        with client:
            assert client.get_job(echo["id"])["results"] == record["results"], job["note"]
        by_token, _ = client_for(kind, generation, {**recorded, "as": "alice-token"})
        with by_token, pytest.raises(ResultsUnavailable) as caught:
            by_token.get_job(echo["id"])
        assert caught.value.record["status"] == record["status"]
