"""What cannot run in a test of a page, with the reason. An entry that no page needs fails a test."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
from pathlib import Path

from tests.docs.blocks import ROOT, words_of

# Commands that match one of these patterns are not run. Their module, script or paths must exist, and know the options.
NOT_RUN = {
    r"\bpython -m tests( --|$)": "it is the suite that this test is part of",
    r"\bpytest tests/": "they are tests of this suite",
    r"\bpython -m tests\.(ecosystem|faults\.report)": "they take half an hour, or download other packages",
    r"\bpython -m tests\.sandbox\.": "it makes a million jobs, or kills a sandbox for minutes",
    r"\bpython -m benchmarks": "it measures for minutes, on a machine that does nothing else",
    r"\bpython -m qpi_tui\.docs|\bpython screenshots/make\.py": "it writes into the checkout",
    r"^\.ci/": "it runs the suite, or downloads packages",
    r"\b(ruff|mypy|lint-imports) ?": "CI runs it beside the suite",
    r"^uvx ": "it downloads a package and a list of vulnerabilities",
}

_LOG = 'echo "$(basename "$0") $*" >> "$STAND_IN_LOG"\n'
# Programs on PATH in place of those that need another machine, a person, or packages from elsewhere.
STAND_INS = {
    # The other machine is this one.
    "ssh": '[ "$1" = -t ] && shift\nshift\n[ $# = 0 ] || exec "$@"\n',
    "ping": "",
    # They act on the whole machine.
    "systemctl": "",
    "journalctl": "",
    "logger": "cat > /dev/null\n",
    # A person reads these.
    "mail": "",
    "tell-me": "cat > /dev/null\n",
    # An environment has what is installed here; installing downloads nothing.
    "python3": (
        'case "$1 $2" in\n'
        '  "-m venv")\n'
        '    [ -e "$3/bin" ] && exit\n'
        '    mkdir -p "$3/bin" && ln -s "$STAND_INS"/pip "$STAND_INS"/uv "$STAND_INS"/qpi-tui "$3/bin" ;;\n'
        '  "-m pip") ;;\n'
        '  *) exec "{python}" "$@" ;;\n'
        "esac\n"
    ),
    "pip": "",
    "uv": 'shift\nexec "$@"\n',
}


def not_run(command: str) -> bool:
    """Whether a command cannot run in a test."""
    return any(matches(pattern, command) for pattern in NOT_RUN)


def matches(pattern: str, command: str) -> bool:
    """Whether a pattern of `NOT_RUN` is for a command. Its comment does not count."""
    return re.search(pattern, " ".join(words_of(command))) is not None


def make_stand_ins(folder: Path, python: str) -> None:
    """Write the programs into a folder for PATH."""
    for name, script in STAND_INS.items():
        (folder / name).write_text(f"#!/bin/sh\n{_LOG}{script.replace('{python}', python)}")
        (folder / name).chmod(0o700)


def missing(command: str) -> list[str]:
    """Return the words of a command that is not run which name nothing: modules, options, scripts, paths."""
    found = []
    for part in command.split("&&"):
        words = [word for word in shlex.split(part, comments=True) if not re.match(r"[A-Z_]+=", word)]
        words = words[2:] if words[:1] and words[0].endswith("uv") and words[1] == "run" else words
        if words[:2] == ["python", "-m"]:
            found += _missing_of_module(words[2], words[3:])
        found += [word for word in words if re.match(r"(\.ci|tests|screenshots)/", word) and not (ROOT / word).exists()]
        found += [word for word in words if word.startswith(".ci/") and not os.access(ROOT / word, os.X_OK)]
    return found


def _missing_of_module(module: str, words: list[str]) -> list[str]:
    spec = importlib.util.find_spec(module)
    if spec is None or (not spec.origin and not spec.submodule_search_locations):
        return [module]
    if spec.submodule_search_locations:
        spec = importlib.util.find_spec(f"{module}.__main__")
    if spec is None or not spec.origin:
        return [module]
    source = Path(spec.origin).read_text(encoding="utf-8")
    return [word for word in words if word not in source and word.lstrip("-") not in source]
