"""The queue of requests beyond a single approval: its count, its order, other requests of a user, retry, the bell."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import record
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_admins import balance
from tests.tui.scenarios.test_sign_in import make_request

ALL = "/api/collections/qpu_time_requests/records"


def reject(client: httpx.Client, id: str, reason: str) -> None:
    """Reject over plain HTTP."""
    body = {"status": "rejected", "rejection_reason": reason}
    client.patch(f"{ALL}/{id}", json=body).raise_for_status()


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_the_tab_shows_a_count_the_oldest_is_first_and_a_new_request_rings(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_request(sandbox, new_user(), 60, "first")
    second = make_request(sandbox, new_user(), 60, "second")
    waiting = admin_http.get(ALL, params={"filter": 'status = "pending"'}).json()["totalItems"]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=size, bell=True) as person:
        rung: list[bool] = []
        monkeypatch.setattr(person.app, "bell", lambda: rung.append(True))
        word = "Reqs" if size == NARROW else "Requests"
        await person.sees(f"2 {word} {waiting}")
        # Every screen's key is in the tab bar, at any width.
        shown = person.screen.splitlines()[1].split()
        assert {tab.key for tab in person.app.tabs()} <= set(shown)
        assert not any("…" in word for word in shown)
        if size != NARROW:
            # Only what does not fit is shortened.
            whole = [tab.name for tab in person.app.tabs() if tab.name in " ".join(shown)]
            assert len(whole) >= len(person.app.tabs()) - 2
        await person.act("go.requests")
        await person.ready()
        ids = [each.id for each in person.app.screen.table.visible_records]
        assert ids.index(first) < ids.index(second)
        assert not rung
        third = make_request(sandbox, new_user(), 60, "third")
        await person.sees(f"2 {word} {waiting + 1}")
        await person.until(lambda: rung)
        await person.until(lambda: person.app.screen.table.visible_records[-1].id == third)
        await person.until(lambda: person.app.first_seen.words(third) == "now")
        assert person.app.first_seen.words(first) == ""


async def test_other_requests_of_the_user_are_shown_next_to_it(
    sandbox: Sandbox, new_user: Any, admin_http: httpx.Client
) -> None:
    who = new_user(seconds=3600)
    reject(admin_http, make_request(sandbox, who, 7200, "two hours"), "Too much at once")
    id = make_request(sandbox, who, 1800, "half an hour then")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
        await person.move_to(id)
        await person.sees(
            "before: 1 rejected", "✗ rejected 2 h", "because: Too much at once", "1 h → 1 h 30 min", "half an hour then"
        )
        await person.act("requests.user")
        await person.until(lambda: person.app.current_place == "users")
        await person.until(lambda: person.app.screen.table.cursor_id == who.id)
        await person.act("users.requests")
        await person.sees("Too much", "half an hour")
        assert {each.user for each in person.app.screen.table.visible_records} == {who.id}


async def test_earlier_reasons_are_suggested(sandbox: Sandbox, new_user: Any, admin_http: httpx.Client) -> None:
    for _ in range(3):
        reject(admin_http, make_request(sandbox, new_user(), 60, "x"), "Ask your supervisor")
    id = make_request(sandbox, new_user(), 60, "again")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
        await person.move_to(id)
        await person.act("requests.reject")
        await person.sees("F2 Ask your supervisor")
        await person.press("f2", "enter")
        await person.until(lambda: record(admin_http, "qpu_time_requests", id)["status"] == "rejected")
        assert record(admin_http, "qpu_time_requests", id)["rejection_reason"] == "Ask your supervisor"


async def test_a_failed_approval_is_retried_and_credited_once(
    sandbox: Sandbox, new_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people: list[Credentials] = [new_user(seconds=0) for _ in range(3)]
    ids = [make_request(sandbox, who, 600, f"retry {n}") for n, who in enumerate(people)]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
        client = person.app.connection.client
        send, failed = client.update_time_request, []

        async def fails_once(id: str, *rest: Any) -> Any:
            if id == ids[1] and not failed:
                failed.append(id)
                raise httpx.ReadTimeout("no answer")
            return await send(id, *rest)

        monkeypatch.setattr(client, "update_time_request", fails_once)
        for id in ids:
            await person.move_to(id)
            await person.act("table.mark")
        await person.act("requests.approve")
        await person.act("dialog.confirm")
        await person.sees("2 done, 1 failed", "no answer", "Retry the failed")
        assert [balance(sandbox, who) for who in people] == [600, 0, 600]
        await person.act("dialog.retry")
        assert [balance(sandbox, who) for who in people] == [600, 0, 600]
        await person.press("enter")
        await person.sees("3 done")
        assert [balance(sandbox, who) for who in people] == [600, 600, 600]
        await person.press("escape")
        await person.until(lambda: not person.app.screen.table.marks)


async def test_an_action_on_deleted_marks_affects_no_other_record(sandbox: Sandbox, user: Credentials) -> None:
    make_request(sandbox, user, 60, "under the cursor")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
        await person.sees("under the cursor")
        screen: Any = person.app.screen
        screen.act_once_read(["gone"], "requests.approve")
        await person.until(lambda: screen._wanted_marks is None)
        for _ in range(5):
            await person.pilot.pause()
        assert person.app.screen is screen
        screen.act_once_read([screen.table.cursor_id], "requests.approve")
        await person.sees("Approve this request?")
