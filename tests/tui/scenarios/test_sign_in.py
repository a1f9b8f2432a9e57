"""Signing in, what a role sees, what the header shows, and changes made elsewhere."""

from __future__ import annotations

import gc
from typing import Any

import httpx
import pytest
from textual.widgets import Input

from qpi_sandbox import Credentials, Sandbox
from tests.ports import port_to_keep
from tests.tui.helpers import NARROW, at_console


async def test_without_credentials_the_console_asks_and_enter_signs_in(sandbox: Sandbox) -> None:
    async with at_console("", "user", size=NARROW) as person:
        await person.sees("sign in", "server", "role", "password")
        await person.type(sandbox.url)
        await person.press("tab", "right", "tab")
        await person.sees("● administrator")
        await person.type(sandbox.admin.identity)
        await person.press("tab")
        await person.type(sandbox.admin.password)
        await person.press("enter")
        await person.sees("admin@example.com", "pending", "asked")


async def test_a_wrong_password_is_reported_and_the_draft_is_kept(sandbox: Sandbox) -> None:
    wrong = Credentials(sandbox.admin.identity, "not-the-password", "")
    async with at_console(sandbox.url, "admin", size=NARROW) as person:
        await person.until(lambda: isinstance(person.app.focused, Input))
        await person.type(wrong.identity)
        await person.press("tab")
        await person.type(wrong.password)
        await person.press("enter")
        await person.sees("Wrong e-mail or password")
        assert person.app.screen.query_one("#identity", Input).value == wrong.identity
        assert person.app.screen.query_one("#url", Input).value == sandbox.url
        assert wrong.password not in person.screen


async def test_an_unreachable_server_and_a_non_qpi_server_have_different_messages() -> None:
    from tests.tui.page_server import serve_page

    said = []
    for url in (f"http://127.0.0.1:{port_to_keep()}", None):
        with serve_page() as page:
            who = Credentials("a@b.example", "some-password", "")
            async with at_console(url or page, "user", size=NARROW) as person:
                await person.until(lambda: isinstance(person.app.focused, Input))
                await person.type(who.identity)
                await person.press("tab")
                await person.type(who.password)
                await person.press("enter")
                await person.until(lambda: "Signing in" not in person.screen and person_said(person))
                said.append(person_said(person))
    assert said[0] != said[1]
    assert "QPI" in said[1]


def person_said(person: Any) -> str:
    """Return the message on the sign-in screen."""
    return str(person.app.screen.query_one("#said").content)


async def test_a_user_is_not_offered_admin_actions(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "user", user) as person:
        await person.sees("Jobs", user.identity)
        assert "Users" not in person.screen
        await person.act("go.qpus")
        await person.ready()
        assert "e enable" not in person.screen.splitlines()[-1]
        await person.act("qpus.disable")
        assert "Disable" not in person.screen
        await person.act("go.users")
        assert person.app.current_place == "qpus"


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_the_header_shows_server_account_freshness_and_balance(
    sandbox: Sandbox, new_user: Any, size: tuple[int, int]
) -> None:
    who = new_user(seconds=6000)
    async with at_console(sandbox.url, "user", who, size=size) as person:
        await person.sees(sandbox.url.split("://")[1], who.identity, "1 h 40 min", "6,000 s")
        assert "live" in person.screen or "polling" in person.screen


async def test_changes_made_elsewhere_appear_and_the_cursor_stays(
    sandbox: Sandbox, admin_http: httpx.Client, new_user: Any
) -> None:
    asked = [make_request(sandbox, new_user(), 600 + n, f"reason {n}") for n in range(3)]
    async with at_console(sandbox.url, "admin", sandbox.admin) as person:
        await person.move_to(asked[1])
        await person.act("table.mark")
        await person.move_to(asked[1])
        line = cursor_line(person)
        new = make_request(sandbox, new_user(), 700, "came later")
        await person.until(lambda: new in ids(person))
        assert person.app.screen.table.cursor_id == asked[1]
        assert person.app.screen.table.marks == {asked[1]}
        assert cursor_line(person) == line
        answer = admin_http.patch(f"/api/collections/qpu_time_requests/records/{asked[0]}", json={"status": "approved"})
        answer.raise_for_status()
        await person.until(lambda: asked[0] not in ids(person))
        assert person.app.screen.table.cursor_id == asked[1]


async def test_an_outage_is_reported_and_the_data_stay(tmp_path: Any) -> None:
    with Sandbox(data=tmp_path / "lab", seed=1, jobs=20, worker=False) as lab:
        async with at_console(lab.url, "admin", lab.admin) as person:
            before = len(ids(person))
            assert before
            lab.stop()
            await person.sees("▲ offline", "next try in")
            assert len(ids(person)) == before
            await person.act("table.down", "go.users", "go.requests")
            assert len(ids(person)) == before


async def test_a_lost_session_opens_sign_in_over_the_screen(sandbox: Sandbox, new_user: Any, admin_http: Any) -> None:
    who = new_user()
    async with at_console(sandbox.url, "user", who) as person:
        # A changed password ends every session of the account.
        fresh = "another-password-99"
        answer = admin_http.patch(
            f"/api/collections/users/records/{who.id}", json={"password": fresh, "passwordConfirm": fresh}
        )
        answer.raise_for_status()

        await person.act("app.refresh")
        await person.sees("sign in", "password", who.identity)
        await person.type(fresh)
        await person.press("enter")
        await person.sees("Jobs", who.identity)
        await person.until(lambda: person.app.current_place == "jobs" and person.app.screen is not None)


def ids(person: Any) -> list[str]:
    """Return the records in the table on the screen."""
    return [record.id for record in person.app.screen.table.visible_records]


def cursor_line(person: Any) -> int:
    """Return the line of the screen that the cursor is on."""
    return next(n for n, line in enumerate(person.screen.splitlines()) if "▌" in line)


def make_request(sandbox: Sandbox, who: Credentials, seconds: float, reason: str) -> str:
    """Create a time request as a user does, over plain HTTP, and return its id."""
    from tests.conftest import sign_in

    headers = {"Authorization": sign_in(sandbox.url, who)}
    body = {"user": who.id, "status": "pending", "seconds": seconds, "requested_reason": reason}
    answer = httpx.post(f"{sandbox.url}/api/collections/qpu_time_requests/records", json=body, headers=headers)
    answer.raise_for_status()
    return str(answer.json()["id"])


@pytest.mark.parametrize("size", [NARROW, (120, 40)])
async def test_help_lists_the_keys_of_the_current_screen(sandbox: Sandbox, size: tuple[int, int]) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, size=size) as person:
        await person.act("app.help")
        await person.sees("Keys of Requests", "Approve and credit")
        await person.press("escape")
        await person.sees_not("Keys of Requests")


async def test_garbage_collection_runs_by_the_clock(
    sandbox: Sandbox, user: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_tui.startup.COLLECT_EVERY", 0.05)
    looked = gc.get_stats()[2]["collections"]
    async with at_console(sandbox.url, "user", user) as person:
        await person.sees("● live")
        await person.until(lambda: gc.get_stats()[2]["collections"] >= looked + 3)
