"""The filter language: every form, every mistake, and no text that crashes it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpi_client.errors import InvalidValue
from qpi_tui.domain.clock import now, stored
from qpi_tui.domain.filter_language import Filter, Mistake
from qpi_tui.domain.views import for_account
from qpi_tui.live.matching import matching
from qpi_tui.resources import registry

USERS = registry()["users"]
ROWS = USERS.decode_all(
    [
        {"id": "u1", "email": "anna@lab.example", "name": "Anna Berg", "qpu_seconds": 7200, "created": stored(now())},
        {
            "id": "u2",
            "email": "ben@lab.example",
            "name": "Ben",
            "qpu_seconds": 5,
            "created": stored(now() - timedelta(60)),
        },
        {"id": "u3", "email": "cleo@lab.example", "name": "Anna", "qpu_seconds": 600, "created": ""},
    ]
)


def found_by(typed: str) -> list[str]:
    found = USERS.language.parse(typed)
    words = found.words.casefold().split()
    text = USERS.language.text
    return [
        row.id for row in ROWS if (found.test is None or found.test(row)) and all(word in text(row) for word in words)
    ]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("", "u1 u2 u3"),
        ("ANNA", "u1 u3"),
        ("anna berg", "u1"),
        ('"na be"', "u1"),
        ("ben|cleo", "u2 u3"),
        ("!anna", "u2"),
        ("/^anna$/", "u3"),
        ("~clx", "u3"),
        ("name:an", "u1 u3"),
        ('name:"anna"', "u3"),
        ('name:"anna berg"', "u1"),
        ("name:ben,berg", "u1 u2"),
        ("-name:an", "u2"),
        ("!name:an", "u2"),
        ("balance:<10m", "u2"),
        ("balance:<=10m", "u2 u3"),
        ("balance:>600", "u1"),
        ("balance:=5", "u2"),
        ("since:30d", "u1"),
        ("until:30d", "u2"),
        ('since:"2 d"', "u1"),
        ("name:", "u1 u2 u3"),
        ("name:an balance:>1h", "u1"),
        ("14:00", ""),
        ("!", "u1 u2 u3"),
    ],
)
def test_each_form_of_filter_finds_its_rows(typed: str, ids: str) -> None:
    assert found_by(typed) == ids.split()


@pytest.mark.parametrize(
    ("typed", "part", "says"),
    [
        ("anna nmae:x", "nmae:x", "Did you mean name:?"),
        ("balance:>soon", "balance:>soon", "neither a number nor a duration"),
        ("since:whenever", "since:whenever", "since: 'whenever' is not a time"),
        ("/(/", "/(/", "Not a regular expression"),
        ("/(a+)+b/", "/(a+)+b/", "can take too long"),
    ],
)
def test_a_mistake_is_named_and_filters_nothing(typed: str, part: str, says: str) -> None:
    found = USERS.language.parse(typed)
    assert found.mistake is not None
    assert typed[found.mistake.start : found.mistake.end] == part
    assert says in found.mistake.sentence
    assert found.test is None


def test_fields_and_values_are_completed() -> None:
    complete = USERS.language.complete
    assert "balance:" in complete("bal", ROWS)
    assert complete("anna -name:be", ROWS) == ['anna -name:"Anna Berg"', "anna -name:Ben"]
    assert complete("name:ben,a", ROWS) == ["name:ben,Anna", 'name:ben,"Anna Berg"']
    assert complete("nothing:x", ROWS) == []


def test_known_values_are_completed_and_unknown_values_are_a_mistake() -> None:
    jobs = registry()["jobs"].language
    assert jobs.complete("state:c", []) == ["state:completed", "state:cancelled"]
    assert jobs.complete("x since:y", []) == ["x since:yesterday"]
    mistake = jobs.parse("qpu:a -state:lost").mistake
    assert mistake == Mistake(6, 17, "Unknown status 'lost'. Use pending, running, completed, failed or cancelled.")


@given(st.text(alphabet='ab:!-~/|<>=", (+*)\\since0', max_size=30))
def test_any_text_is_parsed(typed: str) -> None:
    for resource in registry().values():
        found: Filter = resource.language.parse(typed)
        resource.language.complete(typed, ROWS if resource is USERS else [])
        if resource is USERS and found.test is not None:
            for row in ROWS:
                assert found.test(row) in (True, False)


@pytest.mark.parametrize("id", [id for id in registry() if id not in ("overview", "telemetry")])
def test_every_list_has_filterable_fields(id: str) -> None:
    language = registry()[id].language
    assert len(language.fields) >= 2
    rows: list[Any] = registry()[id].decode_all([{"id": "x"}])
    for field in language.fields.values():
        assert all(isinstance(text, str) for text in field.texts(rows[0]))
        field.number(rows[0])


def test_programs_filter_with_the_same_language() -> None:
    jobs = [
        {"id": "a", "status": "failed", "created": stored(now()), "duration": 3.0, "extra": 1},
        {"id": "b", "status": "completed", "created": stored(now()), "duration": 1.0},
    ]
    assert matching("jobs", jobs, "took:>2s since:1h") == [jobs[0]]
    assert matching("jobs", jobs, "") == jobs
    for place, typed, said in (("jobs", "statsu:x", "Did you mean status:?"), ("job", "", "The lists are")):
        with pytest.raises(InvalidValue, match=re.escape(said)):
            matching(place, jobs, typed)


def test_me_is_the_own_account_in_lists_of_all_users() -> None:
    assert for_account("user:@me status:failed", "a@b.example", everyone=True) == 'user:"a@b.example" status:failed'
    assert for_account("user:@me status:failed", "a@b.example", everyone=False) == "status:failed"
