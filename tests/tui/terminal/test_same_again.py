"""Reading the same data again sends no bytes to the terminal."""

from __future__ import annotations

from collections.abc import Sized
from functools import partial
from pathlib import Path

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from tests.tui.helpers import key_of
from tests.tui.terminal.console import open_console


def has_grown(log: Sized, size: int) -> bool:
    """Whether this many requests were logged."""
    return len(log) >= size


def test_reading_the_same_again_sends_nothing(lab: Sandbox, tmp_path: Path) -> None:
    assert lab.faults is not None
    log = lab.faults.log
    lab.faults.add(Fault("502", route="GET /api/realtime"))
    try:
        with open_console(lab.url, lab.admin, tmp_path, "--refresh", "0.2") as terminal:
            terminal.wait_for("polling")
            for screen in ("overview", "requests", "qpus", "jobs", "slots", "users", "drivers", "tokens"):
                terminal.press(key_of(f"go.{screen}"))
                # Once what the screen reads first is painted: twice in a row.
                quiet = 0
                for _ in range(30):
                    written = len(terminal.raw)
                    terminal.wait_for(partial(has_grown, log, len(log) + 6))
                    terminal.settle(0.2)
                    quiet = 0 if terminal.raw[written:] else quiet + 1
                    if quiet == 2:
                        break
                assert quiet == 2, f"{screen}: {bytes(terminal.raw[written:])!r}"
    finally:
        lab.faults.clear()
