"""Replay recorded exchanges as calls of the client, with a transport that answers as the real servers did."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from qpi_client.exchange import fetch
from qpi_client.http import httpx
from qpi_client.session import session_from
from qpi_client.steps import Request
from tests.client.both import Both

DATA = Path(__file__).parents[1] / "contract" / "data"
GENERATIONS = ("v0.0", "v0.1")
FORGED = "forged.session.token"
TOKENS = {"alice-token": "qpi_alice", "bad-token": "qpi_bad", "expired-token": "qpi_expired"}
Exchange = dict[str, Any]


def scenarios(generation: str) -> list[str]:
    """Return the names of a generation's recordings, in order."""
    return sorted(path.stem for path in (DATA / generation).glob("*.json"))


def load(generation: str, scenario: str) -> list[Exchange]:
    """Load one recording."""
    found: list[Exchange] = json.loads((DATA / generation / f"{scenario}.json").read_text(encoding="utf-8"))
    return found


def person(generation: str, who: str) -> dict[str, Any]:
    """Return the record of a person in the recordings."""
    email = f"{'alice' if who == 'bearer' else who}@example.com"
    for exchange in load(generation, "02-auth"):
        record = (exchange.get("answer") or {}).get("record") or {}
        if record.get("email") == email:
            return dict(record)
    return {"id": "forged000000000", "email": "nobody@example.com"}


