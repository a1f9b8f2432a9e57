"""Printed output: tables fitted to the terminal, colours only there, and nothing that a terminal or spreadsheet would
execute.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from qpi_sandbox import Credentials
from qpi_tui.cli.output import as_csv, fill, table
from qpi_tui.cli.problems import Problem
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.sanitize import cells
from tests.cli.command import Command
from tests.cli.terminal import at_terminal
from tests.conftest import NewUser

COLUMNS = [
    Column("id", "id", 15, lambda record: str(record["id"])),
    Column("name", "name", 20, lambda record: str(record["name"]), flex=True),
    Column("count", "count", 8, lambda record: Cell(str(record["count"]), "ok"), align="right", need=1),
]
ROWS = [
    {"id": "abcdefghijklmno", "name": "a name that is rather long for a narrow terminal", "count": 3},
    {"id": "bbcdefghijklmno", "name": "短い名前", "count": 12},
]


def test_a_table_is_as_wide_as_its_content() -> None:
    lines = table(ROWS, COLUMNS).splitlines()
    assert ROWS[0]["name"] in lines[1]
    assert lines[1].endswith(" 3")
    assert cells(lines[1]) == cells(lines[2])


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_is_fitted_to_the_width(width: int) -> None:
    lines = table(ROWS, COLUMNS, width).splitlines()
    assert max(map(cells, lines)) <= width
    assert all(row["id"] in line for row, line in zip(ROWS, lines[1:], strict=True))


def test_csv_cells_are_escaped_against_formulas() -> None:
    text = as_csv([{"id": "x", "name": "=cmd()", "n": -3, "expand": {"user": {"email": "a@b.example"}}}])
    assert text == "id,name,n,user.email\nx,'=cmd(),-3,a@b.example\n"


def test_templates_fill_fields_and_reject_anything_else() -> None:
    record = {"id": "x", "n": 3.5, "expand": {"user": {"email": "a\x1b[31m@b"}}, "list": [1, 2]}
    assert fill("{id} {n:.2f} {list}", record) == "x 3.50 [1, 2]"
    assert "\x1b" not in fill("{expand.user.email}", record)
    for wrong in ("{}", "{0}", "{id", "{nope}", "{id.nope}", "{n:x}"):
        with pytest.raises(Problem):
            fill(wrong, record)


def test_control_sequences_in_a_name_are_removed(admin: Command, new_user: NewUser) -> None:
    who = new_user(name="evil\x1b[2J\u202ename")
    for words in (("users", "list"), ("users", "list", "--csv"), ("users", "show", who.identity)):
        answer = admin.ok(*words)
        assert "\x1b" not in answer.out
        assert "\u202e" not in answer.out
    assert "\\u001b" in admin.ok("users", "show", who.identity, "--json").out


def test_colours_are_used_on_a_terminal_only(admin: Command, qpu: dict[str, str]) -> None:
    with at_terminal("qpus", "list", **admin.environment) as terminal:
        assert terminal.ends() == 0
        assert "\x1b[32m● online" in terminal.text
    with at_terminal("qpus", "list", NO_COLOR="1", **admin.environment) as terminal:
        assert terminal.ends() == 0
        assert "\x1b" not in terminal.text
    assert "\x1b" not in admin.ok("qpus", "list").out


def test_a_table_fits_a_narrow_terminal(admin: Command, user: Credentials) -> None:
    with at_terminal("users", "list", columns=50, NO_COLOR="1", **admin.environment) as terminal:
        assert terminal.ends() == 0
        assert max(cells(line) for line in terminal.text.splitlines()) <= 50


def test_answering_no_to_a_confirmation_changes_nothing(admin: Command, user: Credentials) -> None:
    words = ("users", "allocate", user.identity, "+1h")
    with at_terminal(*words, **admin.environment) as terminal:
        terminal.reads("1 h → 2 h")
        terminal.reads("[y/N]")
        terminal.types("n\n")
        assert terminal.ends() == 130
    assert admin.ok("users", "show", user.identity, "--json").json["qpu_seconds"] == 3600
    with at_terminal(*words, **admin.environment) as terminal:
        terminal.reads("[y/N]")
        terminal.types("y\n")
        assert terminal.ends() == 0
    assert admin.ok("users", "show", user.identity, "--json").json["qpu_seconds"] == 7200


def test_long_operations_show_a_progress_bar(admin: Command, new_user: NewUser) -> None:
    people = [new_user().id for _ in range(5)]
    words = ("users", "allocate", *people, "+1m", "--yes")
    with at_terminal(*words, quiet=True, **admin.environment) as terminal:
        assert terminal.ends() == 0
        assert "5/5" in terminal.text
    with at_terminal(*words, **admin.environment) as terminal:
        # If the outcomes are printed as they arrive, they show the progress themselves.
        assert terminal.ends() == 0
        assert "5/5" not in terminal.text
    assert "/5" not in admin.ok("users", "allocate", *people, "+1m", "--yes").err


def test_a_closed_pipe_ends_the_command_quietly(admin: Command) -> None:
    command = f"{sys.executable} -m qpi_tui users list --jsonl | head -1"
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={**os.environ, **admin.environment}, capture_output=True, text=True
    )
    assert done.stdout.startswith("{")
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
