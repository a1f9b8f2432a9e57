"""Every fact is tested through every interface to which it applies, and every test names a fact."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.facts.fact_coverage import COMMANDS, CONSOLE, HERE, INTERFACES, ROOT, TABLE, WITHOUT, covered, table
from tests.facts.facts import FACTS


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_covered_or_a_reason_is_given(name: str) -> None:
    interfaces = covered()[name]
    assert interfaces["http"], "no test over HTTP"
    missing = [
        interface
        for interface in INTERFACES.values()
        if not interfaces[interface] and not WITHOUT.get(name, {}).get(interface)
    ]
    assert missing == []
    # A reason is obsolete once there is a test.
    assert [interface for interface in WITHOUT.get(name, {}) if interfaces[interface]] == []


def test_the_named_tests_exist() -> None:
    for test in {*COMMANDS.values(), *CONSOLE.values()}:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_the_table_is_current() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "run: uv run python -m tests.facts.fact_coverage"


def test_every_test_of_a_server_names_its_facts() -> None:
    known = {test for interfaces in covered().values() for tests in interfaces.values() for test in tests}
    for file in sorted(HERE.glob("test_*.py")):
        if file.name == Path(__file__).name:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test_"):
                assert f"{file.name}::{node.name}" in known
