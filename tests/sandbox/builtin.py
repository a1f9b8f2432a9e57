"""The routes that PocketBase brings along, for each list that a sandbox has, and whom each of them lets in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qpi_sandbox.binary import find_pocketbase
from tests.sandbox.rules import ROLES

# Whose session is one of which list; an API token is none of PocketBase's.
SESSIONS = {"users": ("user", "other"), "_superusers": ("admin",)}
SIGNED_IN = frozenset({"user", "other", "admin"})
ADMIN, EVERYBODY, NOBODY = frozenset({"admin"}), frozenset(ROLES), frozenset[str]()


@dataclass(frozen=True)
class Builtin:
    """A route and whom it lets in. `harmless` is the path that is tried as one of those: nothing is lost by it."""

    method: str
    path: str
    who: frozenset[str]
    harmless: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


# Of the whole server; what has no name in it is the administrator's.
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
# Steps of a way in that starts with a secret of its own: a link from a letter, a code.
_BY_SECRET = (
    "auth-with-password", "request-password-reset", "confirm-password-reset", "request-verification",
    "confirm-verification", "confirm-email-change",
)  # fmt: skip


def builtins(collections: Mapping[str, Mapping[str, Any]]) -> Iterator[Builtin]:
    """All of them, but for records, which `rules_of` is about, and the stream of events."""
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
    """What may be behind `/api/` in an address, by the texts in the program itself; most of them are others'."""
    found = re.findall(rb"/api/([a-z][a-z0-9-]{2,30})", find_pocketbase().read_bytes())
    return {word.decode() for word in found}


def steps() -> set[str]:
    """What may be behind the name of a list."""
    pattern = rb"/((?:auth|request|confirm)-[a-z0-9-]{2,30}|impersonate|truncate|records)"
    return {word.decode() for word in re.findall(pattern, find_pocketbase().read_bytes())}
