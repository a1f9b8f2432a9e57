"""Events into lists: what they say enough for, and what has to be read."""

from __future__ import annotations

from typing import Any

from qpi_client import ChangeEvent
from qpi_tui.domain.roles import Role
from qpi_tui.live.event_stream import topic
from qpi_tui.live.header_counts import HeaderCounts, merge_badges
from qpi_tui.live.merge import merge_records
from qpi_tui.session.connection import Connection

MIRA = {"id": "mira", "email": "mira@lab.example", "qpu_seconds": 60}
FIRST = {"id": "a", "user": "mira", "seconds": 5, "status": "pending", "expand": {"user": MIRA}}
SECOND = {**FIRST, "id": "b", "seconds": 9}


def event(collection: str, action: str, record: dict[str, Any]) -> ChangeEvent:
    return ChangeEvent(topic(collection), action, record)


def merged(*events: ChangeEvent, append: bool = True) -> list[dict[str, Any]] | None:
    return merge_records([FIRST, SECOND], events, "qpu_time_requests", expanded={"user": "users"}, append=append)


def test_an_update_takes_its_place() -> None:
    new = {**FIRST, "status": "approved"}
    assert merged(event("qpu_time_requests", "update", new)) == [new, SECOND]


def test_an_update_without_the_expanded_record_keeps_the_known_one() -> None:
    new = {key: value for key, value in FIRST.items() if key != "expand"} | {"status": "approved"}
    assert merged(event("qpu_time_requests", "update", new)) == [{**FIRST, "status": "approved"}, SECOND]
    assert merged(event("qpu_time_requests", "update", {**new, "user": "other"})) is None


def test_an_update_that_says_less_than_the_list_is_read() -> None:
    assert merged(event("qpu_time_requests", "update", {"id": "a", "status": "approved"})) is None


def test_a_new_record_is_last_where_the_order_is_that_of_arrival() -> None:
    new = {**FIRST, "id": "c"}
    assert merged(event("qpu_time_requests", "create", new)) == [FIRST, SECOND, new]
    assert merged(event("qpu_time_requests", "create", new), append=False) is None


def test_a_record_that_is_gone_goes() -> None:
    assert merged(event("qpu_time_requests", "delete", {"id": "a"})) == [SECOND]


def test_a_user_whose_balance_changed_changes_in_every_request() -> None:
    found = merged(event("users", "update", {**MIRA, "qpu_seconds": 3600, "secret": 1}))
    assert found is not None
    assert [record["expand"]["user"] for record in found] == [{**MIRA, "qpu_seconds": 3600}] * 2


def test_a_user_who_has_not_asked_changes_nothing() -> None:
    assert merged(event("users", "update", {**MIRA, "id": "other"})) == [FIRST, SECOND]


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


def test_a_job_comes_without_what_was_submitted_and_what_came_back() -> None:
    words = topic("quantum_jobs")
    assert "results" not in words
    assert "payload.shots" in words
    assert '"payload"' not in words
    assert ",payload," not in words
