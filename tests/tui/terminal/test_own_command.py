"""A custom command in the foreground: it has the terminal until it ends, then the console has it again."""

from __future__ import annotations

from pathlib import Path

from qpi_sandbox import Sandbox
from tests.tui.terminal.console import open_console

CONFIG = """
[commands.talk]
key = "f6"
screen = "qpus"
run = '''printf 'QPU %s: who? ' "$RECORD_NAME"; read -r name; echo "hello $name"; sleep 30; echo unreached'''
confirm = false
"""


def test_a_custom_command_gets_the_terminal_and_ctrl_c_and_returns_it(lab: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config" / "qpi-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(CONFIG)
    with open_console(lab.url, lab.admin, tmp_path, "--screen", "qpus") as terminal:
        terminal.wait_for("live")
        terminal.wait_for("f6 talk")
        terminal.press("f6")
        terminal.wait_for(": who?")
        terminal.send("ada\r")
        terminal.wait_for("hello ada")
        # Ends the command, not the console.
        terminal.send(b"\x03")
        terminal.wait_for("talk: ended with status")
        assert "unreached" not in terminal.text
        terminal.send("\r")
        terminal.wait_for("talk ended with status")
        terminal.wait_for("f6 talk")
        terminal.press("q")
        assert terminal.wait_end() == 0
