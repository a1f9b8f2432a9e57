"""Who may do what on the sandbox: every collection and route, by every role, made from the rules of the real server."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("anonymous", "token", "user", "other", "admin")
# Whose records the rows are about: `user` owns them, `other` is somebody else.
EVERYBODY, SIGNED_IN, OWNER, ADMIN = set(ROLES), {"user", "other", "admin"}, {"user", "admin"}, {"admin"}
OWNER_ONLY = {"user"}

# collection → who reads it, who creates (for themselves), who changes a record of `user`, who deletes it.
COLLECTIONS: dict[str, tuple[set[str], set[str], set[str], set[str]]] = {
    "users": (OWNER, ADMIN, OWNER, OWNER),
    "qpus": (EVERYBODY, ADMIN, ADMIN, ADMIN),
    "drivers": (EVERYBODY, ADMIN, ADMIN, ADMIN),
    "quantum_jobs": (OWNER, ADMIN, ADMIN, ADMIN),
    "qpu_time_requests": (OWNER, OWNER, ADMIN, OWNER),
    "time_slots": (SIGNED_IN, OWNER, OWNER, OWNER),
    "notifications": (SIGNED_IN, ADMIN, ADMIN, ADMIN),
    "api_tokens": (ADMIN, ADMIN, ADMIN, ADMIN),
    "events": (EVERYBODY, ADMIN, ADMIN, ADMIN),
    "_superusers": (ADMIN, ADMIN, ADMIN, ADMIN),
    "notification_dismissals": (ADMIN, ADMIN, ADMIN, ADMIN),
    "sandbox_hosted": (ADMIN, ADMIN, ADMIN, ADMIN),
    "sandbox_sown": (ADMIN, ADMIN, ADMIN, ADMIN),
}


@dataclass(frozen=True)
class Route:
    """A custom route, whom it lets in, and the status that the others get. `{job}` and the like are `user`'s own."""

    method: str
    path: str
    who: set[str]
    refused: tuple[int, ...]
    own: bool = False


WITH_TOKEN = {"token", "user", "other", "admin"}
ROUTES = (
    Route("GET", "/api/qpus", EVERYBODY, ()),
    Route("GET", "/api/qpus/{qpu}", EVERYBODY, ()),
    Route("GET", "/api/jobs", WITH_TOKEN, (401,)),
    Route("GET", "/api/jobs/{job}", {"token", "user"}, (401, 404)),
    Route("POST", "/api/jobs", WITH_TOKEN, (401,)),
    Route("POST", "/api/jobs/{job}/cancel", {"token", "user"}, (401, 404)),
    Route("POST", "/api/op/qpus/create", ADMIN, (403,)),
    Route("POST", "/api/op/qpu/toggle", ADMIN, (403,)),
    Route("POST", "/api/op/drivers/create", ADMIN, (403,)),
    Route("POST", "/api/op/drivers/toggle", ADMIN, (403,)),
    Route("GET", "/api/op/version", ADMIN, (401, 403)),
    Route("GET", "/api/tokens", WITH_TOKEN, (401,)),
    Route("POST", "/api/tokens", WITH_TOKEN, (401,)),
    Route("GET", "/api/tokens/{token}", {"token", "user"}, (401, 404)),
    Route("PATCH", "/api/tokens/{token}", {"token", "user"}, (401, 404)),
    Route("POST", "/api/notifications/{notice}/dismiss", WITH_TOKEN, (401,)),
    Route("GET", "/api/sandbox/schedule", set(), (404,)),
    Route("POST", "/api/sandbox/hello", set(), (404,)),
    Route("POST", "/api/sandbox/jobs/{job}/finish", set(), (404,)),
)
