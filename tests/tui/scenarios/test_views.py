"""Columns that keys show, move and resize; views that save them with filter and order."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.conftest import NewQpu, NewUser
from tests.tui.helpers import NARROW, WIDE, Person, at_console
from tests.tui.scenarios.test_operators import submit
from tests.tui.scenarios.test_palette_verbs import command, offers
from tests.tui.scenarios.test_sign_in import make_request


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a configuration directory for each test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "qpi-tui"


def columns(person: Person) -> list[str]:
    """Return the visible columns in order."""
    return [column.key for column in person.app.screen.table.columns_seen]


def width_of(table: Any, key: str) -> int:
    """Return the width of a visible column."""
    return next(int(column.width) for column in table.columns_seen if column.key == key)


def rows(person: Person) -> set[str]:
    """Return the visible records."""
    return {row.id for row in person.app.screen.table.visible_records}


def spoil(folder: Path) -> None:
    """Write a views file with a mistake."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "views.toml").write_text("[x]\nlist = 'jobs'\nsort = 'nothing'\n")


async def test_columns_are_hidden_moved_resized_and_reset(sandbox: Sandbox, new_user: NewUser) -> None:
    who = new_user()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users", size=WIDE) as person:
        await person.until(lambda: len(columns(person)) > 3)
        before = columns(person)
        assert before[:3] == ["who", "name", "balance"]
        await person.act("table.columns")
        # Hide the name, move the balance to the front and widen it.
        await person.press("j", "space", "j", "K", "K", "greater_than_sign", "greater_than_sign")
        width = width_of(person.app.screen_stack[-2].table, "balance")
        await person.press("enter")
        await person.until(lambda: columns(person)[:2] == ["balance", "who"] and "name" not in columns(person))
        assert width_of(person.app.screen.table, "balance") == width + 2
        # A hidden column still sorts and is still searched.
        person.app.screen.table.sort_by("name")
        await person.act("table.filter")
        await person.type("name:Test")
        await person.press("enter")
        await person.until(lambda: who.id in rows(person))
        await person.act("table.columns")
        await person.press("r", "enter")
        await person.until(lambda: columns(person) == before)
        # Labels of keys can be clicked.
        await person.act("table.columns")
        await person.click("J K move")
        await person.click("> width")
        await person.click("> width")
        await person.click("K move")
        await person.click("J K move")
        await person.click("space show/hide")
        await person.click("[ Apply")
        await person.until(lambda: columns(person)[:2] == before[1:3] and "who" not in columns(person))
        await person.act("table.columns")
        await person.click("r reset")
        await person.click("[ Apply")
        await person.until(lambda: columns(person) == before)


async def test_a_narrow_terminal_has_its_own_columns(sandbox: Sandbox, new_qpu: NewQpu) -> None:
    new_qpu(online=False)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="qpus", size=NARROW) as person:
        await person.until(lambda: "state" in columns(person))
        await person.act("table.columns")
        await person.sees("below 110 columns")
        await person.press("space", "enter")
        await person.until(lambda: "name" not in columns(person))
        await person.pilot.resize_terminal(*WIDE)
        await person.until(lambda: "name" in columns(person))


async def test_a_view_is_saved_listed_shown_and_deleted(
    sandbox: Sandbox, new_qpu: NewQpu, user: Credentials, user_http: httpx.Client, folder: Path
) -> None:
    qpu = new_qpu(online=False)
    waiting, gone = submit(user_http, qpu["id"]), submit(user_http, qpu["id"])
    user_http.post(f"/api/jobs/{gone}/cancel").raise_for_status()
    async with at_console(sandbox.url, "user", user, screen="jobs", size=WIDE) as person:
        await person.until(lambda: rows(person) == {waiting, gone})
        before = columns(person)
        await person.act("jobs.status", "table.columns")
        await person.press("j", "space", "enter")
        await person.act("table.sort")
        await person.press("1")
        await command(person, "view save waiting", "view:save:waiting")
        await person.sees("View waiting saved")
        saved = tomllib.loads((folder / "views.toml").read_text())["waiting"]
        assert (saved["list"], saved["filter"], saved["sort"]) == ("jobs", "status:pending", "id")
        assert "status" not in saved["columns"]
        await command(person, "view none", "view:none")
        await person.until(lambda: rows(person) == {waiting, gone} and columns(person) == before)
        await person.press("3")
        await command(person, "view waiting", "view:jobs:waiting")
        await person.until(lambda: person.app.current_place == "jobs" and rows(person) == {waiting})
        await person.until(lambda: "status" not in columns(person))
        assert person.app.screen.table.sort == ("id", False)
        await command(person, "view delete wai", "view:delete:waiting")
        await person.sees("View waiting deleted.")


async def test_built_in_views_are_offered(
    sandbox: Sandbox, new_user: NewUser, folder: Path, new_qpu: Any, user_http: httpx.Client
) -> None:
    who = new_user()
    small, large = make_request(sandbox, who, 60, "a little"), make_request(sandbox, who, 6 * 3600, "a lot")
    job = submit(user_http, new_qpu(online=False)["id"])
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="jobs", size=WIDE) as person:
        await command(person, "requests-over", "view:requests:requests-over-5h")
        await person.until(lambda: large in rows(person) and small not in rows(person))
        await command(person, "view my-fa", "view:jobs:my-failed-today")
        await person.until(lambda: person.app.current_place == "jobs")
        await person.until(lambda: f'user:"{sandbox.admin.identity}"' in person.app.screen.filtered_by)
        await person.until(lambda: job not in rows(person))
        # A mistake in the file is reported among the suggestions.
        spoil(folder)
        await person.act("app.palette")
        await person.until(lambda: any("unknown column 'nothing'" in offer.what for offer in offers(person)))
