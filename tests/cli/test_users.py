"""`users`: lists in every output format, time added, taken and set, accounts created."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from qpi_sandbox import Credentials
from tests.cli.command import Command
from tests.conftest import NewUser


def balance(admin: Command, who: str) -> float:
    return float(admin.ok("users", "show", who, "--json").json["qpu_seconds"])


def test_users_are_listed_as_a_table(admin: Command, user: Credentials) -> None:
    answer = admin.ok("users", "list")
    header, *rows = answer.out.splitlines()
    assert header.startswith("E-mail")
    row = next(row for row in rows if user.identity in row)
    assert "1 h" in row
    assert "\x1b" not in answer.out
    assert answer.err == ""


def test_users_are_listed_as_json_and_csv(admin: Command, user: Credentials) -> None:
    found = next(each for each in admin.ok("users", "list", "--json").json if each["email"] == user.identity)
    assert found["id"] == user.id
    assert user.id in [each["id"] for each in admin.ok("users", "list", "--jsonl").lines]
    rows = list(csv.DictReader(io.StringIO(admin.ok("users", "list", "--csv").out)))
    assert float(next(row for row in rows if row["email"] == user.identity)["qpu_seconds"]) == 3600
    said = admin.ok("users", "list", "--template", "{id} {qpu_seconds}").out.splitlines()
    assert f"{user.id} 3600" in said


def test_a_template_with_an_unknown_field_names_the_fields(admin: Command, user: Credentials) -> None:
    answer = admin("users", "show", user.identity, "--template", "{nope}")
    assert answer.code == 2
    assert "'nope'" in answer.err
    assert "qpu_seconds" in answer.err
    assert answer.out == ""


def test_a_template_reaches_fields_but_no_python_attributes(admin: Command, user: Credentials) -> None:
    answer = admin("users", "show", user.identity, "--template", "{email.__class__.__mro__}")
    assert answer.code in (0, 2)
    assert "object" not in answer.out.replace(user.identity, "")


def test_a_user_cannot_list_users(person: Command) -> None:
    answer = person("users", "list")
    assert answer.code == 4
    assert "administrator" in answer.err


@pytest.mark.parametrize(
    ("amount", "after"), [("+2h", 10800), ("90", 3690), ("-30m", 1800), ("=5", 5), ("1:30:00", 9000)]
)
def test_time_is_added_taken_and_set(admin: Command, user: Credentials, amount: str, after: float) -> None:
    answer = admin.ok("users", "allocate", user.identity, amount, "--yes")
    assert answer.out.startswith(f"✓ {user.identity}")
    assert balance(admin, user.identity) == after


def test_allocate_takes_ids_and_addresses_and_reports_unknown_ones(admin: Command, new_user: NewUser) -> None:
    one, two = new_user(), new_user()
    answer = admin("users", "allocate", one.identity, "nobody@nowhere.example", two.id, "+1m", "--yes", "--json")
    assert answer.code == 6
    assert [each["ok"] for each in answer.json] == [True, False, True]
    assert [each["record"]["qpu_seconds"] for each in answer.json if each["ok"]] == [3660, 3660]
    assert "nobody@nowhere.example" in answer.err


def test_allocate_reads_users_from_standard_input(admin: Command, new_user: NewUser) -> None:
    people = [new_user(), new_user()]
    admin.ok("users", "allocate", "-", "=7", "--yes", stdin="\n".join(each.id for each in people))
    assert [balance(admin, each.id) for each in people] == [7, 7]


@pytest.mark.parametrize("amount", ["1x", "0", "99999999999", "-2h"])
def test_an_invalid_allocation_is_rejected_before_anything_is_sent(
    admin: Command, user: Credentials, amount: str
) -> None:
    answer = admin("users", "allocate", user.identity, amount, "--yes")
    assert answer.code == 2
    assert balance(admin, user.identity) == 3600


def test_without_a_terminal_nothing_is_asked(admin: Command, user: Credentials) -> None:
    answer = admin("users", "allocate", user.identity, "+1h", stdin="y\n")
    assert answer.code == 2
    assert "--yes" in answer.err
    assert balance(admin, user.identity) == 3600


def test_a_dry_run_changes_nothing(admin: Command, user: Credentials) -> None:
    answer = admin.ok("users", "allocate", user.identity, "+1h", "--dry-run")
    assert "1 h → 2 h" in answer.out
    told = admin.ok("users", "allocate", user.identity, "+1h", "--dry-run", "--json").json
    assert told[0]["target"] == user.identity
    assert balance(admin, user.identity) == 3600


def test_read_only_mode_rejects_changes(admin: Command, user: Credentials) -> None:
    answer = admin("users", "allocate", user.identity, "+1h", "--yes", "--read-only")
    assert answer.code == 4
    assert balance(admin, user.identity) == 3600


def test_a_user_is_created_with_time_and_only_once(admin: Command, folders: object) -> None:
    words = ("users", "create", "fresh.person@test.example", "--name", "Fresh", "--time", "2h")
    answer = admin.ok(*words, "--json", QPI_NEW_PASSWORD="a-password-1234")
    assert answer.json["qpu_seconds"] == 7200
    again = admin(*words, QPI_NEW_PASSWORD="a-password-1234")
    assert again.code == 1
    assert "A user fresh.person@test.example exists already." in again.err


def test_create_never_takes_the_password_from_the_command_line(admin: Command) -> None:
    answer = admin("users", "create", "other@test.example")
    assert answer.code == 2
    assert "QPI_NEW_PASSWORD" in answer.err


def test_changes_are_written_to_the_audit_log(admin: Command, user: Credentials, folders: object) -> None:
    from qpi_tui.files.paths import audit_log_file

    admin.ok("users", "allocate", user.identity, "+1m", "--yes")
    entry = json.loads(audit_log_file().read_text().splitlines()[-1])
    assert (entry["action"], entry["target"], entry["ok"]) == ("users.allocate", user.identity, True)


def test_an_unknown_user_is_not_found(admin: Command) -> None:
    answer = admin("users", "show", "nobody@nowhere.example")
    assert answer.code == 5
    assert "Traceback" not in answer.err


def test_a_full_disk_does_not_prevent_a_change(admin: Command, user: Credentials, folders: Path) -> None:
    path = folders / "state" / "qpi-tui" / "journal.jsonl"
    path.parent.mkdir(parents=True)
    path.symlink_to("/dev/full")
    answer = admin.ok("users", "allocate", user.identity, "+1m", "--yes")
    assert "The audit log cannot be written" in answer.out + answer.err
    assert admin.ok("users", "show", user.identity, "--json").json["qpu_seconds"] == 3660


def test_the_audit_log_is_printed_by_a_command(admin: Command, user: Credentials, folders: Path) -> None:
    assert "No changes were made" in admin.ok("audit-log").err
    answer = admin.ok("users", "allocate", user.identity, "+1m", "--yes")
    assert f"To undo: qpi-tui users allocate {user.id} -60" in answer.err
    admin.ok(*answer.err.split("qpi-tui ")[1].split(), "--yes")
    assert admin.ok("users", "show", user.identity, "--json").json["qpu_seconds"] == 3600
    entries = admin.ok("audit-log", "--json").json
    assert [(entry["action"], entry["target"], entry["ok"]) for entry in entries] == [
        ("users.allocate", user.identity, True)
    ] * 2
    assert "+1 min, now 1 h 1 min" in admin.ok("audit-log", "--limit", "0").out
    assert admin.ok("audit-log", "--failed").out == ""
    assert admin("audit-log", "--limit", "-1").code == 2


def test_a_user_is_edited_and_deleted_with_dependent_records(
    admin: Command, person: Command, user: Credentials, new_user: NewUser
) -> None:
    said = admin.ok("users", "edit", user.identity, "--name", "Anna", "--verified", "--yes")
    assert "named Anna, verified" in said.out
    shown = admin.ok("users", "show", user.identity)
    assert "Anna" in shown.out
    assert "verified" in shown.out
    person.ok("tokens", "create", "x", "--expires", "30d")
    person.ok("requests", "create", "10m", "--reason", "why")
    assert "mail requested" in admin.ok("users", "reset", user.identity, "--yes").out
    rehearsed = admin.ok("users", "delete", user.identity, "--dry-run")
    assert "Deletes 1 request, 1 API token too." in rehearsed.out
    moved = admin.ok("users", "edit", user.identity, "--email", f"new.{user.identity}", "--yes")
    assert "signed out everywhere" in moved.out
    taken = admin("users", "edit", f"new.{user.identity}", "--email", new_user().identity, "--yes")
    assert taken.code == 1
    assert "already" in taken.err + taken.out
    gone = admin.ok("users", "delete", f"new.{user.identity}", "--yes")
    assert "deleted, with 1 request, 1 API token" in gone.out
    assert admin("users", "show", f"new.{user.identity}").code == 5
    assert admin("users", "delete", f"new.{user.identity}", "--yes").code == 5


def test_only_administrators_edit_users(person: Command, user: Credentials) -> None:
    for words in (("edit", "--name", "x"), ("delete",), ("reset",)):
        assert person("users", words[0], user.identity, *words[1:], "--yes").code == 4


def test_an_administrator_views_the_lab_as_a_user(admin: Command, person: Command, user: Credentials) -> None:
    person.ok("tokens", "create", "mine", "--expires", "30d")
    seen = admin.ok("users", "look-as", user.identity, "tokens", "list")
    assert "mine" in seen.out
    assert f"As {user.identity}, read-only." in seen.err
    assert admin.ok("users", "look-as", user.identity, "tokens", "list", "--json").json[0]["name"] == "mine"
    refused = admin("users", "look-as", user.identity, "tokens", "revoke", "mine", "--yes")
    assert refused.code == 4
    assert "read-only" in (refused.out + refused.err)
    assert admin("users", "look-as", user.identity, "users", "list").code == 4
    assert admin("users", "look-as", user.identity).code == 2
    assert person("users", "look-as", user.identity, "jobs", "list").code == 4
    # The next command is the administrator's again.
    assert user.identity in admin.ok("users", "list").out
