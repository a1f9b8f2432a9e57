"""What every list command takes: a filter, a form, and the words that hands know from other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qpi_tui.cli.problems import USAGE
from tests.cli.command import Command


@pytest.fixture(scope="module")
def people(new_user: Any) -> list[str]:
    """Two users with and without time."""
    return [new_user(seconds=7200).identity, new_user(seconds=5).identity]


def test_a_filter_is_the_consoles(admin: Command, people: list[str]) -> None:
    rich, poor = people
    said = admin.ok("users", "list", "--filter", "balance:<10m", "--json")
    found = [user["email"] for user in said.json]
    assert poor in found
    assert rich not in found
    said = admin.ok("users", "list", "--filter", f"who:{rich},{poor} -who:{poor}", "-o", "name")
    assert len(said.out.splitlines()) == 1


def test_a_mistake_in_a_filter_is_a_usage_error(admin: Command) -> None:
    said = admin("users", "list", "--filter", "balnce:>2h")
    assert said.code == USAGE
    assert "Did you mean balance:?" in said.err


def test_forms(admin: Command, people: list[str]) -> None:
    plain = admin.ok("users", "list", "--json").json
    assert admin.ok("users", "list", "-o", "json").json == plain
    assert admin.ok("users", "list", "--output", "csv").out == admin.ok("users", "list", "--csv").out
    import yaml

    assert yaml.safe_load(admin.ok("users", "list", "-o", "yaml").out) == json.loads(json.dumps(plain))
    wide = admin.ok("users", "list", "-o", "wide").out
    assert all(email in wide for email in people)
    assert len(admin.ok("users", "list", "-o", "name").out.splitlines()) == len(plain)


def test_one_form_only(admin: Command) -> None:
    said = admin("users", "list", "--csv", "-o", "json")
    assert said.code == USAGE
    assert "Choose one" in said.err


def test_words_from_other_programs(admin: Command, people: list[str]) -> None:
    assert admin.ok("users", "ls", "--json").json == admin.ok("users", "list", "--json").json
    assert admin.ok("users", "get", "--json").json == admin.ok("users", "list", "--json").json
    assert admin.ok("users", "get", people[0], "--json").json["email"] == people[0]
    assert "Delete" in admin("users", "rm", "--help").out
    assert "Revoke" in admin("tokens", "rm", "--help").out
    assert admin("audit-log", "ls").code == USAGE


def test_a_filter_of_jobs_looks_past_the_newest(admin: Command, person: Command, qpu: Any, tmp_path: Path) -> None:
    file = tmp_path / "one.qasm"
    file.write_text("OPENQASM 3.0; qubit q; bit c; c = measure q;")
    ids = [person.ok("jobs", "submit", str(file), "--qpu", qpu["name"], "--yes").out.split()[0] for _ in range(3)]
    found = admin.ok("jobs", "list", "--filter", f"id:{ids[0]}", "--limit", "1", "--json").json
    assert [job["id"] for job in found] == [ids[0]]
