"""No command that prints loads Textual: each is run in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from qpi_tui.cli.surface import surface
from tests.cli.command import Command

PROGRAM = """
import json, sys
from qpi_tui.cli import run
code = run(sys.argv[1:])
sys.stdout.flush()
print("loaded", json.dumps([name for name in ("textual", "qiskit", "qpi_sandbox") if name in sys.modules]), code)
"""
LISTS = [name for name in surface() if name.endswith(" list")]
# They print what is there without a word about which.
ALONE = ["telemetry", "whoami", "info", "keys", "config show", "config check", "config path", "usage", "doctor"]


def said_at_the_end(words: list[str], environment: dict[str, str]) -> str:
    """The last line of a command in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True, text=True, check=False, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return (done.stdout.splitlines() or [""])[-1] + ("" if done.returncode == 0 else done.stderr[-300:])


def test_the_help_of_no_command_loads_textual() -> None:
    every = [[*name.split(), "--help"] for name in surface()]
    with ThreadPoolExecutor(4) as pool:
        said = dict(zip(map(" ".join, every), pool.map(lambda words: said_at_the_end(words, {}), every), strict=True))
    assert {words: line for words, line in said.items() if line != "loaded [] 0"} == {}


def test_no_list_loads_textual(admin: Command) -> None:
    every = [name.split() for name in [*LISTS, *ALONE] if name in surface()]
    assert len(every) > 12
    with ThreadPoolExecutor(4) as pool:
        run = pool.map(lambda words: said_at_the_end(words, admin.environment), every)
        said = dict(zip(map(" ".join, every), run, strict=True))
    assert {words: line for words, line in said.items() if not line.startswith("loaded [] ")} == {}
