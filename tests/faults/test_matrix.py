"""Nobody reads or changes on the sandbox what the rules forbid; bad bodies, filters and paths bring nothing out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.conftest import sign_in
from tests.faults.actions import BELL
from tests.faults.matrix import COLLECTIONS, ROLES, ROUTES, Route
from tests.hostile.corpus import CORPUS


@pytest.fixture(scope="module")
def people(sandbox: Sandbox, new_user: Any) -> Iterator[dict[str, httpx.Client]]:
    """A client for each role; `token` is an API token of `user`."""
    mine, theirs = new_user(), new_user()
    session = sign_in(sandbox.url, mine)
    token = httpx.post(f"{sandbox.url}/api/tokens", json={"name": "matrix"}, headers={"Authorization": session}).json()
    headers = {
        "anonymous": {},
        "token": {"X-API-Token": token["token"]},
        "user": {"Authorization": session},
        "other": {"Authorization": sign_in(sandbox.url, theirs)},
        "admin": {"Authorization": sign_in(sandbox.url, sandbox.admin, "_superusers")},
    }
    clients = {role: httpx.Client(base_url=sandbox.url, headers=headers[role], timeout=20) for role in ROLES}
    clients["user"].params = {}
    clients["user"].headers["X-Me"] = mine.id
    yield clients
    for client in clients.values():
        client.close()


@pytest.fixture
def things(people: dict[str, httpx.Client], new_qpu: Any, _hours: Iterator[int]) -> dict[str, dict[str, Any]]:
    """A record of each kind, `user`'s where it is somebody's, by collection."""
    admin, me = people["admin"], people["user"].headers["X-Me"]

    def make(collection: str, **body: Any) -> dict[str, Any]:
        answer = admin.post(f"/api/collections/{collection}/records", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    qpu = new_qpu(online=False)
    driver = admin.post(
        "/api/op/drivers/create", json={"name": "m", "qpu": qpu["id"], "kind": "mock", "language": "python"}
    ).json()
    hour = next(_hours)
    times = {
        "start_time": f"2093-01-{hour // 23 + 1:02} {hour % 23:02}:00:00.000Z",
        "end_time": f"2093-01-{hour // 23 + 1:02} {hour % 23:02}:30:00.000Z",
    }
    token = people["user"].post("/api/tokens", json={"name": "one"}).json()
    return {
        "users": {"id": me},
        "qpus": qpu,
        "drivers": driver,
        "quantum_jobs": make("quantum_jobs", user_id=me, status="pending", payload={"circuits": [{"circuit": BELL}]}),
        "qpu_time_requests": make("qpu_time_requests", user=me, seconds=60, status="pending"),
        "time_slots": make("time_slots", booked_by=me, **times),
        "notifications": make("notifications", title="matrix"),
        "api_tokens": token,
        "events": make("events", type="CryostatReading", ts="2026-01-01T00:00:00Z", payload={}),
        "_superusers": admin.get("/api/collections/_superusers/records").json()["items"][0],
        "notification_dismissals": {},
        "sandbox_hosted": make("sandbox_hosted", node=str(hour)),
        "sandbox_sown": {},
    }


@pytest.fixture(scope="module")
def _hours() -> Iterator[int]:
    return iter(range(600))


CHANGES: dict[str, dict[str, Any]] = {
    "users": {"name": "changed"}, "qpus": {"name": "changed"}, "drivers": {"name": "changed"},
    "quantum_jobs": {"status": "cancelled"}, "qpu_time_requests": {"status": "approved"},
    "time_slots": {}, "notifications": {"title": "changed"}, "api_tokens": {"name": "changed"},
    "events": {"source": "changed"}, "_superusers": {"email": "changed@test.example"},
    "sandbox_hosted": {"node": "changed"},
}  # fmt: skip


@pytest.mark.parametrize("collection", list(COLLECTIONS))
@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_a_collection_opens_to_whom_it_should(
    people: dict[str, httpx.Client], things: dict[str, dict[str, Any]], collection: str, role: str
) -> None:
    reads, creates, changes, deletes = COLLECTIONS[collection]
    client, path = people[role], f"/api/collections/{collection}/records"
    id = things[collection].get("id")
    listed = client.get(path, params={"filter": f"id='{id}'"})
    seen = listed.status_code == 200 and bool(listed.json()["items"])
    assert seen == (role in reads and id is not None), listed.text
    if id is None:
        assert client.post(path, json={}).status_code in (400, 403)
        return
    assert (client.get(f"{path}/{id}").status_code == 200) == (role in reads)
    body = {key: value for key, value in things[collection].items() if key not in ("id", "collectionId", "created")}
    if role not in creates and not (collection in ("qpu_time_requests", "time_slots") and role == "other"):
        assert client.post(path, json=body).status_code in (400, 403, 404)
    if role not in changes and collection in CHANGES:
        assert client.patch(f"{path}/{id}", json=CHANGES[collection] or {"booked_by": id}).status_code in (
            400,
            403,
            404,
        )
    if role not in deletes:
        assert client.delete(f"{path}/{id}").status_code in (400, 403, 404)
        assert people["admin"].get(f"{path}/{id}").status_code == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_opens_to_whom_it_should(
    people: dict[str, httpx.Client], things: dict[str, dict[str, Any]], route: Route
) -> None:
    names = {"qpu": "qpus", "job": "quantum_jobs", "token": "api_tokens", "notice": "notifications"}
    path = route.path.format(**{name: things[collection]["id"] for name, collection in names.items()})
    bodies = {
        "/api/jobs": {"circuits": [{"circuit": BELL}], "shots": 1},
        "/api/op/qpus/create": {"name": "matrix"},
        "/api/op/qpu/toggle": {"id": things["qpus"]["id"], "enabled": True},
        "/api/op/drivers/create": {"name": "n", "qpu": things["qpus"]["id"], "kind": "mock", "language": "python"},
        "/api/op/drivers/toggle": {"id": things["drivers"]["id"], "enabled": True},
    }
    # Those who may not come first: the thing is still there for them to find.
    for role in sorted(ROLES, key=lambda role: role in route.who):
        body = bodies.get(route.path, {"name": "x"}) if route.method != "GET" else None
        status = people[role].request(route.method, path, json=body).status_code
        allowed = (200, 201) + ((404,) if route.path.endswith("cancel") else ())
        assert status in (allowed if role in route.who else route.refused), f"{role}: {status}"


BODIES: list[bytes] = [
    b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff\xfe", b'{"a":' * 5000, b"[" * 100_000, b'{"name": {"$gt": ""}}',
    b'{"name": null, "id": null}', b'{"id": ["x"], "enabled": "yes"}', b'{"circuits": "x", "shots": "many"}',
    b'{"circuits": [{"circuit": 7}], "shots": 1e400}', b'{"token": {"x": 1}}', b'{"__proto__": {"isSuperuser": true}}',
    b'{"status": "completed", "results": "{}"}', b'{"qpu_seconds": 1e308}', b'{"user": "x\' || 1=1"}',
]  # fmt: skip


def test_no_body_filter_or_path_brings_anything_out(people: dict[str, httpx.Client], sandbox: Sandbox) -> None:
    tried = 0
    for role in ("anonymous", "token", "user"):
        client = people[role]
        before = client.get("/api/collections/qpus/records").json()["totalItems"]
        for route in ROUTES:
            path = route.path.format(qpu="x", job="../../users", token="%2e%2e%2f", notice="x' || 1=1")
            for body in BODIES:
                answer = client.request(route.method, path, content=body, headers={"Content-Type": "application/json"})
                assert answer.status_code < 500 or b"Failed to" in answer.content, (
                    f"{route.path} {body[:40]!r} {answer.text}"
                )
                tried += 1
        for text in [each for each in CORPUS.values() if each.isprintable() and len(each) < 200]:
            for query in (
                {"filter": text},
                {"sort": text},
                {"expand": text},
                {"fields": text},
                {"page": text, "perPage": text},
            ):
                answer = client.get("/api/collections/quantum_jobs/records", params=query)
                assert answer.status_code < 500
                # A user has no job here: nothing of anybody else's may appear.
                own = role == "user"
                assert answer.status_code >= 400 or own or b'"user_id"' not in answer.content
                tried += 1
            assert client.get("/api/jobs", params={"sort": text, "limit": text}).status_code < 500
        for path in (
            "/../../etc/passwd",
            "/_/../pb_data/data.db",
            "/api/files/users/x/%2e%2e%2fdata.db",
            "/api/backups",
            "/api/settings",
            "/api/logs",
            "/api/collections",
            "/api/crons",
        ):
            answer = client.get(path)
            assert b"root:" not in answer.content
            assert b"SQLite" not in answer.content
            assert not path.startswith("/api/") or answer.status_code in (400, 401, 403, 404), path
        assert client.get("/api/collections/qpus/records").json()["totalItems"] == before
    assert tried > 1000
    assert httpx.get(f"{sandbox.url}/api/health").status_code == 200
