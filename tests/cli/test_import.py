"""`users import`: units are read or asked for, never guessed. The confirmation shows the operation, the sum and each
amount.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from qpi_tui.files.csv_import import in_full, parse_allocations, summed, unit_of, without_unit
from qpi_tui.rows.decode import decode_all
from qpi_tui.rows.users import UserRow
from tests.cli.command import Command
from tests.cli.terminal import at_terminal
from tests.conftest import NewUser, record
from tests.tui.helpers import at_console

USERS = decode_all(
    UserRow,
    [
        {"id": "a", "email": "a@x.example", "qpu_seconds": 36000.0},
        {"id": "b", "email": "b@x.example", "qpu_seconds": 60.0},
    ],
)


def amounts(text: str, unit: str = "") -> list[str]:
    return [in_full(line.amount) if line.amount else line.problem for line in parse_allocations(text, USERS, unit=unit)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("email,hours\na@x.example,2\n", "+2 h (7,200 s)"),
        ("email;Minutes\na@x.example;30\n", "+30 min (1,800 s)"),
        ("email,seconds\na@x.example,=90\n", "=1 min 30 s (90 s)"),
        ("E-Mail\tAmount (h)\na@x.example\t1.5\n", "+1 h 30 min (5,400 s)"),
        ("name,hours,email\nAnna,2,a@x.example\n", "+2 h (7,200 s)"),
        # An explicit unit wins over the unit in the column header.
        ("email,hours\na@x.example,-30m\n", "−30 min (1,800 s)"),
        ("email,amount\na@x.example,2h\n", "+2 h (7,200 s)"),
        ("a@x.example,2h\n", "+2 h (7,200 s)"),
        ("\ufeff".strip("\ufeff") + "# course\nemail,days\na@x.example,0.0833333\n", "+2 h (7,199.99712 s)"),
    ],
)
def test_the_column_header_sets_the_unit(text: str, said: str) -> None:
    assert amounts(text) == [said]


@pytest.mark.parametrize("number", ["2", "0.0833333", "90", "=3600", "-5"])
def test_a_number_without_a_unit_prompts_for_the_unit(number: str) -> None:
    for text in (f"email,amount\na@x.example,{number}\n", f"a@x.example,{number}\n"):
        lines = parse_allocations(text, USERS)
        assert lines[0].amount is None
        assert "no unit" in lines[0].problem
        assert "seconds, minutes, hours or days" in without_unit(lines)
        (answered,) = parse_allocations(text, USERS, unit="minutes")
        assert answered.amount is not None
        assert answered.amount.seconds == pytest.approx(abs(float(number.lstrip("="))) * 60)


@pytest.mark.parametrize("number", ["1,5", "1,500", "1.234,5", "+1,5"])
def test_a_comma_in_a_number_is_rejected_as_ambiguous(number: str) -> None:
    for unit in ("", "hours"):
        (said,) = amounts(f"email;hours\na@x.example;{number}\n", unit)
        assert "could be two numbers" in said


@pytest.mark.parametrize("head", ["email,hours,minutes", "email,name", "email"])
def test_a_header_without_an_amount_column_is_rejected(head: str) -> None:
    with pytest.raises(ValueError, match=r"The first line must name"):
        parse_allocations(f"{head}\na@x.example,2,3\n", USERS)


def test_the_sum_names_each_operation() -> None:
    text = "email,hours\na@x.example,2\nb@x.example,=1\n"
    assert summed(parse_allocations(text, USERS)) == "Add 2 h (7,200 s) to 1 user, set the balance of 1 user"
    assert unit_of("H") == "hours"
    with pytest.raises(ValueError, match="is not a unit"):
        unit_of("fortnights")


def test_a_file_is_imported_and_failed_rows_are_named(
    admin: Command, admin_http: httpx.Client, new_user: NewUser, tmp_path: Path
) -> None:
    one, two = new_user(seconds=0), new_user(seconds=60)
    file = tmp_path / "course.csv"
    file.write_text(f"email,hours\n{one.identity},2\nnobody@x.example,1\n{two.identity},0.5\n")
    rehearsed = admin("users", "import", str(file), "--dry-run")
    assert rehearsed.code == 6
    assert "+2 h (7,200 s), 0 → 2 h" in rehearsed.out
    assert record(admin_http, "users", one.id)["qpu_seconds"] == 0
    asked = admin("users", "import", str(file))
    assert asked.code == 2
    assert "Add 2 h 30 min (9,000 s) to 2 users?" in asked.err
    answer = admin("users", "import", str(file), "--yes")
    assert answer.code == 6
    assert "line 3" in answer.err
    assert [record(admin_http, "users", who.id)["qpu_seconds"] for who in (one, two)] == [7200, 1860]


def test_the_unit_is_asked_for_once_on_a_terminal(
    sandbox: Sandbox, admin: Command, admin_http: httpx.Client, new_user: NewUser, tmp_path: Path
) -> None:
    one, two = new_user(seconds=0), new_user(seconds=0)
    file = tmp_path / "plain.csv"
    file.write_text(f"{one.identity},2\n{two.identity},3\n")
    refused = admin("users", "import", str(file), "--yes")
    assert refused.code == 2
    assert "2 amounts are plain numbers, without a unit. Say seconds, minutes, hours or days. Commands" in refused.err
    assert "--unit" in refused.err
    with at_terminal("users", "import", str(file), **admin.environment) as terminal:
        terminal.reads("without a unit")
        terminal.types("minutes\n")
        terminal.reads("Add 5 min (300 s) to 2 users? [y/N]")
        assert "+2 min (120 s)" in terminal.text
        assert "+3 min (180 s)" in terminal.text
        terminal.types("y\n")
        assert terminal.ends() == 0
        assert terminal.text.count("without a unit") == 1
    assert [record(admin_http, "users", who.id)["qpu_seconds"] for who in (one, two)] == [120, 180]
    admin.ok("users", "import", str(file), "--unit", "seconds", "--yes")
    assert record(admin_http, "users", one.id)["qpu_seconds"] == 122


async def test_the_console_asks_for_the_unit_too(
    sandbox: Sandbox, new_user: NewUser, tmp_path: Path, admin_http: httpx.Client
) -> None:
    who = new_user(seconds=0)
    file = tmp_path / "plain.csv"
    file.write_text(f"{who.identity},2\n")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users") as person:
        await person.until(lambda: who.id in {row.id for row in person.app.screen.records})
        await person.act("users.import")
        person.app.screen.query_one("#entry-path").value = str(file)
        await person.sees("is a plain number, without a unit")
        person.app.screen.query_one("#entry-unit").value = "hours"
        await person.sees("1 can be done")
        await person.press("enter")
        await person.sees("Add 2 h (7,200 s) to 1 user?", "+2 h (7,200 s)", "0 → 2 h")
    assert record(admin_http, "users", who.id)["qpu_seconds"] == 0
