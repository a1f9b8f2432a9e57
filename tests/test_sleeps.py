"""No test waits for a fixed time, which is too short on a busy machine and too long on any other."""

from __future__ import annotations

import ast
from pathlib import Path

TESTS = Path(__file__).parent
# Where time itself must pass, and why. To wait for a condition, use `tests.waiting`.
REASONS = {
    "waiting.py": "the shared polling helper",
    "client/hostile_routes.py": "servers that drip, stall or answer late on purpose",
    "client/hostile_server.py": "answers that come late on purpose",
    "client/hostile_streams.py": "streams that drip or fall silent on purpose",
    "client/hostile.py": "the limit after which a stream that goes on for ever is closed",
    "client/programs/old_bell_by_rest.py": "as people wrote it",
    "client/programs/old_queue_watch.py": "as people wrote it",
    "hostile/stepped.py": "runs inside the console, between two looks at what it does",
    "faults/attempt.py": "the time after which what a fault holds up has arrived, if it ever does",
    "tui/test_fifty.py": "fifty consoles that are opened one after the other, as people do",
}


def sleeps(path: Path) -> list[int]:
    """Return the lines that wait for a time; `asyncio.sleep(0)` does not."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", "sleep"}:
            none = [ast.unparse(argument) for argument in node.args] == ["0"]
            found += [] if none else [node.lineno]
    return found


def test_no_test_sleeps_unless_time_itself_is_tested() -> None:
    found = {path.relative_to(TESTS).as_posix(): lines for path in TESTS.rglob("*.py") if (lines := sleeps(path))}
    assert {name: lines for name, lines in found.items() if name not in REASONS} == {}
    assert set(REASONS) == set(found), "a reason for a file that sleeps no more"
