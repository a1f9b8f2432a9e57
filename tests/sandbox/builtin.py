"""PocketBase's built-in routes for each collection of a sandbox, and who may use each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qpi_sandbox.binary import find_pocketbase
from tests.sandbox.rules import ROLES

# The collection of each role's session. An API token is unknown to PocketBase.
SESSIONS = {"users": ("user", "other"), "_superusers": ("admin",)}
SIGNED_IN = frozenset({"user", "other", "admin"})
ADMIN, EVERYBODY, NOBODY = frozenset({"admin"}), frozenset(ROLES), frozenset[str]()


@dataclass(frozen=True)
class Builtin:
    """A route and who may use it. `harmless` is the path to request as a permitted role, so that nothing is lost."""

    method: str
    path: str
    who: frozenset[str]
    harmless: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


# Routes of the whole server. Those without a role are for administrators.
SERVER: dict[str, tuple[str, ...]] = {
    "/api/settings": ("GET", "PATCH"), "/api/settings/test/s3": ("POST",), "/api/settings/test/email": ("POST",),
    "/api/settings/apple/generate-client-secret": ("POST",), "/api/logs": ("GET",), "/api/logs/stats": ("GET",),
    "/api/logs/x": ("GET",), "/api/backups": ("GET", "POST"), "/api/backups/upload": ("POST",),
    "/api/backups/x": ("DELETE",), "/api/backups/x/restore": ("POST",), "/api/crons": ("GET",),
    "/api/crons/x": ("POST",), "/api/collections": ("GET", "POST"), "/api/collections/import": ("PUT",),
    "/api/collections/meta/scaffolds": ("GET",), "/api/collections/meta/oauth2-providers": ("GET",),
    "/api/sql": ("POST",),
}  # fmt: skip
OTHERS = (
    Builtin("POST", "/api/files/token", SIGNED_IN),
    Builtin("POST", "/api/batch", NOBODY),
    Builtin("GET", "/api/health", EVERYBODY),
    Builtin("POST", "/api/realtime", EVERYBODY),
    Builtin("GET", "/api/backups/x", NOBODY),
)
# Steps of a sign-in that starts with a secret of its own: a link from a mail, a code.
_BY_SECRET = (
    "auth-with-password", "request-password-reset", "confirm-password-reset", "request-verification",
    "confirm-verification", "confirm-email-change",
)  # fmt: skip


def builtins(collections: Mapping[str, Mapping[str, Any]]) -> Iterator[Builtin]:
    """Return all of them, except records, which `rules_of` covers, and the event stream."""
    for path, methods in SERVER.items():
        for method in methods:
            yield Builtin(method, path, ADMIN)
    yield from OTHERS
    for name, collection in collections.items():
        of = f"/api/collections/{name}"
        none = "/api/collections/nothing"
        yield Builtin("GET", of, ADMIN)
        yield Builtin("PATCH", of, ADMIN, none)
        yield Builtin("DELETE", of, ADMIN, none)
        yield Builtin("DELETE", f"{of}/truncate", ADMIN, f"{none}/truncate")
        yield Builtin("GET", f"/api/files/{name}/{{id}}/data.db", NOBODY)
        if collection["type"] == "auth":
            yield from _ways_in(of, name, collection)


def _ways_in(of: str, name: str, collection: Mapping[str, Any]) -> Iterator[Builtin]:
    own = frozenset(SESSIONS[name])
    yield Builtin("GET", f"{of}/auth-methods", EVERYBODY)
    yield Builtin("POST", f"{of}/auth-refresh", own)
    yield Builtin("POST", f"{of}/request-email-change", own)
    yield Builtin("POST", f"{of}/impersonate/{{id}}", ADMIN, f"{of}/impersonate/nobody")
    for step in _BY_SECRET:
        yield Builtin("POST", f"{of}/{step}", EVERYBODY)
    for way, steps in (("otp", ("request-otp", "auth-with-otp")), ("oauth2", ("auth-with-oauth2",))):
        for step in steps:
            yield Builtin("POST", f"{of}/{step}", EVERYBODY if collection[way]["enabled"] else NOBODY)


def words() -> set[str]:
    """Return what may follow `/api/` in a path, from the strings in the executable; most are unrelated."""
    found = re.findall(rb"/api/([a-z][a-z0-9-]{2,30})", find_pocketbase().read_bytes())
    return {word.decode() for word in found}


def steps() -> set[str]:
    """Return what may follow the name of a collection."""
    pattern = rb"/((?:auth|request|confirm)-[a-z0-9-]{2,30}|impersonate|truncate|records)"
    return {word.decode() for word in re.findall(pattern, find_pocketbase().read_bytes())}
