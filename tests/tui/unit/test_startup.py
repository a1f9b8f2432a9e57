"""The start-up optimizations are undone where they must be: garbage is collected in whatever runs for long."""

from __future__ import annotations

import gc
import json
import subprocess
import sys

import pytest

from qpi_tui import startup
from qpi_tui.cli import run

# Runs a command whose work is replaced by a look at what is so while it runs.
PROGRAM = """
import gc, json, sys
from qpi_tui.startup import defer_garbage_collection
defer_garbage_collection()
from qpi_tui.cli import run
import {module} as module
seen = {{}}
def instead(*args, **options):
    seen.update(collects=gc.isenabled(), textual="textual" in sys.modules)
    raise SystemExit
module.{name} = instead
try:
    run({words!r})
except SystemExit:
    pass
print(json.dumps(seen))
"""


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [
        ("qpi_sandbox.serve", "serve", ["sandbox"]),
        ("qpi_tui.cli.jobs", "signed_in", ["jobs", "tail"]),
        ("qpi_tui.cli.jobs", "signed_in", ["jobs", "watch", "x"]),
    ],
)
def test_a_command_that_runs_for_hours_collects_garbage(module: str, name: str, words: list[str]) -> None:
    program = PROGRAM.format(module=module, name=name, words=words)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == {"collects": True, "textual": False}


def test_the_console_collects_by_the_clock_once_it_has_started() -> None:
    asked: list[tuple[float, object]] = []
    before = gc.get_threshold()
    try:
        startup.defer_garbage_collection()
        assert not gc.isenabled()
        startup.resume_garbage_collection(lambda seconds, call: asked.append((seconds, call)))
        assert gc.isenabled()
        assert gc.get_threshold()[0] == startup.THRESHOLD
        assert [seconds for seconds, _ in asked] == [startup.COLLECT_EVERY]
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
        gc.enable()


def test_the_stand_in_for_the_palette_is_gone_once_textual_is_loaded() -> None:
    program = (
        "import sys; from qpi_tui.startup import load_textual, PALETTE; load_textual(); "
        "print(PALETTE in sys.modules); from textual.command import Provider; print(Provider.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "textual.command"]


def test_a_quick_answer_needs_no_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("qpi-tui ")
