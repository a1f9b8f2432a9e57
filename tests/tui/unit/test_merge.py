"""Merging events into lists: which events are complete, and when a read is needed."""

from __future__ import annotations

from typing import Any

from qpi_client import ChangeEvent
from qpi_tui.domain.roles import Role
from qpi_tui.live.event_stream import topic
from qpi_tui.live.header_counts import HeaderCounts, merge_badges
from qpi_tui.session.connection import Connection

MIRA = {"id": "mira", "email": "mira@lab.example", "qpu_seconds": 60}
FIRST = {"id": "a", "user": "mira", "seconds": 5, "status": "pending", "expand": {"user": MIRA}}
SECOND = {**FIRST, "id": "b", "seconds": 9}


def event(collection: str, action: str, record: dict[str, Any]) -> ChangeEvent:
    return ChangeEvent(topic(collection), action, record)


class _Nobody:
    session = None


def connection(role: Role, user_id: str = "") -> Connection:
    class Signed(Connection):
        @property
        def user_id(self) -> str:
            return user_id

    return Signed(_Nobody(), role, "someone")  # type: ignore[arg-type]


def test_badges_of_an_admin_count_requests_by_events() -> None:
    admin = connection(Role.ADMIN)
    badges = HeaderCounts(frozenset({"a"}), known=True)
    after = merge_badges(badges, [event("qpu_time_requests", "create", SECOND)], admin)
    assert after is not None
    assert after.waiting == {"a", "b"}
    after = merge_badges(after, [event("qpu_time_requests", "update", {**FIRST, "status": "rejected"})], admin)
    assert after is not None
    assert after.waiting == {"b"}
    after = merge_badges(after, [event("qpu_time_requests", "delete", SECOND)], admin)
    assert after is not None
    assert not after.waiting


def test_badges_of_a_user_follow_the_balance_and_read_announcements() -> None:
    user = connection(Role.USER, "mira")
    after = merge_badges(HeaderCounts(balance=1.0, known=True), [event("users", "update", MIRA)], user)
    assert after is not None
    assert after.balance == 60.0
    assert merge_badges(after, [event("users", "update", {**MIRA, "id": "other", "qpu_seconds": 7})], user) == after
    assert merge_badges(after, [event("notifications", "create", {"id": "n"})], user) is None


def test_a_job_event_omits_payload_and_results() -> None:
    words = topic("quantum_jobs")
    assert "results" not in words
    assert "payload.shots" in words
    assert '"payload"' not in words
    assert ",payload," not in words
