"""Two distributions contain the client: with the console, and alone. They share the version and the requirements."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ALONE = ROOT / "distributions" / "client"


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def alone() -> dict[str, Any]:
    return tomllib.loads((ALONE / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_client_alone_installs_what_it_imports_and_nothing_else(alone: dict[str, Any]) -> None:
    imported = {
        (node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
        for file in (ROOT / "qpi_client").rglob("*.py")
        if "provider" not in file.parts
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
    }
    # httpcore comes with httpx; Qiskit is the extra.
    others = imported - set(sys.stdlib_module_names) - {"qpi_client", "httpcore", "httpx2", "httpcore2", "qiskit"}
    assert {each.partition(">")[0] for each in alone["project"]["dependencies"]} == others


def test_both_distributions_require_the_same_versions(whole: dict[str, Any], alone: dict[str, Any]) -> None:
    assert set(alone["project"]["dependencies"]) < set(whole["project"]["dependencies"])
    extra = "optional-dependencies"
    assert alone["project"][extra]["qiskit"] == whole["project"][extra]["qiskit"]
    for field in ("license", "requires-python", "authors"):
        assert alone["project"][field] == whole["project"][field]


def test_both_distributions_take_version_and_licence_from_one_place(
    whole: dict[str, Any], alone: dict[str, Any]
) -> None:
    files = [base / each["tool"]["hatch"]["version"]["path"] for base, each in ((ROOT, whole), (ALONE, alone))]
    assert {file.resolve() for file in files} == {ROOT / "qpi_client" / "version.py"}
    assert (ALONE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
