"""Facts through the commands: the interface, permissions, users and their records."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.command import Command
from tests.facts.facts import by_command
from tests.facts.machine import FOLDERS, commands, commands_of, commands_with_token
from tests.facts.test_people import request_time
from tests.facts.world import RECORDS, Person, World

pytestmark = FOLDERS
_days = itertools.count(1)


@pytest.fixture(scope="module")
def ann(either: World) -> Person:
    return either.person()


@pytest.fixture
def admin(either: World) -> Command:
    return commands(either)


@pytest.fixture
def shell(ann: Person) -> Command:
    """Return Ann's commands."""
    return commands_of(ann)


def a_day(world: World) -> str:
    """Return a day, years ahead, that no other run has used."""
    offset = int(world.name("x").split("_")[1][:4], 16)
    return f"{datetime(2061, 1, 1, tzinfo=UTC) + timedelta(days=offset + next(_days)):%Y-%m-%d}"


@by_command("lists.pages", "lists.cut")
def test_a_list_has_all_of_its_rows(either: World) -> None:
    ann = either.person()
    for _ in range(31):
        request_time(ann).raise_for_status()
    assert len(commands_of(ann).ok("requests", "list", "--json").json) == 31


@by_command("session.token", "routes.bare-json", "jobs.payload-as-results", "jobs.real-results")
def test_a_token_opens_jobs_but_no_requests_and_no_results(either: World, ann: Person) -> None:
    token, job = commands_with_token(ann), ann.submit(either.qpu())
    assert [each["id"] for each in token.ok("jobs", "list", "--json").json] == [job]
    refused = token("requests", "list")
    assert (refused.code, refused.out) == (4, "")
    assert "An API token cannot list requests: sign in with e-mail and password." in refused.err
    # The payload that the route returns as results is not shown as a result.
    either.patch("quantum_jobs", job, status="completed", results={"counts": {"0": 1, "1": 3}}).raise_for_status()
    answer = token("jobs", "result", job)
    assert answer.code != 0
    assert "returns results only to a session" in answer.err
    assert "circuits" not in answer.out
    assert "75.0 %" in commands_of(ann).ok("jobs", "result", job).out


@by_command("errors.shape")
def test_an_error_names_the_rejected_field(either: World, admin: Command) -> None:
    taken = either.person().email
    answer = admin("users", "create", taken, QPI_NEW_PASSWORD="a-password-1234")
    assert answer.code != 0
    assert taken in answer.err
    assert "{" not in answer.err


@by_command("dates.format", "slots.shape", "slots.past", "slots.others")
def test_slots_are_typed_and_printed_in_the_local_time_zone(either: World, ann: Person) -> None:
    day, shell, admin = a_day(either), commands_of(ann), commands(either)
    made = shell.ok("slots", "book", day, "10:00", "2h", "--json").json
    assert made["start_time"].startswith(f"{day} 10:00")
    assert "10:00 – 12:00" in shell.ok("slots", "list", "--mine").out
    overlap = admin("slots", "book", day, "11:00", "1h", "--for", ann.email)
    assert overlap.code == 1
    # The server tells a superuser only that the booking failed; the command names the conflict all the same.
    assert "10:00 – 12:00" in overlap.err
    shell.ok("slots", "book", day, "12:00", "1h")
    past = shell("slots", "book", "2020-01-01", "10:00", "1h")
    assert past.code == 1
    assert "past" in past.err
    assert admin.ok("slots", "book", day, "8:00", "1h", "--for", ann.email, "--json").json["booked_by"] == ann.id


@by_command("slots.names")
def test_the_slot_of_another_user_has_no_name(either: World, ann: Person, shell: Command) -> None:
    bob, day = either.person(), a_day(either)
    commands_of(bob).ok("slots", "book", day, "10:00", "1h")
    listed = shell.ok("slots", "list").out
    assert "taken" in listed
    assert bob.email not in listed
    assert bob.email in commands(either).ok("slots", "list").out


@by_command("paths.unknown")
def test_a_path_below_the_base_url_is_not_a_server(ann: Person) -> None:
    shell = commands_of(ann)
    answer = Command({**shell.environment, "QPI_URL": f"{ann.server.url}/api/nothing"})("jobs", "list")
    assert answer.code != 0
    assert answer.err.startswith("qpi-tui: ")
    assert "<" not in answer.err


@by_command("session.superuser", "session.user", "jobs.own", "jobs.superuser")
def test_a_superuser_session_lasts_a_day_and_sees_the_jobs_of_all_users(
    either: World, ann: Person, admin: Command, shell: Command
) -> None:
    bob, qpu = either.person(), either.qpu()
    mine, other = ann.submit(qpu), bob.submit(qpu)
    until = {
        who: datetime.fromisoformat(each.ok("whoami", "--json").json["expires_at"]) - datetime.now(UTC)
        for who, each in (("admin", admin), ("user", shell))
    }
    assert timedelta(hours=23) < until["admin"] <= timedelta(days=1)
    assert timedelta(days=4, hours=23) < until["user"] <= timedelta(days=5)
    seen = {each["id"] for each in shell.ok("jobs", "list", "--json").json}
    assert mine in seen
    assert other not in seen
    assert {mine, other} <= {each["id"] for each in admin.ok("jobs", "list", "--json").json}
    assert bob.email in admin.ok("jobs", "list").out
    # A superuser's own job belongs to a users record with the same address.
    name = either.get("qpus", qpu)["name"]
    bell = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\nbit c;\nh q;\nc = measure q;\n'
    job = admin.ok("jobs", "submit", "-", "--qpu", name, "--yes", stdin=bell).out.strip()
    owner = either.get("users", admin.ok("jobs", "show", job, "--json").json["user_id"])
    assert owner["email"] == either.server.admin.identity


