"""Nobody reads or changes on a sandbox what its rules forbid: every role tries every operation on every collection and
route.

The rules themselves (`tests/sandbox/rules.py`) give the expectations, which are checked against the recorded server.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import sign_in
from tests.contract.replay import FORGED, load, scenarios
from tests.hostile.corpus import CORPUS
from tests.sandbox.people import BELL
from tests.sandbox.rules import ACTIONS, ROLES, Route, allows, routes

PASSWORD = "a-password-1234"
Tell = Callable[[str, object], None]
# PocketBase's own collections, whose records are not created by hand.
OWN = ("_externalAuths", "_mfas", "_otps", "_authOrigins")


@dataclass
class World:
    """A sandbox with an account of every role."""

    sandbox: Sandbox
    generation: str
    admin: httpx.Client
    clients: dict[str, httpx.Client] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def person(self, role: str) -> None:
        """Create a user for a role."""
        email = f"{role}{next(self.numbers)}@test.example"
        body = {"email": email, "password": PASSWORD, "passwordConfirm": PASSWORD, "qpu_seconds": 60}
        self.ids[role] = self.make("users", **body)["id"]
        session = sign_in(self.sandbox.url, Credentials(email, PASSWORD))
        self.clients[role] = self.client(Authorization=session)

    def new_user(self) -> None:
        """Replace `user`, with a token."""
        self.person("user")
        token = self.clients["user"].post("/api/tokens", json={"name": "script"}).json()["token"]
        self.clients["token"] = self.client(X_API_Token=token)

    def client(self, **headers: str) -> httpx.Client:
        """Return a client for a role, by the headers that it sends."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.Client(base_url=self.sandbox.url, headers=named, timeout=20)

    def make(self, collection: str, **body: Any) -> dict[str, Any]:
        """Create a record as the administrator."""
        answer = self.admin.post(f"/api/collections/{collection}/records", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def body(self, collection: str) -> dict[str, Any]:
        """Return a valid body for a collection, owned by `user` if it has an owner."""
        me, number = self.ids["user"], next(self.numbers)
        day, hour = number // 23, number % 23
        times = {
            end: f"{2093 + day // 28:04}-01-{day % 28 + 1:02} {hour:02}:{minute}:00.000Z"
            for end, minute in (("start_time", "00"), ("end_time", "30"))
        }
        password = {"password": PASSWORD, "passwordConfirm": PASSWORD}
        bodies: dict[str, dict[str, Any]] = {
            "users": {"email": f"made{number}@test.example", **password},
            "_superusers": {"email": f"root{number}@test.example", **password},
            "qpus": {"name": "q", "status": "offline", "enabled": True},
            "quantum_jobs": {"user_id": me, "status": "pending", "payload": {"circuits": [{"circuit": BELL}]}},
            "qpu_time_requests": {"user": me, "seconds": 60, "status": "pending"},
            "time_slots": {"booked_by": me, **times},
            "notifications": {"title": "who may"},
            "themes": {"name": "t"},
            "api_tokens": {"user": me, "name": "t", "token": f"hash{number}"},
            "events": {"type": "CryostatReading", "ts": "2026-01-01T00:00:00Z", "payload": {}},
        }
        if collection == "drivers":
            qpu = self.make("qpus", name="q")["id"]
            return {"name": "d", "qpu": qpu, "kind": "mock", "language": "python", "enabled": True}
        if collection == "notification_dismissals":
            return {"notification": self.make("notifications", title="n")["id"], "user": me}
        return bodies[collection]

    def release(self) -> None:
        """Delete the records without which a user cannot be deleted."""
        for collection, owner in (("api_tokens", "user"), ("time_slots", "booked_by")):
            path = f"/api/collections/{collection}/records"
            query = {"filter": f"{owner} = '{self.ids['user']}'", "perPage": 500}
            for each in self.admin.get(path, params=query).json()["items"]:
                self.admin.delete(f"{path}/{each['id']}").raise_for_status()

    def __getitem__(self, collection: str) -> dict[str, Any]:
        """Return a new record of a collection; for users, `user`'s own."""
        if collection == "users":
            return dict(self.admin.get(f"/api/collections/users/records/{self.ids['user']}").json())
        return self.make(collection, **self.body(collection))


CHANGES: dict[str, dict[str, Any]] = {
    "users": {"name": "changed"}, "qpus": {"name": "changed"}, "drivers": {"name": "changed"},
    "quantum_jobs": {"status": "cancelled"}, "qpu_time_requests": {"status": "rejected"},
    "notifications": {"title": "changed"}, "api_tokens": {"name": "changed"}, "events": {"source": "changed"},
    "_superusers": {"email": "changed@test.example"},
}  # fmt: skip


@pytest.fixture(scope="module", params=["v0.1", "v0.0"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    with Sandbox(generation=request.param, worker=False) as sandbox:
        admin = httpx.Client(
            base_url=sandbox.url,
            headers={"Authorization": sign_in(sandbox.url, sandbox.admin, "_superusers")},
            timeout=20,
        )
        found = World(sandbox, request.param, admin)
        found.person("other")
        found.new_user()
        found.clients |= {
            "anonymous": found.client(),
            "forged": found.client(Authorization=FORGED),
            "admin": admin,
        }
        yield found
        for client in found.clients.values():
            client.close()


def rules_of(world: World) -> dict[str, dict[str, Any]]:
    """Return every collection of the running server, with its rules."""
    items = world.admin.get("/api/collections", params={"perPage": 500}).json()["items"]
    return {item["name"]: item for item in items}


def may(role: str, rule: str | None, record: dict[str, Any], world: World) -> bool:
    """Return what a rule says for a role."""
    return role == "admin" or allows(rule, record, world.ids.get(role, ""))


def attempt(client: httpx.Client, action: str, path: str, record: dict[str, Any], body: dict[str, Any]) -> bool:
    """Whether the operation succeeded."""
    id = record.get("id", "none00000000000")
    if action == "list":
        answer = client.get(path, params={"filter": f"id='{id}'"})
        return answer.status_code == 200 and bool(answer.json()["items"])
    if action == "view":
        answer = client.get(f"{path}/{id}")
    elif action == "create":
        answer = client.post(path, json=body)
    elif action == "update":
        answer = client.patch(f"{path}/{id}", json=body)
    else:
        answer = client.delete(f"{path}/{id}")
    assert answer.status_code in (200, 204, 400, 403, 404), answer.text
    return answer.status_code < 300


def test_collections_are_open_exactly_as_their_rules_say(world: World, record_property: Tell) -> None:
    tried = 0
    for name, collection in rules_of(world).items():
        path = f"/api/collections/{name}/records"
        record: dict[str, Any] = {}
        spent = False
        for action, role in itertools.product(ACTIONS, ROLES):
            if name in OWN and role == "admin":
                continue
            # A record that was only read, or could not be changed, serves the next attempt too.
            if name not in OWN and (not record or spent):
                record = world[name]
            rule = collection[ACTIONS[action]]
            body = {} if name in OWN else world.body(name) if action == "create" else CHANGES.get(name, {})
            if name == "users" and action == "delete":
                world.release()
            due = may(role, rule, body if action == "create" else record, world) and bool(record)
            done = attempt(world.clients[role], action, path, record, body)
            assert done == due, f"{role} {action} {name}: {rule!r} says {due}, and it was {done}"
            spent = (done and action != "view" and action != "list") or (name == "users" and action == "delete")
            if action == "delete":
                there = world.admin.get(f"{path}/{record.get('id')}")
                assert (there.status_code == 200) == (not done and bool(record)), f"{role} {action} {name}"
            if name == "users" and done and action == "delete":
                world.new_user()
            tried += 1
    assert tried > 300
    record_property("who may what: role × list × action, as the rules say", tried)


def test_routes_are_open_exactly_as_their_guards_say(world: World, record_property: Tell) -> None:
    found = routes(world.generation)
    assert len(found) > 20
    for route, role in itertools.product(found, ROLES):
        qpu = world["qpus"]["id"]
        driver = world["drivers"]["id"] if world.generation == "v0.1" else ""
        mine = {
            "jobs": lambda: world["quantum_jobs"]["id"],
            "tokens": lambda: world.clients["user"].post("/api/tokens", json={"name": "one"}).json()["id"],
            "notifications": lambda: world["notifications"]["id"],
            "qpus": lambda qpu=qpu: qpu,
            "nodes": lambda driver=driver: driver,
            "sandbox": lambda driver=driver, qpu=qpu: driver or qpu,
        }
        kind = route.path.split("/")[2]
        path = route.path.replace("{id}", mine[kind]()) if "{id}" in route.path else route.path
        bodies: dict[str, dict[str, Any]] = {
            "/api/jobs": {"circuits": [{"circuit": BELL}], "shots": 1},
            "/api/op/qpus/create": {"name": "q", "executor_type": "mock"},
            "/api/op/qpu/toggle": {"id": qpu, "enabled": True},
            "/api/op/drivers/create": {"name": "n", "qpu": qpu, "kind": "mock", "language": "python"},
            "/api/op/drivers/toggle": {"id": driver, "enabled": True},
            "/api/op/drivers/connect": {"token": "qpi_" + "0" * 64},
            "/api/op/qpus/connect": {"name": "q", "access_token": "qpi_" + "0" * 64},
        }
        body = bodies.get(route.path, {"name": "x", "password": "x"}) if route.method != "GET" else None
        answer = world.clients[role].request(route.method, path, json=body)
        if role in route.who:
            assert answer.status_code in (200, 201, 204), f"{role}: {route}: {answer.status_code} {answer.text}"
        else:
            assert answer.status_code in route.refused, f"{role}: {route}: {answer.status_code} {answer.text}"
    record_property("who may what: role × route, as the guards say", len(found) * len(ROLES))


WHO = {
    "anonymous": ("anonymous",), "forged": ("forged",), "bad-token": ("anonymous",), "expired-token": ("anonymous",),
    "alice": ("user", "other"), "bob": ("user", "other"), "bearer": ("user", "other"), "alice-token": ("token",),
    "admin": ("admin",),
}  # fmt: skip


def test_the_rules_agree_with_the_recorded_server(world: World) -> None:
    """Each recorded success must be permitted to the role here, and each recorded rejection must be forbidden."""
    rules, known = rules_of(world), routes(world.generation)
    agreed = {"allowed": 0, "refused": 0}
    for scenario in scenarios(world.generation):
        for exchange in load(world.generation, scenario):
            if "method" not in exchange or exchange["as"] not in WHO:
                continue
            allowed = _allowed(exchange, rules, known, world)
            if allowed is None:
                continue
            status, note = exchange["status"], f"{scenario}: {exchange['note']}"
            answer = exchange.get("answer")
            empty = isinstance(answer, dict) and answer.get("items") == []
            if status < 300 and not empty:
                # Users credit themselves: the one hole that the sandbox closes on purpose (docs/sandbox.md).
                assert allowed or "credits itself" in note, note
                agreed["allowed"] += 1
            elif status in (401, 403):
                assert not allowed or "balance" in str(answer), note
                agreed["refused"] += 1
    assert agreed["allowed"] > 60
    assert agreed["refused"] > 10


def _allowed(exchange: dict[str, Any], rules: dict[str, Any], known: list[Route], world: World) -> bool | None:
    """Whether the rules here permit a recorded request to its caller; None if no rule applies."""
    roles = WHO[exchange["as"]]
    parts = exchange["path"].strip("/").split("/")
    if parts[1] == "collections" and len(parts) >= 4 and parts[3] == "records" and parts[2] in rules:
        action = {"POST": "create", "PATCH": "update", "DELETE": "delete"}.get(exchange["method"], "")
        rule = rules[parts[2]][ACTIONS[action or ("view" if len(parts) > 4 else "list")]]
        mine = dict.fromkeys(("id", "user", "user_id", "booked_by"), world.ids["user"]) | {"status": "pending"}
        return any(may(role, rule, mine, world) for role in roles)
    for route in known:
        wanted = route.path.strip("/").split("/")
        if route.method != exchange["method"] or len(wanted) != len(parts):
            continue
        if all(want in (part, "{id}") for want, part in zip(wanted, parts, strict=True)):
            # Without a role, a driver's secret opens it.
            return bool(route.who & set(roles)) if route.who else None
    return None


BODIES: list[bytes] = [
    b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff\xfe", b'{"a":' * 5000, b"[" * 100_000, b'{"name": {"$gt": ""}}',
    b'{"name": null, "id": null}', b'{"id": ["x"], "enabled": "yes"}', b'{"circuits": "x", "shots": "many"}',
    b'{"circuits": [{"circuit": 7}], "shots": 1e400}', b'{"token": {"x": 1}}', b'{"__proto__": {"isSuperuser": true}}',
    b'{"status": "completed", "results": "{}"}', b'{"qpu_seconds": 1e308}', b'{"user": "x\' || 1=1"}',
    b'{"constructor": {"prototype": {"isSuperuser": true}}}', b'{"name": "\\ud800"}', b'{"name": "a\\u0000b"}',
    b'{"name": 1e309, "qpu": [[[]]], "kind": {"toString": null}, "language": true, "events": {"length": -1}}',
]  # fmt: skip
PATHS = (
    "/../../etc/passwd", "/_/../pb_data/data.db", "/%2e%2e/%2e%2e/etc/passwd", "/_/%2e%2e/pb_hooks/users.pb.js",
    "/api/files/users/x/%2e%2e%2fdata.db", "/api/files/..%2f..%2fdata.db/x/y", "/api/files/_superusers/x/y",
    "/api/backups", "/api/backups/x/download", "/api/settings", "/api/logs", "/api/logs/stats", "/api/collections",
    "/api/crons", "/api/collections/users", "/api/collections/_superusers", "/api/collections/meta/scaffolds",
    "/api/sandbox/../settings", "/api/op/../settings", "/api//settings", "/pb_hooks/users.pb.js", "/sign-ins.json",
)  # fmt: skip
WRITES = (
    ("PATCH", "/api/settings"), ("POST", "/api/backups"), ("POST", "/api/backups/upload"), ("POST", "/api/collections"),
    ("PATCH", "/api/collections/users"), ("DELETE", "/api/collections/users"), ("PUT", "/api/collections/import"),
    ("DELETE", "/api/collections/users/truncate"), ("POST", "/api/settings/test/s3"), ("POST", "/api/crons/x"),
    ("POST", "/api/batch"), ("POST", "/api/collections/users/impersonate/x"), ("POST", "/api/sql"),
)  # fmt: skip


def test_no_body_filter_or_path_leaks_anything(world: World, record_property: Tell) -> None:
    tried = 0
    secret = world["quantum_jobs"]["id"]
    texts = [text for text in CORPUS.values() if text.isprintable() and len(text) < 200]
    # Their parser is PocketBase's, in both generations.
    texts = texts[:: 3 if world.generation == "v0.1" else 12]
    filters = [
        *texts, "user_id != ''", "id != '' || user_id != ''", "user_id.password != ''", "user_id.tokenKey ~ 'a'",
        "user_id.email ~ '%'", "@collection.users.tokenKey ~ 'a'", "@collection.api_tokens.token != ''",
        "@collection._superusers.email ~ '%'", "1=1) || (1=1", "id = 'x' /* */ || 1=1", "@request.auth.id != @now",
    ]  # fmt: skip
    for role in ("anonymous", "forged", "token", "other"):
        client = world.clients[role]
        before = world.admin.get("/api/collections/qpus/records").json()["totalItems"]
        for route in routes(world.generation):
            for id in ("x", "..%2f..%2fusers", "x' || 1=1 || '", "%00", "a" * 5000):
                path = route.path.replace("{id}", id)
                for body in BODIES if id == "x" else BODIES[:1]:
                    answer = client.request(
                        route.method, path, content=body, headers={"Content-Type": "application/json"}
                    )
                    said = f"{role} {route} {body[:40]!r} {answer.text}"
                    assert answer.status_code < 500 or b"Failed to" in answer.content, said
                    tried += 1
                if "{id}" not in route.path:
                    break
        for text in filters:
            asked: tuple[dict[str, str], ...] = (
                {"filter": text}, {"sort": text}, {"expand": text}, {"fields": text}, {"page": text, "perPage": text},
            )  # fmt: skip
            for collection, query in itertools.product(("quantum_jobs", "api_tokens", "_superusers"), asked):
                answer = client.get(f"/api/collections/{collection}/records", params=query)
                assert answer.status_code < 500
                # Own jobs at most.
                found = b'"items":[{' in answer.content and collection != "quantum_jobs"
                assert answer.status_code >= 400 or not found, f"{role} {query}: {answer.text}"
                assert secret.encode() not in answer.content
                assert world.ids["user"].encode() not in answer.content
                tried += 1
            # Readable records leak no others, neither by expansion nor through a filter's answer.
            for collection in ("qpus", "drivers", "time_slots"):
                answer = client.get(f"/api/collections/{collection}/records", params={"expand": text, "filter": text})
                assert answer.status_code < 500
                assert b"tokenKey" not in answer.content
                assert secret.encode() not in answer.content
            assert client.get("/api/jobs", params={"sort": text, "limit": text}).status_code < 500
        for path in PATHS:
            answer = client.get(path)
            assert not any(word in answer.content for word in (b"root:", b"SQLite", b"onRecord", b"password")), path
            assert not path.startswith("/api/") or answer.status_code >= 400 or b"<" in answer.content[:1], path
            tried += 1
        for method, path in WRITES:
            answer = client.request(method, path, json={"requests": []})
            assert answer.status_code in (400, 401, 403, 404, 405), f"{role} {method} {path}: {answer.text}"
            tried += 1
        assert world.admin.get("/api/collections/qpus/records").json()["totalItems"] == before
    assert tried > 1000
    record_property("bodies, filters and path tricks tried on the sandbox, by role", tried)
    assert world.admin.get("/api/health").status_code == 200
