"""Run `qpi-tui` so that it kills itself at one step of its first edit: `python -m tests.cli.killed STEP WORD…`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from qpi_tui.edits.audit_log import AuditLog

STEPS = ("before-intent", "intent-written", "answered", "outcome-written")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _around(method: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    def dying(*args: Any, **options: Any) -> Any:
        if method.__name__ == "end" and not options.get("key"):
            # Complete what an earlier run left open.
            return method(*args, **options)
        if before:
            _die()
        result = method(*args, **options)
        _die()
        return result

    return dying


def arm(step: str) -> None:
    """Make the process die at a step."""
    if step in ("before-intent", "intent-written"):
        AuditLog.begin = _around(AuditLog.begin, before=step == "before-intent")  # type: ignore[method-assign]
    elif step in ("answered", "outcome-written"):
        AuditLog.end = _around(AuditLog.end, before=step == "answered")  # type: ignore[method-assign]


def main(step: str, words: list[str]) -> int:
    """Run a command that dies at a step."""
    from qpi_tui.cli import run

    arm(step)
    return run(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
