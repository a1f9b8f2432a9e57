"""No command that prints loads Textual. The commands run one after another in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

from qpi_tui.cli.surface import surface
from tests.cli.command import Command

# A loaded module stays loaded, so the first command after which it is present is the one that loads it.
PROGRAM = """
import json, sys
from qpi_tui.cli import run
for words in json.loads(sys.argv[1]):
    code = run(words)
    sys.stdout.flush()
    loaded = [name for name in ("textual", "qiskit", "qpi_sandbox") if name in sys.modules]
    print("\\nloaded", json.dumps([" ".join(words), loaded, code]))
"""
LISTS = [name for name in surface() if name.endswith(" list")]
# These print something without an argument. `info` is the last: it looks whether the sandbox can run.
ALONE = ["telemetry", "whoami", "keys", "config show", "config check", "config path", "usage", "doctor", "info"]


def run_all(every: Iterable[str], environment: Mapping[str, str]) -> dict[str, tuple[list[str], int]]:
    """Run commands in a fresh interpreter, and return for each what was loaded after it and its exit code."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps([words.split() for words in every])],
        capture_output=True, text=True, check=False, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = [json.loads(line.removeprefix("loaded ")) for line in done.stdout.splitlines() if line.startswith("loaded ")]
    return {words: (loaded, code) for words, loaded, code in said}


def test_command_help_does_not_load_textual() -> None:
    every = [f"{name} --help".strip() for name in surface()]
    said = run_all(every, {})
    assert said.keys() == {*every}
    assert {words: found for words, found in said.items() if found != ([], 0)} == {}


def test_lists_do_not_load_textual(admin: Command) -> None:
    every = [name for name in [*LISTS, *ALONE] if name in surface()]
    assert len(every) > 12
    said = run_all(every, admin.environment)
    assert said.keys() == {*every}
    assert {words: loaded for words, (loaded, _) in said.items() if loaded} == {"info": ["qpi_sandbox"]}
