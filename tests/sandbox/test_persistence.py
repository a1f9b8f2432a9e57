"""A short form of the kill in the middle of many changes. `python -m tests.sandbox.persistence` runs the full form."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.persistence import run


def test_acknowledged_changes_survive_a_kill(tmp_path: Path) -> None:
    assert "are there" in run(tmp_path / "data", 120)
