"""Tests in forked processes: every outcome arrives, and a process that dies costs the one test that it was running."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ONE = """
import os, warnings, pytest

def test_passes(tmp_path):
    print(f"folder {tmp_path.parent}", os.getpid())
    warnings.warn("look here")

def test_dies():
    os._exit(3)

def test_fails_after_that():
    print("what it printed")
    assert False

@pytest.mark.skip
def test_is_skipped():
    pass

def test_is_the_last():
    pass
"""
TWO = """
import pytest

@pytest.fixture(scope="session")
def kept():
    yield 1
    raise RuntimeError("the fixture ends")

@pytest.mark.parametrize("number", range(3))
def test_passes(kept, number):
    pass
"""


def outcomes(folder: Path, *options: str) -> tuple[str, int]:
    """Run both files in two processes: what was written, and the exit code."""
    (folder / "test_one.py").write_text(ONE)
    (folder / "test_two.py").write_text(TWO)
    words = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "tests.parallel", "--processes", "2"]
    command = [sys.executable, "-m", "pytest", *words, "-p", "no:cacheprovider", "-v", *options, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    return done.stdout, done.returncode


def test_every_outcome_arrives_and_a_dead_process_fails_one_test(tmp_path: Path) -> None:
    said, code = outcomes(tmp_path, "-rA")
    assert code == 1
    assert re.search(r"2 failed, 5 passed, 1 skipped, 1 warning, 1 error in", said), said
    assert re.search(r"gw\d ended with exit code 3 during .*::test_dies", said)
    for word in ("what it printed", "UserWarning: look here", "RuntimeError: the fixture ends"):
        assert word in said
    assert re.search(r"folder \S+/gw\d", said)


def test_the_first_failure_ends_the_run_where_that_is_asked_for(tmp_path: Path) -> None:
    said, code = outcomes(tmp_path, "-x", "-k", "dies or is_the_last")
    assert code == 1
    assert "stopping after 1 failures" in said
    assert "passed" not in said
