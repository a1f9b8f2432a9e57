"""Every fact is tried, and every trial names a fact."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.facts.facts import FACTS

HERE = Path(__file__).parent


def named() -> dict[str, list[str]]:
    """The facts that the tests of this folder name, each with its tests."""
    found: dict[str, list[str]] = {}
    for file in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "fact":
                    for name in mark.args:
                        found.setdefault(ast.literal_eval(name), []).append(f"{file.name}::{node.name}")
    return found


def test_every_fact_has_a_test() -> None:
    assert set(named()) == set(FACTS)


def test_every_test_of_a_server_names_its_facts() -> None:
    known = {test for tests in named().values() for test in tests}
    for file in sorted(HERE.glob("test_*.py")):
        if file.name == Path(__file__).name:
            continue
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert f"{file.name}::{node.name}" in known
