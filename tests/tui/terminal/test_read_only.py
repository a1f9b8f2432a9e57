"""Read-only mode by flag, environment and profile: shown in the header, and no key changes anything."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from qpi_sandbox import Sandbox
from tests.conftest import NewQpu, record
from tests.tui.terminal.console import open_console


@pytest.mark.parametrize("by", ["flag", "environment", "profile"])
def test_read_only_mode_changes_nothing_however_it_is_enabled(
    sandbox: Sandbox, new_qpu: NewQpu, admin_http: httpx.Client, tmp_path: Path, by: str
) -> None:
    qpu = new_qpu(online=False)
    arguments = ["--screen", "qpus", *(["--read-only"] if by == "flag" else [])]
    if by == "profile":
        (tmp_path / "config" / "qpi-tui").mkdir(parents=True)
        (tmp_path / "config" / "qpi-tui" / "config.toml").write_text(
            f'[profiles.look]\nurl = "{sandbox.url}"\nread_only = true\n'
        )
        arguments += ["--profile", "look"]
    env = {"QPI_READ_ONLY": "1"} if by == "environment" else {}
    with open_console(sandbox.url, sandbox.admin, tmp_path, *arguments, env=env) as terminal:
        terminal.wait_for("READ-ONLY")
        terminal.wait_for(qpu["name"])
        terminal.settle()
        terminal.press("d")
        terminal.wait_for("changes are disabled")
        # No dialog opened that Enter would confirm: it opens the record.
        terminal.press("enter")
        terminal.wait_for("(esc)")
        terminal.press("q")
        terminal.wait_for(lambda: "(esc)" not in terminal.text)
        terminal.press("q")
        assert terminal.wait_end() == 0
    assert record(admin_http, "qpus", qpu["id"])["enabled"] is True
