"""The debug log: off by default, private, one record per line, without control sequences or secrets."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from qpi_sandbox import Sandbox
from qpi_tui.cli import run
from qpi_tui.files import debug_log
from tests.cli.command import Command


def test_a_record_is_one_line_without_control_sequences(tmp_path: Path, loggers: None) -> None:
    file = tmp_path / "folder" / "debug.log"
    debug_log.start(file)
    logging.getLogger("qpi_client.exchange").debug("said %s", "\x1b[2Jtwo\nlines\u202e")
    try:
        raise ValueError("\x1b]0;title\x07")
    except ValueError:
        logging.getLogger("qpi_tui.live.feed").debug("a read failed", exc_info=True)
    text = file.read_text()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert sum("two" in line and "lines" in line for line in text.splitlines()) == 1
    assert "ValueError" in text
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_an_unwritable_log_file_is_reported_before_the_command_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], loggers: None
) -> None:
    (tmp_path / "there").write_text("a file, no folder")
    assert run(["--debug", str(tmp_path / "there" / "log"), "--version"]) == 2
    assert "debug log cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["option", "environment"])
def test_a_command_logs_to_the_given_file(
    admin: Command, sandbox: Sandbox, tmp_path: Path, how: str, loggers: None
) -> None:
    file = tmp_path / "debug.log"
    if how == "option":
        admin.ok("qpus", "list", "--debug", str(file))
    else:
        admin.ok("qpus", "list", QPI_DEBUG=str(file))
    text = file.read_text()
    assert "Python" in text
    assert re.search(r"qpi_client.wire: GET http://\S+/api/collections/qpus/records\S*: 200 in \d+ ms", text), text
    assert sandbox.admin.password not in text


def test_nothing_is_logged_by_default() -> None:
    program = "import logging, qpi_tui.live.feed; print(logging.getLogger('qpi_tui').handlers, logging.root.handlers)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "[]"]
