"""Commands that must start fast: version, help and completion answer without loading the command-line library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qpi_tui.cli import VERSION
from qpi_tui.cli.surface import surface
from qpi_tui.cli.surface_writer import made
from tests.cli.command import Command

ROOT = Path(__file__).parents[2]
HEAVY = ("cyclopts", "textual", "httpx", "rich", "qiskit", "numpy", "keyring")
_WHICH = f"""
import sys
from qpi_tui.cli import run
code = run(sys.argv[1:])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def loaded(*words: str, **environment: str) -> list[str]:
    """Return the heavy modules that a command line loads in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", _WHICH, *words], capture_output=True, text=True, env={**os.environ, **environment}
    )
    found: list[str] = eval(done.stderr.splitlines()[-1])  # noqa: S307  # our own list, printed above
    return found


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("jobs", "--help"),
        ("jobs", "list", "-h"),
        ("completion", "bash"),
        ("_complete", "jo"),
    ],
)
def test_fast_commands_load_nothing_heavy(words: tuple[str, ...]) -> None:
    assert loaded(*words) == []


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("completion", "zsh")])
def test_a_fast_command_loads_no_module_slower_than_itself(words: tuple[str, ...]) -> None:
    program = "import sys\nfrom qpi_tui.cli import run\nrun(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)"
    # Except what a path configuration file of this environment loads.
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert {"typing", "pathlib", "urllib.parse", "qpi_client.errors"} & set(done.stderr.split()) == set()


def test_the_console_does_not_load_the_command_line_library() -> None:
    # It exits with an error because there is no terminal. What it loaded until then is what matters.
    assert "cyclopts" not in loaded()
    assert "httpx" not in loaded()


def test_a_list_loads_no_other_command_and_nothing_that_waits_or_writes(admin: Command) -> None:
    program = (
        "import sys\nfrom qpi_tui.__main__ import main\nsys.argv[1:] = ['qpus', 'list', '--json']\nmain()\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    environment = {**os.environ, **admin.environment}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    # Each takes 5 to 60 ms.
    slow = {"httpx._main", "click", "asyncio", "urllib.request", "secrets"}
    others = {f"qpi_tui.cli.{name}" for name in ("jobs", "users", "requests", "drivers", "server")}
    assert (slow | others) & set(done.stderr.split()) == set()


def test_the_help_of_an_unknown_command_describes_every_command() -> None:
    words = [sys.executable, "-m", "qpi_tui", "nonsense", "--help"]
    said = " ".join(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
    assert "Submit, list, cancel and compare jobs" in said
    assert "Print who is signed in" in said


def test_a_command_loads_neither_textual_nor_qiskit(admin: Command) -> None:
    assert set(loaded("qpus", "list", "--json", **admin.environment)) <= {"cyclopts", "httpx", "rich", "keyring"}


def test_the_cached_help_matches_the_commands() -> None:
    from qpi_tui.cli.surface import FILE

    assert Path(FILE).read_text(encoding="utf-8") == made(), "python -m qpi_tui.docs writes it"


def test_every_command_has_an_example() -> None:
    for path, command in surface().items():
        if not command["commands"] and path:
            assert f"Example: qpi-tui {path}" in command["help"] or f"qpi-tui {path}" in command["help"], path


def test_help_and_version_run_in_process() -> None:
    bare = Command({})
    assert bare.ok("--version").out.strip() == f"qpi-tui {VERSION}"
    assert "Commands" in bare.ok("--help").out
    assert "--status" in bare.ok("jobs", "list", "--help").out
    assert "Commands" in bare.ok("jobs").out


def test_an_unknown_command_or_option_gets_a_hint() -> None:
    bare = Command({})
    for words, hint in (
        (("jbos",), "jobs"),
        (("jobs", "lst"), "list"),
        (("jobs", "list", "--stats", "x"), "--help"),
        (("users", "allocate"), "such as"),
        (("jobs", "show"), "WHICH"),
        (("jobs", "list", "--json", "--csv"), "one of"),
        (("jobs", "list", "--limit", "many"), "many"),
        (("jobs", "list", "--status", "lost"), "lost"),
    ):
        answer = bare(*words)
        assert answer.code == 2, (words, answer)
        assert hint in answer.err, (words, answer)
        assert answer.out == ""
        assert "Traceback" not in answer.err
