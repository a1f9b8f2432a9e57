"""mypy and pyright check a program that uses the client."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "programs" / "typed.py"
ROOT = Path(__file__).parents[2]


def with_mypy(cache: Path) -> set[int]:
    """Return the lines on which mypy finds errors."""
    command = ["mypy", "--strict", "--no-error-summary", "--cache-dir", str(cache), "--config-file", "", str(PROGRAM)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=cache)
    assert done.returncode in (0, 1), done.stderr
    return {int(line) for line in re.findall(rf"^{re.escape(str(PROGRAM))}:(\d+): error", done.stdout, re.MULTILINE)}


def with_pyright(folder: Path) -> set[int]:
    """Return the lines on which pyright, in its standard mode, finds errors."""
    settings = {"typeCheckingMode": "standard", "include": [str(PROGRAM)], "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = ["basedpyright", "--outputjson", "--project", str(folder), "--pythonpath", sys.executable]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] == 1, done.stdout
    return {each["range"]["start"]["line"] + 1 for each in found["generalDiagnostics"] if each["severity"] == "error"}


@pytest.mark.parametrize("check", [with_mypy, with_pyright], ids=["mypy", "pyright"])
def test_only_the_wrong_lines_are_type_errors(check: object, tmp_path: Path) -> None:
    assert callable(check)
    lines = PROGRAM.read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}
    assert len(wrong) > 10
    assert check(tmp_path) == wrong
