"""`qpi-tui help TOPIC`, and the man pages made from the help."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from qpi_tui.cli.help_topics import TOPICS
from qpi_tui.cli.problems import USAGE
from qpi_tui.cli.surface import surface
from tests.cli.command import Command

NOBODY = Command({})


def test_every_topic_and_command_has_help() -> None:
    listed = NOBODY.ok("help").out
    for topic in TOPICS:
        assert f"  {topic} " in listed
        assert len(NOBODY.ok("help", topic).out.splitlines()) > 3
    for path in filter(None, surface()):
        assert NOBODY.ok("help", *path.split()).out == surface()[path]["help"]
    assert "since:2h" in NOBODY.ok("help", "filter").out
    assert "my-failed-today" in NOBODY.ok("help", "views").out


def test_an_unknown_topic_is_a_usage_error() -> None:
    said = NOBODY("help", "flters")
    assert (said.code, "Did you mean 'filters'?" in said.err) == (USAGE, True)


def test_each_command_has_a_man_page(tmp_path: Path) -> None:
    NOBODY.ok("help", "--man", str(tmp_path))
    pages = {page.stem: page.read_text() for page in (tmp_path / "man1").iterdir()}
    assert set(pages) == {"-".join(["qpi-tui", *path.split()]) for path in surface()}
    for text in pages.values():
        # No line of the help is mistaken for a roff request.
        assert {line[:3] for line in text.splitlines() if line[:1] in (".", "'")} <= {
            ".TH", ".SH", ".PP", ".TP", ".B ", ".nf", ".fi"
        }  # fmt: skip
        assert text.isascii()
    options = set(re.findall(r"\.B (\S+)", pages["qpi-tui-jobs-list"].replace("\\-", "-")))
    assert {"--status", "--filter", "--view"} <= options
    assert NOBODY("help", "--man", str(tmp_path / "man1" / "qpi-tui.1")).code == 1
    assert NOBODY("help", "--man", "a\0b").code == USAGE


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_groff_renders_the_pages_without_warnings(tmp_path: Path) -> None:
    NOBODY.ok("help", "--man", str(tmp_path))
    page = tmp_path / "man1" / "qpi-tui.1"
    done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", str(page)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    # groff prints bold letters twice.
    assert "SYNOPSIS" in re.sub(".\x08", "", done.stdout)
