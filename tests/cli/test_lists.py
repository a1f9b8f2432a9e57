"""Options that every list command takes: a filter, an output format, and verbs from other programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from qpi_tui.cli.problems import USAGE
from tests.cli.command import Command


@pytest.fixture(scope="module")
def people(new_user: Any) -> list[str]:
    """Create users with and without QPU time."""
    return [new_user(seconds=7200).identity, new_user(seconds=5).identity]


def test_filters_use_the_language_of_the_console(admin: Command, people: list[str]) -> None:
    rich, poor = people
    said = admin.ok("users", "list", "--filter", "balance:<10m", "--json")
    found = [user["email"] for user in said.json]
    assert poor in found
    assert rich not in found
    said = admin.ok("users", "list", "--filter", f"who:{rich},{poor} -who:{poor}", "-o", "name")
    # What identifies a person, for other commands: names are not unique.
    assert said.out.splitlines() == [rich]


def test_a_mistake_in_a_filter_is_a_usage_error(admin: Command) -> None:
    said = admin("users", "list", "--filter", "balnce:>2h")
    assert said.code == USAGE
    assert "Did you mean balance:?" in said.err


def test_lists_are_printed_in_every_output_format(admin: Command, people: list[str]) -> None:
    plain = admin.ok("users", "list", "--json").json
    assert admin.ok("users", "list", "-o", "json").json == plain
    assert admin.ok("users", "list", "--output", "csv").out == admin.ok("users", "list", "--csv").out
    import yaml

    assert yaml.safe_load(admin.ok("users", "list", "-o", "yaml").out) == json.loads(json.dumps(plain))
    wide = admin.ok("users", "list", "-o", "wide").out
    assert all(email in wide for email in people)
    assert len(admin.ok("users", "list", "-o", "name").out.splitlines()) == len(plain)


@pytest.mark.parametrize("words", ["slots free --length 2h", "users ledger {}", "server logs", "server rules"])
def test_lists_without_a_screen_take_filter_watch_and_format(admin: Command, new_user: Any, words: str) -> None:
    user = new_user(seconds=10).identity
    admin.ok("users", "allocate", user, "+1h", "--yes")
    command = words.format(user).split()
    plain = admin.ok(*command, "--json").json
    for form in ("json", "yaml", "csv", "wide", "name"):
        # This sandbox keeps no log.
        assert admin.ok(*command, "-o", form).out.strip() or not plain, form
    assert admin.ok(*command, "--filter", "no-such-words", "--json").json == []
    if plain:
        # Not "nothing is free": the filter hides what there is.
        assert "Nothing matches the filter." in admin.ok(*command, "--filter", "no-such-words").err
    assert "--watch" in admin(*command, "--help").out


def test_jobs_say_once_that_nothing_matches(admin: Command) -> None:
    assert admin.ok("jobs", "list", "--filter", "no-such-words").err.count("Nothing matches the filter.") == 1


def test_slots_free_applies_the_filter_before_the_limit(admin: Command) -> None:
    free = admin.ok("slots", "free", "--length", "1h", "--limit", "30", "--json").json
    exactly = f'id:"{free[-1]["id"]}"'
    assert admin.ok("slots", "free", "--length", "1h", "--filter", exactly, "--limit", "1", "--json").json == free[-1:]
    assert admin.ok("slots", "free", "--length", "1h", "-o", "name").out.splitlines()[0].endswith(" 1h")


def test_users_ledger_is_filtered_by_its_columns(admin: Command, new_user: Any) -> None:
    user = new_user(seconds=7200).identity
    admin.ok("users", "allocate", user, "+1h", "--yes")
    admin.ok("users", "allocate", user, "-10m", "--yes")
    (taken,) = admin.ok("users", "ledger", user, "--filter", "seconds:<0 kind:credit since:1h", "--json").json
    assert taken["seconds"] == -600
    # As other lists show times: not as JSON does.
    assert re.search(r"^[0-9]{1,2} [A-Z][a-z]{2} [0-9]{2}:[0-9]{2} ", admin.ok("users", "ledger", user).out, re.M)
    assert admin.ok("users", "ledger", user, "--filter", "on:2001-01-01", "--json").json == []


def test_two_output_formats_are_a_usage_error(admin: Command) -> None:
    said = admin("users", "list", "--csv", "-o", "json")
    assert said.code == USAGE
    assert "Choose one" in said.err


def test_verbs_from_other_programs_are_accepted(admin: Command, people: list[str]) -> None:
    assert admin.ok("users", "ls", "--json").json == admin.ok("users", "list", "--json").json
    assert admin.ok("users", "get", "--json").json == admin.ok("users", "list", "--json").json
    assert admin.ok("users", "get", people[0], "--json").json["email"] == people[0]
    assert "Delete" in admin("users", "rm", "--help").out
    assert "Revoke" in admin("tokens", "rm", "--help").out
    assert admin("audit-log", "ls").code == USAGE


def test_a_filter_on_jobs_searches_past_the_newest_page(
    admin: Command, person: Command, qpu: Any, tmp_path: Path
) -> None:
    file = tmp_path / "one.qasm"
    file.write_text("OPENQASM 3.0; qubit q; bit c; c = measure q;")
    ids = [person.ok("jobs", "submit", str(file), "--qpu", qpu["name"], "--yes").out.split()[0] for _ in range(3)]
    found = admin.ok("jobs", "list", "--filter", f"id:{ids[0]}", "--limit", "1", "--json").json
    assert [job["id"] for job in found] == [ids[0]]


VIEWS = """\
# Mine.
[rich]
list = "users"
filter = "balance:>1h"
columns = ["balance", "who:12"]
sort = "-who"
"""


def write_views(folder: Path, text: str) -> Path:
    file = folder / "config" / "qpi-tui" / "views.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_view_filters_orders_and_chooses_columns(admin: Command, people: list[str], folders: Path) -> None:
    write_views(folders, VIEWS)
    rich = admin.ok("users", "list", "--view", "rich", "--filter", f"who:{people[0]}").out.splitlines()
    assert len(rich) == 2
    assert rich[1].split() == ["2", "h", people[0]]
    emails = [user["email"] for user in admin.ok("users", "list", "--view", "rich", "--json").json]
    assert people[0] in emails
    assert people[1] not in emails
    assert emails == sorted(emails, reverse=True)
    said = admin("jobs", "list", "--view", "rich")
    assert (said.code, "is of the list 'users'" in said.err) == (USAGE, True)
    assert admin.ok("jobs", "list", "--view", "my-failed-today", "--json").json == []
    assert "Did you mean 'rich'?" in admin("users", "list", "--view", "rih").err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[a]\nlist = 'userz'", "list must be one of"),
        ("[a]\nlist = 'users'\nfilter = 'balnce:>2h'", "Did you mean balance:?"),
        ("[a]\nlist = 'users'\ncolumns = ['whom']", "unknown column 'whom'. Did you mean 'who'?"),
        ("[a]\nlist = 'users'\ncolumns = ['who:0']", "the width of 'who' must be a number from 3"),
        ("[a]\nlist = 'users'\nsort = '-x'", "unknown column 'x'"),
        ("[a]\nlist = 'users'\nfiltr = ''", "Did you mean 'filter'?"),
        ("[a]\nlist = 'users'\nfilter = 3", "filter must be text in quotes"),
        ("a = 1", "it must be a table"),
        ("[a", "is not valid TOML"),
    ],
)
def test_a_mistake_in_the_views_file_is_a_clear_error(admin: Command, folders: Path, text: str, says: str) -> None:
    file = write_views(folders, text)
    said = admin("users", "list", "--view", "a")
    assert said.code == USAGE
    assert str(file) in said.err
    assert says in said.err
    assert says in admin("config", "check").err


def test_saving_a_view_keeps_the_rest_of_the_file(folders: Path) -> None:
    from qpi_tui.domain.column_choice import Chosen, ColumnSets
    from qpi_tui.domain.views import View
    from qpi_tui.settings.views import ViewError, delete_view, read_views, save_view

    file = write_views(folders, VIEWS)
    view = View("late", "jobs", "status:failed", ColumnSets((Chosen("id"), Chosen("qpu", 20))), ("age", True))
    save_view(view)
    assert file.read_text().startswith(VIEWS)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_views()["late"] == view
    delete_view("rich")
    assert "rich" not in read_views()
    with pytest.raises(ViewError, match="is built in"):
        delete_view("my-failed-today")
    with pytest.raises(ViewError, match="A view's name has letters"):
        save_view(View("../x", "jobs"))
