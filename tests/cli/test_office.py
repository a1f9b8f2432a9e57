"""`slots`, `announcements` and `tokens`."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from qpi_sandbox import Credentials, Sandbox
from tests.cli.command import Command, as_
from tests.conftest import NewUser

_days = itertools.count(1)


def a_day() -> str:
    """Return a day on which no other test books. All users of the lab share the calendar."""
    from datetime import UTC, datetime, timedelta

    return f"{datetime.now(UTC) + timedelta(days=400 + next(_days)):%Y-%m-%d}"


def test_a_slot_is_booked_listed_and_cancelled(person: Command) -> None:
    day = a_day()
    made = person.ok("slots", "book", day, "10:00", "2h", "--json").json
    assert made["start_time"].startswith(f"{day} 10:00")
    listed = person.ok("slots", "list", "--mine")
    assert made["id"] in listed.out
    assert "10:00 – 12:00" in listed.out
    assert person.ok("slots", "list", "--mine", "--jsonl").lines[0]["id"] == made["id"]
    person.ok("slots", "cancel", made["id"], "--yes")
    assert made["id"] not in person.ok("slots", "list").out


def test_slots_are_exported_to_a_calendar_file(person: Command, tmp_path: Path) -> None:
    mine = person.ok("slots", "book", a_day(), "10:00", "2h", "--json").json["id"]
    file = tmp_path / "slots.ics"
    answer = person.ok("slots", "export", "--mine", "--to", str(file))
    assert "1 slot written" in answer.err
    assert f"UID:{mine}@qpi-tui" in file.read_text()
    again = person("slots", "export", "--to", str(file))
    assert again.code == 2
    assert "exists already" in again.err
    person.ok("slots", "cancel", mine, "--yes")


def test_overlapping_and_past_bookings_name_the_conflict(person: Command, user: Credentials) -> None:
    day = a_day()
    person.ok("slots", "book", day, "10:00", "2h")
    answer = person("slots", "book", day, "11:00", "2h")
    assert answer.code == 1
    assert "10:00 – 12:00" in answer.err
    past = person("slots", "book", "2020-01-01", "10:00", "1h")
    assert past.code == 1
    assert "past" in past.err
    person.ok("slots", "book", day, "12:00", "1h")


def test_a_slot_is_moved(person: Command) -> None:
    day, other = a_day(), a_day()
    id = person.ok("slots", "book", day, "10:00", "2h", "--json").json["id"]
    person.ok("slots", "move", id, other, "14-15", "--yes")
    assert person.ok("slots", "list", "--mine", "--json").json[0]["start_time"].startswith(f"{other} 14:00")
    assert person("slots", "move", "nosuchslot00000", other, "14-15", "--yes").code == 5


def test_an_administrator_books_for_a_user(admin: Command, user: Credentials) -> None:
    day = a_day()
    assert admin("slots", "book", day, "8:00", "1h").code == 2
    made = admin.ok("slots", "book", day, "8:00", "1h", "--for", user.identity, "--json").json
    assert made["booked_by"] == user.id
    admin.ok("slots", "cancel", user.identity, "--yes")
    assert admin("slots", "cancel", made["id"], "--yes").code == 5


@pytest.mark.parametrize("when", ["whenever", "tomorrow 25:00 1h", "tomorrow 10:00"])
def test_an_invalid_time_is_a_usage_error_with_an_example(person: Command, when: str) -> None:
    answer = person("slots", "book", *when.split())
    assert answer.code == 2
    assert "for example" in answer.err


def test_a_dry_run_of_a_booking_changes_nothing(person: Command) -> None:
    answer = person.ok("slots", "book", a_day(), "10:00", "2h", "--dry-run")
    assert "Would book" in answer.err
    assert person.ok("slots", "list", "--mine", "--json").json == []


def test_announcements_are_created_listed_and_edited(admin: Command, person: Command, user: Credentials) -> None:
    title = f"Notice {user.id}"
    made = admin.ok("announcements", "create", title, "Some text", "--to", user.identity, "--until", "+2h", "--json")
    assert title in admin.ok("announcements", "list").out
    assert [each["id"] for each in person.ok("announcements", "list", "--json").json] == [made.json["id"]]
    admin.ok("announcements", "edit", title, "--text", "Other text", "--yes")
    assert "Other text" in person.ok("announcements", "list").out
    person.ok("announcements", "dismiss", title)
    admin.ok("announcements", "end", title, "--yes")
    shown = next(each for each in admin.ok("announcements", "list", "--json").json if each["title"] == title)
    assert shown["end_time"] < made.json["end_time"]
    admin.ok("announcements", "delete", title, "--yes")
    assert admin("announcements", "delete", title, "--yes").code == 5


def test_only_administrators_write_announcements(admin: Command, person: Command) -> None:
    assert person("announcements", "create", "Title", "Text").code == 4
    assert admin("announcements", "dismiss", "Title").code == 4
    assert admin("announcements", "edit", "Title").code == 2
    assert admin("announcements", "create", "Title", "Text", "--until", "whenever").code == 2


def test_tokens_are_created_listed_and_used(person: Command, sandbox: Sandbox) -> None:
    shown = person.ok("tokens", "create", "ci", "--expires", "30d")
    assert "Shown only once" in shown.err
    made = person.ok("tokens", "create", "nightly", "--json").json
    listed = person.ok("tokens", "list")
    assert "ci" in listed.out
    assert made["token"] not in listed.out
    script = Command({"QPI_URL": sandbox.url, "QPI_API_TOKEN": made["token"]})
    assert script.ok("jobs", "list", "--json").json == []
    refused = script("requests", "list")
    assert refused.code == 4
    assert "API token" in refused.err
    person.ok("tokens", "rename", "nightly", "weekly")
    person.ok("tokens", "revoke", "weekly", "--yes")
    gone = script("jobs", "list")
    assert gone.code == 4
    assert made["token"] not in gone.err
    assert person("tokens", "revoke", "weekly", "--yes").code == 5


def test_an_invalid_expiry_creates_no_token(person: Command) -> None:
    for expires in ("whenever", "2020-01-01"):
        assert person("tokens", "create", "ci", "--expires", expires).code == 2
    assert person.ok("tokens", "list", "--json").json == []


def test_two_tokens_of_the_same_name_are_distinguished_by_id(
    person: Command, new_user: NewUser, sandbox: Sandbox
) -> None:
    twin = as_(sandbox.url, new_user(), "user")
    ids = [twin.ok("tokens", "create", "same", "--json").json["id"] for _ in range(2)]
    answer = twin("tokens", "revoke", "same", "--yes")
    assert answer.code == 2
    assert all(id in answer.err for id in ids)
    twin.ok("tokens", "revoke", *ids, "--yes")
