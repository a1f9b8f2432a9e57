"""A short form of the kill in the middle of many changes; the whole form is `python -m tests.sandbox.persistence`."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.persistence import run


def test_what_was_answered_is_there_after_a_kill(tmp_path: Path) -> None:
    assert "are there" in run(tmp_path / "data", 120)
