"""Administrators approve time requests and change balances by keys, checked with a second client."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_client import QPIClient
from qpi_sandbox import Credentials, Sandbox
from tests.conftest import record
from tests.tui.helpers import NARROW, Person, at_console
from tests.tui.scenarios.test_sign_in import make_request


@pytest.fixture
def asked(sandbox: Sandbox, new_user: Any) -> tuple[Credentials, str]:
    """Create a user with one hour who requests half an hour more."""
    who = new_user(seconds=3600)
    return who, make_request(sandbox, who, 1800, "Calibrating a two-qubit gate")


def balance(sandbox: Sandbox, who: Credentials) -> float:
    """Return a user's balance as read by a second client."""
    with QPIClient(sandbox.url) as client:
        client.auth_with_password(sandbox.admin.identity, sandbox.admin.password, collection="_superusers")
        return float(client.get_user(who.id)["qpu_seconds"])


async def on_request(person: Person, id: str) -> None:
    """Move the cursor to this request, with nothing else marked."""
    await person.move_to(id)


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_approving_credits_exactly_the_requested_time(
    sandbox: Sandbox, asked: tuple[Credentials, str], size: tuple[int, int]
) -> None:
    who, id = asked
    async with at_console(sandbox.url, "admin", sandbox.admin, size=size) as person:
        await on_request(person, id)
        await person.sees(who.identity[:15], "30 min", "1 h → 1 h 30")
        await person.act("requests.approve")
        await person.sees("Approve this request?", who.identity, "30 min", "1 h → 1 h 30")
        # Letters confirm nothing.
        await person.press("y", "space")
        assert balance(sandbox, who) == 3600
        await person.act("dialog.confirm")
        await person.sees("now 1 h 30 min")
        assert balance(sandbox, who) == 5400
        await person.until(lambda: id not in shown(person))


async def test_esc_cancels_an_approval(sandbox: Sandbox, asked: tuple[Credentials, str]) -> None:
    who, id = asked
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await on_request(person, id)
        await person.act("requests.approve")
        await person.sees("Approve this request?")
        await person.act("dialog.cancel")
        await person.sees_not("Approve this request?")
        assert balance(sandbox, who) == 3600


async def test_rejecting_asks_for_a_reason_that_the_user_sees(
    sandbox: Sandbox, asked: tuple[Credentials, str], admin_http: httpx.Client
) -> None:
    who, id = asked
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await on_request(person, id)
        await person.act("requests.reject")
        await person.sees("Reject this request?", who.identity)
        await person.press("enter")
        await person.sees("Give a reason")
        await person.type("Fridge is warm until Monday")
        await person.press("enter")
        await person.sees("rejected")
        made = record(admin_http, "qpu_time_requests", id)
        assert (made["status"], made["rejection_reason"]) == ("rejected", "Fridge is warm until Monday")
        assert balance(sandbox, who) == 3600


async def test_a_reason_of_ten_thousand_characters_is_rejected_and_the_draft_is_kept(
    sandbox: Sandbox, asked: tuple[Credentials, str], admin_http: httpx.Client
) -> None:
    _, id = asked
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await on_request(person, id)
        await person.act("requests.reject")
        box = person.app.screen.query_one("#entry-reason")
        box.value = "x" * 10_000
        await person.press("enter")
        await person.sees("10,000 characters")
        assert len(box.value) == 10_000
        assert record(admin_http, "qpu_time_requests", id)["status"] == "pending"


async def test_a_request_handled_meanwhile_is_reported_and_not_credited_twice(
    sandbox: Sandbox, asked: tuple[Credentials, str], admin_http: httpx.Client
) -> None:
    who, id = asked
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await on_request(person, id)
        await person.act("requests.approve")
        await person.sees("Approve this request?")
        answer = admin_http.patch(f"/api/collections/qpu_time_requests/records/{id}", json={"status": "approved"})
        answer.raise_for_status()
        await person.act("dialog.confirm")
        await person.sees("approved meanwhile by somebody else")
        assert balance(sandbox, who) == 5400


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_marked_requests_are_approved_in_one_dialog_and_one_failure_does_not_stop_the_others(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client, size: tuple[int, int]
) -> None:
    people = [new_user(seconds=0) for _ in range(12)]
    requests = [make_request(sandbox, who, 60 * (n + 1), f"batch {n}") for n, who in enumerate(people)]
    async with at_console(sandbox.url, "admin", sandbox.admin, size=size) as person:
        for id in requests:
            await person.move_to(id)
            await person.act("table.mark")
        await person.sees("12 marked (1 h 18 min)")
        await person.act("requests.approve")
        await person.sees("Approve 12 requests?", "1 h 18 min in all", "[ Approve (tab enter) ]")
        handled = {"status": "rejected", "rejection_reason": "no"}
        admin_http.patch(f"/api/collections/qpu_time_requests/records/{requests[3]}", json=handled).raise_for_status()
        await person.act("dialog.confirm")
        await person.sees("11 done, 1 failed", "rejected meanwhile", "[ Retry the failed (r enter) ]")
        assert [balance(sandbox, who) for who in people] == [60.0 * (n + 1) if n != 3 else 0 for n in range(12)]


async def test_marks_hidden_by_the_filter_are_rejected(sandbox: Sandbox, asked: tuple[Credentials, str]) -> None:
    who, id = asked
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await on_request(person, id)
        await person.act("table.mark")
        await person.act("table.filter")
        await person.type("no such words anywhere")
        await person.press("enter")
        await person.act("requests.approve")
        await person.sees("outside the filter")
        assert balance(sandbox, who) == 3600


ALLOCATIONS = [("+2h", 10_800), ("-30m", 1800), ("=3600", 3600), ("90", 3690), ("1:30:00", 9000)]


@pytest.mark.parametrize(("typed", "expected"), ALLOCATIONS)
async def test_time_is_added_taken_and_set(sandbox: Sandbox, new_user: Any, typed: str, expected: float) -> None:
    who = new_user(seconds=3600)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.move_to(who.id)
        await person.act("users.allocate")
        await person.type(typed)
        await person.sees("1 h → ")
        await person.press("enter")
        await person.until(lambda: balance(sandbox, who) == expected)
        await person.sees("now ")


@pytest.mark.parametrize("typed", ["many", "-2h", "1e12", "99999999999", "+", "0"])
async def test_an_absurd_amount_is_rejected_before_it_is_sent(sandbox: Sandbox, new_user: Any, typed: str) -> None:
    who = new_user(seconds=3600)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.move_to(who.id)
        await person.act("users.allocate")
        await person.type(typed)
        await person.press("enter")
        line = person.app.screen.query_one("#preview")
        assert line.has_class("error")
        assert str(line.content).endswith((".", "everything."))
        assert balance(sandbox, who) == 3600
        assert person.app.screen.query_one("#entry-amount").value == typed


def shown(person: Person) -> list[str]:
    """Return the ids in the table."""
    return [each.id for each in person.app.screen.table.visible_records]