class Recording(httpx.MockTransport):
    """A transport that answers one exchange as recorded, and the client's additional requests as that server would."""

    def __init__(self, generation: str, exchange: Exchange) -> None:
        super().__init__(self.answer)
        self.generation = generation
        self.exchange = exchange
        self.sent: list[httpx.Request] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Return the recorded answer for the recorded request, and a plausible one for the requests around it."""
        main = (request.method, request.url.path) == (self.exchange["method"], self.exchange["path"])
        if main and not (request.method == "GET" and self._paged(request)):
            self.sent.append(request)
            return self._recorded()
        return self._beside(request.method, request.url.path, request.url.params.get("filter", ""))

    def _paged(self, request: httpx.Request) -> bool:
        return bool(self.sent) and "quantum_jobs" not in request.url.path

    def _recorded(self) -> httpx.Response:
        exchange = self.exchange
        headers = dict(exchange.get("headers") or {})
        if "answer_text" in exchange:
            return httpx.Response(exchange["status"], headers=headers, text=exchange["answer_text"])
        body = b"" if exchange.get("answer") is None else json.dumps(exchange["answer"]).encode()
        return httpx.Response(exchange["status"], headers=headers, content=body)

    def _beside(self, method: str, path: str, condition: str) -> httpx.Response:
        collection = path.split("/")[3] if path.startswith("/api/collections/") else ""
        if path.endswith("/auth-refresh"):
            if self.exchange["as"] == "forged":
                return httpx.Response(401, json={"status": 401, "message": "Not valid.", "data": {}})
            record = person(self.generation, self.exchange["as"])
            return httpx.Response(200, json={"token": "eyJ.renewed.token", "record": record})
        if collection == "drivers" and self.generation == "v0.0":
            return httpx.Response(404, json={"status": 404, "message": "Missing collection context.", "data": {}})
        if collection == "qpu_time_requests" and method == "GET":
            return httpx.Response(200, json={"id": path.rpartition("/")[2], "status": "pending"})
        if collection == "quantum_jobs":
            return httpx.Response(200, json={"id": path.rpartition("/")[2], "status": "pending"})
        named = re.search(r'id = "([^"]*)"', condition)
        # The recordings request one QPU that does not exist.
        items = [{"id": named[1], "name": named[1], "enabled": True}] if named and named[1] != "no_such" else []
        return httpx.Response(200, json={"items": items, "page": 1, "perPage": 1000, "totalItems": len(items)})


def client_for(kind: str, generation: str, exchange: Exchange) -> tuple[Both, Recording]:
    """Return a client signed in as the caller of the exchange, on a transport that answers it."""
    who, transport = exchange["as"], Recording(generation, exchange)
    client = Both(kind, "http://server", TOKENS.get(who), transport=transport)
    if who in ("admin", "alice", "bob", "bearer", "forged"):
        token = {"bearer": "Bearer eyJ.session.token", "forged": FORGED}.get(who, "eyJ.session.token")
        collection = "_superusers" if who == "admin" else "users"
        answer = {"token": token, "record": person(generation, who)}
        client.client._context.session = session_from(answer, collection, datetime.now(UTC))
    return client, transport


Make = Callable[..., Callable[[Both], Any]]
ID = r"([^/]+)"


def fields(*names: str) -> Callable[[Exchange], list[Any]]:
    """Return the values of these keys of the body."""
    return lambda exchange: [exchange["body"][name] for name in names]


def _submit(exchange: Exchange) -> Callable[[Both], Any]:
    return lambda c: c.submit_job(**exchange["body"])


def _toggle(name: str) -> Make:
    return lambda x: lambda c: getattr(c, name)(x["body"]["id"], x["body"]["enabled"])


def _plain(name: str) -> Make:
    return lambda _, *ids: lambda c: getattr(c, name)(*ids)


def _body(name: str, **renamed: str) -> Make:
    """Call a method with the ids of the path and the keys of the body as arguments."""

    def make(exchange: Exchange, *ids: str) -> Callable[[Both], Any]:
        given = {renamed.get(key, key): value for key, value in exchange["body"].items()}
        return lambda c: getattr(c, name)(*ids, **{key: value for key, value in given.items() if key != "-"})

    return make


def _user(exchange: Exchange, user: str) -> Callable[[Both], Any]:
    seconds = exchange["body"]["qpu_seconds"]
    return lambda c: c.allocate_qpu_time(user, seconds)


def _announcement(exchange: Exchange) -> Callable[[Both], Any]:
    body = dict(exchange["body"])
    target = (body.pop("target_users", None) or [None])[0]
    return lambda c: c.create_notification(target_user=target, **body)


def _qpu(exchange: Exchange, qpu: str) -> Callable[[Both], Any]:
    return lambda c: c.set_qpu_status(qpu, exchange["body"]["status"])


def _sign_in(exchange: Exchange, collection: str) -> Callable[[Both], Any]:
    return lambda c: c.auth_with_password(*fields("identity", "password")(exchange), collection)


RECORDS = "/api/collections/"
CALLS: dict[str, Make] = {
    "GET /api/health": _plain("health"),
    "GET /api/op/version": _plain("server_version"),
    "GET /api/pub/root-ca.pem": _plain("root_certificate"),
    f"POST {RECORDS}{ID}/auth-with-password": _sign_in,
    f"POST {RECORDS}{ID}/auth-refresh": lambda _, __: lambda c: c.refresh_session(),
    f"GET {RECORDS}{ID}/auth-methods": _plain("auth_methods"),
    f"GET {RECORDS}users/records": _plain("list_users"),
    f"POST {RECORDS}users/records": _body("create_user", emailVisibility="-", passwordConfirm="-"),
    f"PATCH {RECORDS}users/records/{ID}": _user,
    "POST /api/op/qpus/create": _body("create_qpu"),
    "POST /api/op/qpus/connect": _body("connect_qpu"),
    "POST /api/op/qpu/toggle": _toggle("toggle_qpu"),
    "GET /api/qpus": _plain("list_qpus"),
    f"GET /api/qpus/{ID}": _plain("get_qpu"),
    f"GET {RECORDS}qpus/records": _plain("list_all_qpus"),
    f"PATCH {RECORDS}qpus/records/{ID}": _qpu,
    f"DELETE {RECORDS}qpus/records/{ID}": _plain("delete_qpu"),
    f"GET {RECORDS}drivers/records": _plain("list_drivers"),
    "POST /api/op/drivers/create": _body("create_driver"),
    "POST /api/op/drivers/toggle": _toggle("toggle_driver"),
    "POST /api/tokens": _body("create_token"),
    "GET /api/tokens": _plain("list_tokens"),
    f"PATCH /api/tokens/{ID}": _body("rename_token"),
    f"DELETE /api/tokens/{ID}": _plain("revoke_token"),
    "POST /api/jobs": _submit,
    "GET /api/jobs": _plain("list_jobs"),
    f"GET /api/jobs/{ID}": _plain("get_job"),
    f"POST /api/jobs/{ID}/cancel": _plain("cancel_job"),
    f"GET {RECORDS}qpu_time_requests/records": _plain("list_time_requests"),
    f"POST {RECORDS}qpu_time_requests/records": _body("create_time_request", user="-", status="-"),
    f"PATCH {RECORDS}qpu_time_requests/records/{ID}": _body("update_time_request"),
    f"DELETE {RECORDS}qpu_time_requests/records/{ID}": _plain("withdraw_time_request"),
    f"GET {RECORDS}time_slots/records": _plain("list_time_slots"),
    f"POST {RECORDS}time_slots/records": _body("create_time_slot"),
    f"PATCH {RECORDS}time_slots/records/{ID}": _body("update_time_slot"),
    f"DELETE {RECORDS}time_slots/records/{ID}": _plain("delete_time_slot"),
    f"GET {RECORDS}notifications/records": _plain("list_notifications"),
    f"POST {RECORDS}notifications/records": _announcement,
    f"POST /api/notifications/{ID}/dismiss": _plain("dismiss_notification"),
    f"DELETE {RECORDS}notifications/records/{ID}": _plain("delete_notification"),
    f"GET {RECORDS}events/records": _plain("list_events"),
}
# Exchanges about server behaviour that no method covers: sent as raw requests, under the client's rules.
BAD_QUERIES = (
    "bad filter",
    "bad sort field",
    "past the end",
    "sorting by created: these records carry no dates",
)


def call_of(exchange: Exchange) -> Callable[[Both], Any]:
    """Return the call that makes an exchange, or the raw request if no method would make it."""
    request = Request(exchange["method"], exchange["path"], exchange.get("query"), exchange.get("body"))
    line = f"{exchange['method']} {exchange['path']}"
    for pattern, make in CALLS.items():
        found = re.fullmatch(pattern, line)
        if found and "raw_body" not in exchange and exchange["note"] not in BAD_QUERIES:
            return _or_bare(make, exchange, found.groups(), request)
    return lambda client: _bare(client, request)


def _or_bare(make: Make, exchange: Exchange, ids: tuple[str, ...], request: Request) -> Callable[[Both], Any]:
    def call(client: Both) -> Any:
        try:
            return make(exchange, *ids)(client)
        except (TypeError, KeyError, AttributeError):
            # The body lacks a required key or has an unknown one, which no method can express.
            return _bare(client, request)

    return call


def _bare(client: Both, request: Request) -> Any:
    run = client.client._run(fetch(client.client._context, request))
    return client.wait(run) if client.runner else run


def now_as_recorded(generation: str) -> Any:
    """Set the client's clock to the time of the recording."""
    then = datetime.fromisoformat(load(generation, "02-auth")[3]["answer"]["created"])
    return patch("qpi_client.context.Context.now", lambda _: then)
