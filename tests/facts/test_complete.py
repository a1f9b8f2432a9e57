"""Every fact is tried in every way that makes sense, and every trial names a fact."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.facts.facts import FACTS
from tests.facts.ways import COMMANDS, CONSOLE, HERE, ROOT, TABLE, WAYS, WITHOUT, covered, table


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_covered_or_a_reason_is_given(name: str) -> None:
    ways = covered()[name]
    assert ways["http"], "no test over HTTP"
    missing = [way for way in WAYS.values() if not ways[way] and not WITHOUT.get(name, {}).get(way)]
    assert missing == []
    # A reason where there is a test is a reason that is over.
    assert [way for way in WITHOUT.get(name, {}) if ways[way]] == []


def test_the_tests_that_are_named_exist() -> None:
    for test in {*COMMANDS.values(), *CONSOLE.values()}:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_the_table_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run: uv run python -m tests.facts.ways"


def test_every_test_of_a_server_names_its_facts() -> None:
    known = {test for ways in covered().values() for tests in ways.values() for test in tests}
    for file in sorted(HERE.glob("test_*.py")):
        if file.name == Path(__file__).name:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                assert f"{file.name}::{node.name}" in known
