"""`requests`: create, approve, reject and withdraw, each only once."""

from __future__ import annotations

from qpi_sandbox import Credentials
from tests.cli.command import Command


def ask(person: Command, amount: str = "2h") -> str:
    return str(person.ok("requests", "create", amount, "--reason", "calibration", "--json").json["id"])


def test_a_request_is_created_and_listed(person: Command) -> None:
    id = ask(person)
    answer = person.ok("requests", "list")
    assert id in answer.out
    assert "calibration" in answer.out
    assert [each["seconds"] for each in person.ok("requests", "list", "--json").json] == [7200]


def test_a_request_is_approved_by_the_address_of_its_user_and_only_once(
    admin: Command, person: Command, user: Credentials
) -> None:
    id = ask(person)
    answer = admin.ok("requests", "approve", user.identity, "--yes")
    assert "now 3 h" in answer.out
    again = admin("requests", "approve", id, "--yes")
    assert again.code == 1
    assert "approved already" in again.err
    assert admin.ok("users", "show", user.identity, "--json").json["qpu_seconds"] == 10800


def test_a_rejection_needs_a_reason(admin: Command, person: Command) -> None:
    id = ask(person)
    assert admin("requests", "reject", id, "--yes").code == 2
    admin.ok("requests", "reject", id, "--reason", "not this week", "--yes")
    shown = person.ok("requests", "list", "--status", "all")
    assert "not this week" in shown.out


def test_ids_are_read_from_a_pipe(admin: Command, person: Command, user: Credentials) -> None:
    ids = {ask(person, "1m"), ask(person, "2m")}
    listed = admin.ok("requests", "list", "--user", user.identity, "--template", "{id}").out
    assert set(listed.split()) == ids
    answer = admin.ok("requests", "approve", "-", "--yes", "--jsonl", stdin=listed)
    assert {each["id"] for each in answer.lines} == ids


def test_a_user_withdraws_a_request(person: Command) -> None:
    id = ask(person)
    person.ok("requests", "withdraw", id, "--yes")
    assert person.ok("requests", "list").out == ""
    assert person("requests", "withdraw", id, "--yes").code == 5


def test_an_administrator_cannot_create_a_request(admin: Command) -> None:
    answer = admin("requests", "create", "2h")
    assert answer.code == 4


def test_a_user_cannot_approve_a_request(person: Command) -> None:
    answer = person("requests", "approve", ask(person), "--yes")
    assert answer.code == 4


def test_an_invalid_amount_is_a_usage_error(person: Command) -> None:
    for amount in ("soon", "0", "=5"):
        answer = person("requests", "create", amount)
        assert answer.code == 2, amount
