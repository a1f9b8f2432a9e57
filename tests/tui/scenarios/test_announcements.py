"""Announcements: an administrator writes, edits, ends and deletes them; users read and dismiss them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from qpi_tui.rows.announcements import AnnouncementRow
from qpi_tui.rows.decode import decode
from qpi_tui.screens.announcement_banner import Dismissed
from tests.conftest import record
from tests.tui.helpers import NARROW, at_console

ALL = "/api/collections/notifications/records"


@pytest.fixture
def announce(admin_http: httpx.Client) -> Callable[..., str]:
    """Create an announcement over plain HTTP and return its id."""

    def write(title: str, user: str = "", start: datetime | None = None, end: datetime | None = None) -> str:
        body = {"title": title, "description": f"text of {title}", "target_users": user}
        dates = {"start_time": start, "end_time": end}
        body |= {name: moment.isoformat() for name, moment in dates.items() if moment is not None}
        answer = admin_http.post(ALL, json=body)
        answer.raise_for_status()
        return str(answer.json()["id"])

    return write


def named(client: httpx.Client, title: str) -> list[dict[str, Any]]:
    """Return the announcements with a title."""
    found: list[dict[str, Any]] = client.get(ALL, params={"filter": f'title = "{title}"'}).json()["items"]
    return found


async def test_an_announcement_for_a_user_is_written_with_a_preview(
    sandbox: Sandbox, user: Credentials, admin_http: httpx.Client
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements", size=NARROW) as person:
        await person.act("announcements.create")
        await person.type("Fridge warms up")
        await person.press("tab")
        await person.type("no jobs")
        await person.press("tab", "tab")
        await person.type("tomorrow 18:00")
        await person.press("tab")
        await person.type("nobody-of-that-name")
        await person.sees("There is no user")
        await person.press("enter")
        assert not named(admin_http, "Fridge warms up")
        person.app.screen.query_one("#entry-to").value = user.identity
        await person.sees("only", "▲ Fridge warms up: no jobs · until")
        await person.press("enter")
        await person.sees("announced to")
        (made,) = named(admin_http, "Fridge warms up")
        assert made["target_users"] == user.id
        assert made["end_time"].startswith(f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d} 18:00")


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [("", "2020-01-01 10:00", "in the past"), ("+3h", "+2h", "before it begins"), ("soonish", "", "not a time")],
)
async def test_invalid_times_are_rejected_and_the_draft_is_kept(
    sandbox: Sandbox, admin_http: httpx.Client, start: str, end: str, said: str
) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements") as person:
        await person.act("announcements.create")
        await person.type("Never")
        person.app.screen.query_one("#entry-from").value = start
        person.app.screen.query_one("#entry-until").value = end
        await person.press("tab", "tab", "tab", "tab", "enter")
        await person.sees(said)
        assert not named(admin_http, "Never")
        assert person.app.screen.query_one("#entry-title").value == "Never"


async def test_an_announcement_is_edited_ended_undone_and_deleted(
    sandbox: Sandbox, announce: Callable[..., str], admin_http: httpx.Client
) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    id = announce("Old words", end=end)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements") as person:
        await person.move_to(id)
        await person.act("announcements.edit")
        await person.sees("Edit Old words")
        person.app.screen.query_one("#entry-title").value = "New words"
        person.app.screen.query_one("#entry-until").value = ""
        await person.press("tab", "tab", "tab", "tab", "enter")
        await person.until(lambda: record(admin_http, "notifications", id)["title"] == "New words")
        assert record(admin_http, "notifications", id)["end_time"] == ""
        await person.sees("New words")

        await person.act("announcements.end")
        await person.sees("End this announcement?")
        await person.act("dialog.confirm")
        await person.until(lambda: record(admin_http, "notifications", id)["end_time"] != "")
        await person.sees("○ over", "undo (10 s)")
        await person.act("app.undo", "dialog.confirm")
        await person.until(lambda: record(admin_http, "notifications", id)["end_time"] == "")

        await person.act("announcements.delete")
        await person.sees("cannot be undone")
        await person.act("dialog.confirm")
        await person.until(lambda: not named(admin_http, "New words"))


async def test_untouched_fields_are_not_changed(sandbox: Sandbox, admin_http: httpx.Client) -> None:
    text = "First line\nsecond line " + "and so on, " * 100 + "to the end"
    body = {"title": "Old title", "description": text, "end_time": "2099-01-01 10:00:31.123Z"}
    id = admin_http.post(ALL, json=body).json()["id"]
    kept = record(admin_http, "notifications", id)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements", size=NARROW) as person:
        await person.move_to(id)
        await person.act("announcements.edit")
        await person.sees("Edit Old title")
        await person.type(" and new")
        await person.act("dialog.confirm")
        await person.until(lambda: record(admin_http, "notifications", id)["title"] == "Old title and new")
        assert {**record(admin_http, "notifications", id), "title": "", "updated": ""} == {
            **kept, "title": "", "updated": "",
        }  # fmt: skip
        # The field shows a line break as a character; text appended after it keeps the line break.
        await person.sees_not("Edit Old title")
        await person.act("announcements.edit")
        await person.sees("Edit Old title")
        await person.press("tab", "end")
        await person.type("!")
        await person.press("tab", "tab", "tab", "enter")
        await person.until(lambda: record(admin_http, "notifications", id)["description"] == text + "!")
    admin_http.delete(f"{ALL}/{id}").raise_for_status()


async def test_current_scheduled_and_ended_announcements_differ(sandbox: Sandbox, announce: Callable[..., str]) -> None:
    now = datetime.now(UTC)
    announce("Is shown", end=now + timedelta(hours=1))
    later = announce("Will be", start=now + timedelta(hours=1))
    announce("Has been", start=now - timedelta(hours=2), end=now - timedelta(hours=1))
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="announcements") as person:
        await person.sees("Is shown", "Will be", "Has been", "● shown", "… later", "○ over", "scheduled")
        await person.move_to(later)
        await person.act("announcements.end")
        await person.sees("It has not begun")


async def test_an_announcement_appears_on_every_screen_until_it_is_dismissed(
    sandbox: Sandbox, user: Credentials, announce: Callable[..., str], tmp_path: Path, admin_http: httpx.Client
) -> None:
    journal = tmp_path / "journal.jsonl"
    async with at_console(sandbox.url, "user", user, audit_log=journal) as person:
        assert "Slot moved" not in person.screen
        id = announce("Slot moved", user.id)
        await person.sees("dismisses  ◆ Slot moved: text of Slot moved")
        await person.act("go.qpus")
        await person.sees("◆ Slot moved")
        await person.act("app.dismiss")
        await person.sees("Dismiss this announcement?")
        assert record(admin_http, "notifications", id)["dismissed_by"] == ""
        await person.act("dialog.confirm")
        await person.sees_not("◆ Slot moved")
        await person.until(lambda: record(admin_http, "notifications", id)["dismissed_by"] == user.id)
    # The server loses the dismissal; this machine does not.
    assert id in Dismissed(tmp_path / "dismissed.json").ids(sandbox.url, user.id)
    forgetful = decode(AnnouncementRow, {**record(admin_http, "notifications", id), "dismissed_by": ""})
    async with at_console(sandbox.url, "user", user, audit_log=journal) as person:
        from qpi_tui.screens.announcement_banner import waiting

        assert forgetful.due
        assert waiting(person.app, person.app.connection, [forgetful]) == []


async def test_a_scheduled_announcement_appears_at_its_start(
    sandbox: Sandbox, user: Credentials, announce: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_tui.domain.announcements.LOOK", 1.0)
    moment = datetime.now(UTC)
    announce("Starts soon", user.id, moment + timedelta(seconds=2), moment + timedelta(hours=1))
    async with at_console(sandbox.url, "user", user) as person:
        await person.sees("◆ Starts soon")


async def test_the_first_key_after_a_break_shows_announcements_that_started_meanwhile(
    sandbox: Sandbox, user: Credentials, announce: Callable[..., str]
) -> None:
    async with at_console(sandbox.url, "user", user) as person:
        await person.until(lambda: person.app.changes.live)
        start = datetime.now(UTC) + timedelta(seconds=1.5)
        announce("Began meanwhile", user.id, start, start + timedelta(hours=1))
        await person.until(lambda: datetime.now(UTC) > start + timedelta(seconds=0.5))
        assert "Began meanwhile" not in person.screen
        await person.press("j")
        await person.sees("◆ Began meanwhile", within=5)


async def test_an_active_user_sees_new_announcements_soon(
    sandbox: Sandbox, user: Credentials, announce: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qpi_tui.domain.announcements.WATCHED", 1.0)
    async with at_console(sandbox.url, "user", user) as person:
        await person.until(lambda: person.app.changes.live)
        await person.press("j")
        start = datetime.now(UTC) + timedelta(seconds=3)
        announce("Begins soon", user.id, start, start + timedelta(hours=1))
        await person.sees("◆ Begins soon", within=10)


async def test_a_known_announcement_appears_and_ends_on_the_second(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "user", user) as person:
        app = person.app
        # As with a server that reveals future announcements. Nothing is read for three minutes.
        start = datetime.now(UTC) + timedelta(seconds=2)
        end = start + timedelta(seconds=2)
        notice = decode(
            AnnouncementRow, {"id": "n" * 15, "title": "To the second", "start_time": f"{start}", "end_time": f"{end}"}
        )
        app.frame_feed.show(app.badges._replace(notices=(notice,)))
        await person.until(lambda: "◆ To the second" in person.screen)
        assert timedelta() <= datetime.now(UTC) - start < timedelta(seconds=1.5)
        await person.until(lambda: "◆ To the second" not in person.screen)
        assert timedelta() <= datetime.now(UTC) - end < timedelta(seconds=1.5)


async def test_an_announcement_disappears_at_its_end_without_an_event(
    sandbox: Sandbox, user: Credentials, announce: Callable[..., str]
) -> None:
    announce("Ends soon", user.id, end=datetime.now(UTC) + timedelta(seconds=4))
    async with at_console(sandbox.url, "user", user) as person:
        await person.sees("◆ Ends soon")
        await person.sees_not("◆ Ends soon")


async def test_a_user_dismisses_in_the_list_but_cannot_write(
    sandbox: Sandbox, user: Credentials, announce: Callable[..., str]
) -> None:
    id = announce("In the list", user.id)
    async with at_console(sandbox.url, "user", user, screen="announcements") as person:
        assert "write" not in person.screen
        await person.move_to(id)
        await person.act("announcements.dismiss", "dialog.confirm")
        await person.sees("dismissed")
        await person.until(lambda: id not in {each.id for each in person.app.screen.table.visible_records})
