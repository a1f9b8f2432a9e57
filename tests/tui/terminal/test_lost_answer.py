"""A terminal whose answer to a query is lost: dialogs can still be confirmed."""

from __future__ import annotations

from pathlib import Path

import httpx

from qpi_sandbox import Sandbox
from tests.conftest import NewQpu, record
from tests.tui.terminal.console import open_console


def test_a_dialog_can_be_confirmed_if_the_terminal_stops_answering(
    sandbox: Sandbox, new_qpu: NewQpu, admin_http: httpx.Client, tmp_path: Path
) -> None:
    qpu = new_qpu(online=False)
    with open_console(sandbox.url, sandbox.admin, tmp_path, "--screen", "qpus") as terminal:
        terminal.wait_for(qpu["name"])
        terminal.press("/", *qpu["name"])
        terminal.press("enter")
        terminal.settle()
        terminal.answers = False
        terminal.press("d")
        terminal.wait_for(f"Disable {qpu['name']}")

        def is_disabled() -> bool:
            # Somebody who reads, presses Enter, and tries again.
            terminal.confirm()
            return record(admin_http, "qpus", qpu["id"])["enabled"] is False

        terminal.wait_for(is_disabled)
