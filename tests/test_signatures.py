"""No untyped record passes through the console: its packages accept and return typed rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import qpi_tui

ROOT = Path(qpi_tui.__file__).parent
ROOMS = ("screens", "widgets", "edits", "resources", "live", "rows")


def annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """Return the parameters and return type of every function, and the fields of every class."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            yield from (each.annotation for each in given if each is not None and each.annotation is not None)
            if node.returns is not None and not node.name.startswith("_"):
                yield node.returns
        elif isinstance(node, ast.ClassDef):
            yield from (each.annotation for each in node.body if isinstance(each, ast.AnnAssign))


@pytest.mark.parametrize("room", ROOMS)
def test_no_signature_takes_a_dict_of_anything(room: str) -> None:
    found = []
    for path in sorted((ROOT / room).glob("*.py")):
        tree = ast.parse(path.read_text())
        loose = [each for each in annotations(tree) if "dict[str, Any]" in ast.unparse(each)]
        found += [f"{path.name}:{each.lineno} {ast.unparse(each)}" for each in loose]
        found += [
            f"{path.name}:{node.lineno} {ast.unparse(node)}"
            for node in tree.body
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and ast.unparse(node).startswith("Record = dict")
        ]
    assert not found


def test_nothing_is_hidden_in_a_record() -> None:
    """What the console adds to a record is a field of its row, never a key of the record."""
    said = [path for path in ROOT.rglob("*.py") if '["_"]' in path.read_text() or '"_": ' in path.read_text()]
    assert not said
