"""Bytes per change on the screen. Reading the same data again sends none."""

from __future__ import annotations

from collections.abc import Sized
from functools import partial
from pathlib import Path

import httpx

from qpi_sandbox import Sandbox
from qpi_sandbox.faults import Fault
from tests.tui.helpers import key_of
from tests.tui.terminal.console import open_console
from tests.tui.terminal.test_console import settled
from tests.tui.terminal.test_frames import start


def has_grown(log: Sized, size: int) -> bool:
    """Whether this many requests were logged."""
    return len(log) >= size


def test_a_changed_balance_takes_few_bytes(lab: Sandbox, lab_http: httpx.Client, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "users") as terminal:
        settled(terminal, "aino.yilmaz@")
        assert len(terminal.raw) <= 20_000
        users = f"/api/collections/users/records/{lab.users[2].id}"
        # An amount that occurs nowhere else, not even in a sum.
        assert "777 h" not in terminal.text
        cost = terminal.cost(lambda: lab_http.patch(users, json={"qpu_seconds": 777 * 3600}), "777 h")
        assert 0 < cost <= 300


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
                for _ in range(10):
                    written = len(terminal.raw)
                    terminal.wait_for(partial(has_grown, log, len(log) + 6))
                    terminal.settle(0.2)
                    quiet = 0 if terminal.raw[written:] else quiet + 1
                    if quiet == 2:
                        break
                assert quiet == 2, f"{screen}: {bytes(terminal.raw[written:])!r}"
    finally:
        lab.faults.clear()


def test_only_changed_cells_are_written() -> None:
    with start() as terminal:
        assert len(terminal.raw) <= 20_000
        assert terminal.cost(lambda: terminal.press("f5")) == 0
        assert 0 < terminal.cost(lambda: terminal.press("f2"), "001") <= 300
        assert 0 < terminal.cost(lambda: terminal.press("f3"), "frames 2") <= 300
        toast = terminal.cost(lambda: terminal.press("f4"), "something happened")
        toast += terminal.cost(lambda: terminal.press("f4"), lambda: "something happened" not in terminal.text)
        assert 0 < toast <= 4_000
