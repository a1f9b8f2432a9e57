"""One entry of the audit log: a change made from this machine."""

from __future__ import annotations

from typing import ClassVar

from qpi_tui.rows.base import Row


class AuditRow(Row, frozen=True, kw_only=True):
    """A change: when (`at`, RFC 3339 in UTC), who made it, which action, on what, at which server, and the outcome.

    `what` is the action in words.
    """

    LOCAL: ClassVar[frozenset[str]] = frozenset({"what"})

    at: str = ""
    who: str = ""
    action: str = ""
    target: str = ""
    server: str = ""
    ok: bool = False
    outcome: str = ""
    what: str = ""
