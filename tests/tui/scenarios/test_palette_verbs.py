"""Verb and object in the palette: changes that are confirmed as always, filters, settings, views, and recent choices
first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import NewQpu, NewUser, record
from tests.tui.helpers import NARROW, WIDE, Person, at_console
from tests.tui.scenarios.test_sign_in import make_request


def offers(person: Person) -> list[Any]:
    """Return the current suggestions of the palette, the first one first."""
    return list(person.app.screen.query_one("RecordTable").visible_records)


async def command(person: Person, typed: str, first: str) -> None:
    """Type a command, and accept the first suggestion once it is the right one."""
    await person.act("app.palette")
    await person.type(typed)
    await person.until(lambda: offers(person) and offers(person)[0].id.startswith(first))
    await person.press("enter")


async def test_a_verb_and_an_object_ask_and_change_that_object(
    sandbox: Sandbox, new_qpu: NewQpu, new_user: NewUser, admin_http: httpx.Client
) -> None:
    one, other = new_qpu(online=False), new_qpu(online=False)
    who = new_user()
    request = make_request(sandbox, who, 600, "a verb")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", size=WIDE) as person:
        # Marks on the other screen are ignored.
        person.app.go("qpus")
        await person.ready()
        await person.move_to(other["id"])
        await person.act("table.mark")
        person.app.go("jobs")
        await command(person, f"stop {one['name']}", f"do:qpus.disable:{one['id']}")
        await person.until(lambda: person.app.current_place == "qpus")
        await person.sees("[ Disable (")
        assert one["name"] in person.screen
        await person.act("dialog.confirm")
        await person.until(lambda: not record(admin_http, "qpus", one["id"])["enabled"])
        assert record(admin_http, "qpus", other["id"])["enabled"]
        await command(person, f"approve {who.identity}", f"do:requests.approve:{request}")
        await person.sees("[ Approve (")
        assert record(admin_http, "qpu_time_requests", request)["status"] == "pending"
        await person.act("dialog.confirm")
        await person.until(lambda: record(admin_http, "qpu_time_requests", request)["status"] == "approved")


async def test_a_list_opens_with_a_filter_and_recent_choices_come_first(sandbox: Sandbox, user: Credentials) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await command(person, "squeue failed", "filter:jobs:status:failed")
        await person.until(lambda: person.app.current_place == "jobs")
        await person.until(lambda: person.app.screen.filtered_by == "status:failed")
        await command(person, f"users {user.identity}", f"filter:users:{user.identity}")
        await person.until(lambda: person.app.current_place == "users")
        await person.until(lambda: [row.id for row in person.app.screen.table.visible_records] == [user.id])
        await command(person, "logout", "app.sign_out")
        await person.sees("Sign out of")
        await person.press("escape")
        await person.act("app.palette")
        await person.until(lambda: offers(person)[0].id == "app.sign_out")
        # Tab completes the suggestion under the cursor.
        await person.type("theme no")
        await person.press("tab")
        await person.until(lambda: person.app.screen.query_one("Input").value == "theme nord")
        await person.press("escape")


async def test_read_only_offers_no_change(sandbox: Sandbox, new_qpu: NewQpu) -> None:
    qpu = new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", read_only=True) as person:
        await person.act("app.palette")
        await person.until(lambda: any(offer.id == f"record:qpus:{qpu['id']}" for offer in offers(person)))
        await person.type(f"disable {qpu['name']}")
        await person.sees("Nothing matches.")
        await person.press("escape")
        # Enter accepts a suggestion despite a typo.
        await command(person, "them nord", "near")
        await person.until(lambda: offers(person)[0].id == "set:theme:nord")


async def test_settings_take_effect_at_once_and_their_lines_are_shown(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await command(person, "theme nord", "set:theme:nord")
        await person.until(lambda: person.app.theme == "nord")
        await command(person, "keyset vim", "set:keyset:vim")
        await person.press("L")
        await person.until(lambda: person.app.current_place == "jobs")
        await command(person, "keyset plain", "set:keyset:plain")
        await person.press("L")
        await person.pilot.pause()
        assert person.app.current_place == "jobs"
        await command(person, "ascii on", "set:ascii:on")
        await person.until(lambda: person.app.plain)
        await command(person, "refresh 7", "set:refresh:7")
        await person.until(lambda: person.app.refresh_seconds == 7)
        await command(person, "save to config", "set:save")
        await person.sees('theme = "nord"', 'keyset = "plain"', "ascii = true", "refresh = 7", "config.toml")
        await person.press("c")
        await person.sees("clipboard")
        assert not (tmp_path / "qpi-tui" / "config.toml").exists()
