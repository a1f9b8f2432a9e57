"""What the records hold. The client returns plain dicts; these types say which keys to expect in them."""

from __future__ import annotations

from typing import Any, TypeAlias, TypedDict

Record: TypeAlias = dict[str, Any]


class JobRow(TypedDict, total=False):
    """A job as a list shows it: no payload, no results. Times are UTC, `duration` is in seconds."""

    id: Any
    user_id: Any
    qpu_target: Any
    status: Any
    created: Any
    updated: Any
    finished_at: Any
    duration: Any
    expand: Any


class JobPage(TypedDict, total=False):
    """A page of jobs from their collection."""

    items: list[JobRow]
    page: Any
    perPage: Any
    totalItems: Any
    totalPages: Any


class Job(JobRow, total=False):
    """A whole job. `payload` is what was submitted, `results` what came out (None while there is nothing)."""

    payload: dict[str, Any]
    results: Any


class QPU(TypedDict, total=False):
    """`status` is offline, online or maintenance; `enabled` is beside it."""

    id: str
    name: str
    status: str
    enabled: bool
    num_qubits: int


class Driver(TypedDict, total=False):
    """What runs a QPU's jobs, or reads its cryostat. `token` is in the creating answer only."""

    id: str
    name: str
    qpu: str
    kind: str
    language: str
    events: list[str] | None
    status: str
    enabled: bool
    token: str


class User(TypedDict, total=False):
    """`qpu_seconds` is the balance."""

    id: str
    email: str
    name: str
    qpu_seconds: float
    created: str


class TimeRequest(TypedDict, total=False):
    """`status` is pending, approved or rejected. There are no dates."""

    id: str
    user: str
    seconds: float
    status: str
    requested_reason: str
    rejection_reason: str
    handled_by: str


class TimeSlot(TypedDict, total=False):
    """A booking of the whole laboratory; times are UTC."""

    id: str
    booked_by: str
    start_time: str
    end_time: str


class Notification(TypedDict, total=False):
    """An announcement; empty `target_users` means everybody."""

    id: str
    title: str
    description: str
    start_time: str
    end_time: str
    target_users: str
    dismissed_by: str


class Token(TypedDict, total=False):
    """An API token; `token` itself is in the creating answer only."""

    id: str
    name: str
    token: str
    expires_at: str


class Event(TypedDict, total=False):
    """Telemetry; `payload["readings"]` maps a channel to `value` (None where it failed), `unit` and `status`."""

    id: str
    type: str
    ts: str
    qpu: str
    driver: str
    payload: dict[str, Any]
