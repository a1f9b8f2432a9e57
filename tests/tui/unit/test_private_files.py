"""Private files are written by one module of the console, `files/private_file.py`, and one of the sandbox."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from qpi_tui.edits.liveness import RunLock
from qpi_tui.files.crash_report import report

ROOT = Path(__file__).parents[3]
# Calls that create a file with a mode or name of their own.
MAKES = {"mkstemp", "NamedTemporaryFile", "chmod", "fchmod"}
HERE = {
    "qpi_tui": {"qpi_tui/files/private_file.py"},
    "qpi_sandbox": {"qpi_sandbox/credentials.py"},
    "qpi_client": set(),
}


def makes_private(node: ast.AST) -> bool:
    """Whether a call creates a file that only its owner can read."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    modes = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
    return name in MAKES or (0o600 in modes and name in {"open", "touch"})


@pytest.mark.parametrize("package", HERE)
def test_private_files_are_written_by_one_module(package: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*.py")
        if any(map(makes_private, ast.walk(ast.parse(path.read_text()))))
    }
    assert found <= HERE[package]


def test_reports_and_locks_are_private(tmp_path: Path) -> None:
    written = report(ValueError("x"), tmp_path / "state")
    assert written is not None
    lock = RunLock(tmp_path / "locks" / "runs.lock")
    lock.hold()
    lock.release()
    for file in (written, tmp_path / "locks" / "runs.lock"):
        assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
