"""Bytes per change on the screen."""

from __future__ import annotations

from pathlib import Path

import httpx

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console
from tests.tui.terminal.test_console import settled
from tests.tui.terminal.test_frames import start


def test_a_changed_balance_takes_few_bytes(lab: Sandbox, lab_http: httpx.Client, tmp_path: Path) -> None:
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "users") as terminal:
        settled(terminal, "aino.yilmaz@")
        assert len(terminal.raw) <= 20_000
        users = f"/api/collections/users/records/{lab.users[2].id}"
        # An amount that occurs nowhere else, not even in a sum.
        assert "777 h" not in terminal.text
        cost = terminal.cost(lambda: lab_http.patch(users, json={"qpu_seconds": 777 * 3600}), "777 h")
        assert 0 < cost <= 300


def test_only_changed_cells_are_written() -> None:
    with start() as terminal:
        assert len(terminal.raw) <= 20_000
        assert terminal.cost(lambda: terminal.press("f5")) == 0
        assert 0 < terminal.cost(lambda: terminal.press("f2"), "001") <= 300
        assert 0 < terminal.cost(lambda: terminal.press("f3"), "frames 2") <= 300
        toast = terminal.cost(lambda: terminal.press("f4"), "something happened")
        toast += terminal.cost(lambda: terminal.press("f4"), lambda: "something happened" not in terminal.text)
        assert 0 < toast <= 4_000
