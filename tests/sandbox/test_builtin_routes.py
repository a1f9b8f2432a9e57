"""PocketBase's built-in routes on a sandbox: each role requests each of them, for every collection."""

from __future__ import annotations

import itertools

from tests.sandbox.builtin import NOBODY, builtins, steps, words
from tests.sandbox.rules import ROLES
from tests.sandbox.test_who_may import OWN, Tell, World, rules_of, world

__all__ = ["world"]


def test_every_built_in_route_is_open_only_to_permitted_roles(world: World, record_property: Tell) -> None:
    lists = rules_of(world)
    found = list(builtins(lists))
    assert len(found) > 100
    before = {name: world.admin.get(f"/api/collections/{name}/records").json()["totalItems"] for name in lists}
    for route, role in itertools.product(found, ROLES):
        let_in = role in route.who
        name = route.path.split("/")[3] if "{id}" in route.path else ""
        id = world.ids["user"] if name == "users" or name in OWN else ""
        path = (let_in and route.harmless) or route.path
        path = path.replace("{id}", id or "none00000000000")
        answer = world.clients[role].request(route.method, path, json={} if route.method != "GET" else None)
        said = f"{role}: {route}: {answer.status_code} {answer.text[:200]}"
        if let_in:
            # An empty body may be rejected as invalid, but not as forbidden.
            assert answer.status_code not in (401, 403), said
        else:
            assert answer.status_code in ((400, 401, 403, 404) if route.who == NOBODY else (401, 403)), said
        assert answer.status_code < 500 or b"not configured" in answer.content, said
        if role != "admin":
            assert b"tokenKey" not in answer.content, said
    for name, number in before.items():
        assert world.admin.get(f"/api/collections/{name}/records").json()["totalItems"] == number, name
    record_property("who may what: role × PocketBase's own routes, on every list", len(found) * len(ROLES))


def test_no_built_in_route_is_missing(world: World) -> None:
    """Request every word that follows `/api/` in the executable. Whatever responds must be a known route."""
    lists = rules_of(world)
    known = {route.path.split("/")[2] for route in builtins(lists)} | {"realtime", "oauth2-redirect"}
    ours = {"jobs", "qpus", "tokens", "op", "pub", "sandbox", "notifications", "nodes", "collections"}
    open_ones = set()
    for word in words():
        for method in ("GET", "POST"):
            if word == "realtime" and method == "GET":
                continue
            body = {} if method == "POST" else None
            answer = world.clients["anonymous"].request(method, f"/api/{word}", json=body)
            # Unknown routes get the page of the static folder.
            if answer.status_code not in (404, 405) and not answer.content.startswith(b"<"):
                open_ones.add(word)
    assert open_ones <= known | ours, open_ones - known - ours
    assert {"settings", "logs", "backups", "crons", "batch", "health"} <= open_ones
    tried = {route.path.split("/")[4] for route in builtins(lists) if route.path.startswith("/api/collections/users/")}
    there = set()
    for step in steps():
        answer = world.clients["anonymous"].post(f"/api/collections/users/{step}", json={})
        if answer.status_code != 404:
            there.add(step)
    assert there <= tried | {"records"}, there - tried
    assert {"auth-refresh", "auth-with-password", "request-otp"} <= there