@by_command("users.seconds")
def test_an_amount_is_validated_before_it_is_sent(either: World, admin: Command) -> None:
    ann = either.person(10)
    refused = admin("users", "allocate", ann.email, "plenty", "--yes")
    assert refused.code == 2
    assert "'plenty' is not an amount of time" in refused.err
    assert admin("users", "allocate", ann.email, "=-5", "--yes").code == 2
    assert ann.balance() == 10
    assert "+5.5 s" in admin.ok("users", "allocate", ann.email, "+5.5", "--yes").out
    assert ann.balance() == 15.5


@by_command("requests.create", "requests.order", "requests.approve", "requests.handled-by", "requests.withdraw")
def test_a_request_is_made_approved_once_and_withdrawn(either: World, admin: Command) -> None:
    ann = either.person(0)
    shell = commands_of(ann)
    first, second = (shell.ok("requests", "create", str(each), "--json").json["id"] for each in (90, 60))
    assert [each["id"] for each in shell.ok("requests", "list", "--json").json][-2:] == [first, second]
    assert "1 min 30 s credited" in admin.ok("requests", "approve", first, "--yes").out
    again = admin("requests", "approve", first, "--yes")
    assert again.code != 0
    assert ann.balance() == 90
    shown = next(
        each for each in admin.ok("requests", "list", "--status", "approved", "--json").json if each["id"] == first
    )
    assert shown["handled_by"]
    shell.ok("requests", "withdraw", second, "--yes")
    assert shell("requests", "withdraw", first, "--yes").code != 0


@by_command("notices.see", "notices.dismiss")
def test_announcements_reach_only_their_audience(either: World, ann: Person, admin: Command, shell: Command) -> None:
    bob, title = either.person(), either.name("notice")
    admin.ok("announcements", "create", title, "Text", "--to", ann.email, "--until", "+2h")
    later = either.name("later")
    admin.ok("announcements", "create", later, "Text", "--from", "+1d", "--until", "+2d")
    assert {title, later} <= {each["title"] for each in admin.ok("announcements", "list", "--json").json}
    seen = {each["title"] for each in shell.ok("announcements", "list", "--json").json}
    assert title in seen
    assert later not in seen
    assert title not in commands_of(bob).ok("announcements", "list").out
    shell.ok("announcements", "dismiss", title)
    for each in (title, later):
        admin.ok("announcements", "delete", each, "--yes")


@by_command("tokens.once", "tokens.bad-date")
def test_a_token_is_printed_once_and_an_invalid_expiry_creates_none(either: World) -> None:
    shell = commands_of(either.person())
    refused = shell("tokens", "create", "nightly", "--expires", "soon")
    assert refused.code == 2
    assert "'soon' is not a time" in refused.err
    assert shell.ok("tokens", "list", "--json").json == []
    made = shell.ok("tokens", "create", "nightly")
    assert "Shown only once" in made.err
    token = next(line.split()[1] for line in made.out.splitlines() if line.startswith("token"))
    assert token not in shell.ok("tokens", "list", "--json").out


@by_command("server.version")
def test_the_version_is_shown_to_administrators_only(ann: Person, admin: Command, shell: Command) -> None:
    version = ann.server.generation
    found = {each["id"]: each for each in admin("doctor", "--json").json["findings"]}
    assert any(version in str(each) for each in found.values()), found
    refused = shell("doctor")
    assert refused.code == 4


@by_command("users.self-credit", "jobs.no-index")
def test_doctor_names_the_rule_that_lets_users_credit_themselves(either: World, admin: Command) -> None:
    found = {each["id"]: each for each in admin("doctor", "--json").json["findings"]}
    assert found["self_credit"]["severity"] == "severe"
    assert "update rule of users" in found["self_credit"]["evidence"]
    indexes = either.admin.get("/api/collections/quantum_jobs").json()["indexes"]
    assert ("indexes" in found) or indexes, found


@by_command("auth.methods")
def test_doctor_lists_the_sign_in_methods(either: World, admin: Command) -> None:
    methods = either.nobody.get("/api/collections/users/auth-methods").json()
    assert methods["password"]["enabled"] is True
    found = {each["id"]: each for each in admin("doctor", "--json").json["findings"]}
    assert "password" in found["methods"]["title"]


@by_command("themes.routes", "themes.collection")
def test_dashboard_themes_do_not_affect_commands(either: World, admin: Command) -> None:
    if either.server.generation == "v0.0":
        pytest.skip("v0.0 has no themes")
    # Whatever the dashboard's theme, and whatever the server answers for it, commands work.
    theme = either.create("themes", name=either.name("theme"), is_active=True, site_name="Lab")
    try:
        assert admin.ok("whoami", "--json").json["role"] == "admin"
    finally:
        either.admin.delete(f"{RECORDS.format('themes')}/{theme['id']}").raise_for_status()
