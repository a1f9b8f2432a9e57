"""Kinds of notifications, for the console and `qpi-tui watch`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from qpi_tui.domain.roles import ADMINS, EVERYBODY, SESSIONS, Role


class Kind(NamedTuple):
    """A kind: its resource, its roles, and its description."""

    resource: str
    who: frozenset[Role]
    help: str


KINDS: Mapping[str, Kind] = {
    "job": Kind("jobs", EVERYBODY, "a job of yours ended; for an administrator, anybody's"),
    "request": Kind("requests", ADMINS, "a request for QPU time arrived; for administrators"),
    "qpu": Kind("qpus", EVERYBODY, "a QPU that was online went offline"),
    "channel": Kind("telemetry", EVERYBODY, "a telemetry channel went beyond its limit in `[thresholds]`"),
    "slot": Kind("slots", SESSIONS, "a slot of yours begins in 10 minutes; for an administrator, anybody's"),
}
"""Kinds by name."""


def kinds_for(role: Role) -> tuple[str, ...]:
    """Return the kinds that this role can be notified of."""
    return tuple(name for name, kind in KINDS.items() if role in kind.who)
