"""A function fits on a screen, and a file has one topic."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("qpi_client", "qpi_tui", "qpi_sandbox", "benchmarks", "tests", "screenshots")
# Lines. A function's docstring is not counted, because a public one documents its arguments.
MOST_OF_A_FUNCTION, MOST_OF_A_FILE = 60, 400


def files() -> Iterator[Path]:
    """Return every module of the project."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the length of a function without its docstring."""
    first = function.body[0]
    told = first if ast.get_docstring(function, clean=False) is not None else None
    said = (told.end_lineno or 0) - told.lineno + 1 if told is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - said


def too_long(source: str) -> list[str]:
    """Return the functions of a module that are longer than a screen."""
    return [
        f"{node.name} ({lines} lines)"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (lines := lines_of(node)) > MOST_OF_A_FUNCTION
    ]


def test_no_function_is_longer_than_a_screen() -> None:
    found = {str(file.relative_to(ROOT)): long for file in files() if (long := too_long(file.read_text()))}
    assert found == {}


def test_no_file_is_too_long() -> None:
    found = {str(file.relative_to(ROOT)): count for file in files() if (count := lines_in(file)) > MOST_OF_A_FILE}
    assert found == {}


def test_the_app_is_short() -> None:
    assert lines_in(ROOT / "qpi_tui" / "app.py") < 200
    modules = [path for path in (ROOT / "qpi_tui").glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= 8


def lines_in(file: Path) -> int:
    """Return the length of a file."""
    return len(file.read_text().splitlines())


def test_a_long_function_is_detected_without_its_docstring() -> None:
    body = "\n".join("    pass" for _ in range(MOST_OF_A_FUNCTION))
    assert too_long(f"def long() -> None:\n{body}\n") == [f"long ({MOST_OF_A_FUNCTION + 1} lines)"]
    assert too_long(f'def short() -> None:\n    """\n{"said" * 9}\n    """\n    pass\n') == []
