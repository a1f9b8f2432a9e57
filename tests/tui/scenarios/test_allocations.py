"""Allocations beyond one user: several users, two administrators at once, from a file, undone; new users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.files.csv_import import parse_allocations
from qpi_tui.rows.decode import decode_all
from qpi_tui.rows.users import UserRow
from tests.conftest import record
from tests.tui.helpers import NARROW, at_console
from tests.tui.scenarios.test_admins import balance


async def test_two_admins_never_overwrite_each_other(sandbox: Sandbox, new_user: Any, admin_http: httpx.Client) -> None:
    who = new_user(seconds=3600)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.move_to(who.id)
        await person.act("users.allocate")
        await person.type("+1h")
        await person.sees("1 h → 2 h")
        body = {"qpu_seconds+": 1800}
        admin_http.patch(f"/api/collections/users/records/{who.id}", json=body).raise_for_status()
        await person.press("enter")
        await person.sees("now 2 h 30 min")
        assert balance(sandbox, who) == 9000
        # The time added by the other administrator stays when this one is undone.
        await person.act("app.undo", "dialog.confirm")
        await person.sees("−1 h, now 1 h 30 min")
        assert balance(sandbox, who) == 5400
        await person.act("app.undo")
        await person.sees("Nothing to undo")
        assert balance(sandbox, who) == 5400


@pytest.mark.parametrize(("typed", "after"), [("=600", 600), ("-10m", 3000)])
async def test_setting_and_taking_time_are_undone(sandbox: Sandbox, new_user: Any, typed: str, after: float) -> None:
    who = new_user(seconds=3600)
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users", size=NARROW) as person:
        await person.move_to(who.id)
        await person.act("users.allocate")
        await person.type(typed)
        await person.press("enter")
        await person.until(lambda: balance(sandbox, who) == after)
        await person.sees("z undo (10 s)")
        await person.act("app.undo", "dialog.confirm")
        await person.until(lambda: balance(sandbox, who) == 3600)


async def test_an_allocation_to_marked_users_is_undone_for_all(sandbox: Sandbox, new_user: Any) -> None:
    people = [new_user(seconds=60 * n) for n in range(3)]
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        for who in people:
            await person.move_to(who.id)
            await person.act("table.mark")
        await person.act("users.allocate")
        await person.type("+1h")
        await person.sees("for each of 3 users")
        await person.press("enter")
        await person.sees("+1 h for 3 users?", "2 min → 1 h 2 min")
        await person.act("dialog.confirm")
        await person.sees("3 done")
        assert [balance(sandbox, who) for who in people] == [3600, 3660, 3720]
        await person.press("escape")
        await person.sees("undo all (10 s)")
        await person.act("app.undo", "dialog.confirm")
        await person.sees("3 undone")
        assert [balance(sandbox, who) for who in people] == [0, 60, 120]


async def test_a_file_is_previewed_by_line_and_only_valid_lines_are_applied(
    sandbox: Sandbox, new_user: Any, tmp_path: Path
) -> None:
    one, two = new_user(seconds=0), new_user(seconds=60)
    file = tmp_path / "course.csv"
    file.write_text(
        f"email;amount\n{one.identity};+2h\nnobody@x.example;1h\n{two.identity};-1h\n{two.identity};=90s\n{one.identity};5m\n"
    )
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users", size=NARROW) as person:
        await person.act("users.import")
        await person.type("/no/such/file")
        await person.press("enter")
        await person.sees("No such file: /no/such/file")
        person.app.screen.query_one("#entry-path").value = str(file)
        await person.sees(
            "2 can be done, 3 cannot",
            "line 3: there is no user nobody@x.example",
            "line 4:",
            "The balance is only 1 min",
            "line 6:",
            "is in line 2",
        )
        await person.press("enter")
        await person.sees(
            "Add 2 h (7,200 s) to 1 user, set the balance of 1 user?",
            one.identity[:20],
            "0 → 2 h",
            "Left out: lines 3, 4, 6.",
        )
        assert balance(sandbox, one) == 0
        await person.act("dialog.confirm")
        await person.sees("2 done")
        assert (balance(sandbox, one), balance(sandbox, two)) == (7200, 90)


USERS = decode_all(
    UserRow,
    [
        {"id": "a", "email": "a@x.example", "qpu_seconds": 60.0},
        {"id": "s", "email": "s@x.example", "qpu_seconds": 1e9},
    ],
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a@x.example", "no amount"),
        ("a@x.example,soon", "not an amount of time"),
        ("a@x.example,1h,2h", "more than an amount"),
        ("s@x.example,1h", "superuser"),
        (",1h", "names nobody"),
        ("\x1b[2J@x.example,1h", "there is no user"),
    ],
)
def test_an_invalid_line_is_named(text: str, problem: str) -> None:
    (line,) = parse_allocations(f"# people\n\n{text}\n", USERS)
    assert line.number == 3
    assert problem in line.problem
    assert "\x1b" not in line.problem
    assert line.user is None


@pytest.mark.parametrize("text", ["", "email,amount\n", "# nothing\n"])
def test_an_empty_file_explains_the_expected_format(text: str) -> None:
    with pytest.raises(ValueError, match="The file is empty"):
        parse_allocations(text, USERS)


async def test_a_user_is_created_with_time_and_found(sandbox: Sandbox, admin_http: httpx.Client) -> None:
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.act("users.create")
        await person.type("hired.person@test.example")
        await person.press("tab")
        await person.type("short")
        await person.press("enter")
        await person.sees("8 characters")
        await person.press("shift+tab")
        await person.type("-but-longer")
        await person.press("tab", "tab")
        await person.type("1h")
        await person.press("enter")
        await person.sees("created")
        await person.act("table.filter")
        await person.type("hired.person")
        await person.press("enter")
        await person.sees("1 match", "hired.person@test.example")
        (found,) = person.app.screen.table.visible_records
        assert record(admin_http, "users", found.id)["qpu_seconds"] == 3600


async def test_the_hidden_user_of_a_superuser_is_labelled(sandbox: Sandbox, admin_http: httpx.Client) -> None:
    # A superuser's first call to a custom route creates it.
    admin_http.get("/api/tokens").raise_for_status()
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.act("table.filter")
        await person.type(sandbox.admin.identity)
        await person.press("enter")
        await person.sees("1 match", "superuser", "Hidden record")
