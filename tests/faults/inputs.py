"""Bad inputs in their full form: the test runs, and the inputs that they report."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.faults.lanes import Run
from tests.hostile.corpus import CORPUS
from tests.hostile.server import records_with

_SHAPES = "end_nothing_and_hide_nobody"
# Bad texts and records, permissions on the sandbox, secrets. Long runs come first, and are split.
TESTS: dict[str, tuple[str, ...]] = {
    "records, admin": ("tests/hostile/test_records.py", "-k", f"{_SHAPES} and admin"),
    "records, user": ("tests/hostile/test_records.py", "-k", f"{_SHAPES} and user"),
    "actions, admin": ("tests/hostile/test_every_action.py", "-k", "admin"),
    "actions, user": ("tests/hostile/test_every_action.py", "-k", "not admin"),
    "commands": ("tests/hostile/test_commands.py",),
    "values": ("tests/hostile/test_records.py", "-k", f"not {_SHAPES}"),
    "who may": (
        "tests/sandbox/test_who_may.py", "tests/sandbox/test_builtin_routes.py",
        "tests/sandbox/test_who_sees_events.py",
    ),
    "secrets": ("tests/faults/test_secrets.py",),
    "results": ("tests/tui/scenarios/test_result_paints.py",),
    "the rest": (
        "tests/hostile", "--ignore=tests/hostile/test_records.py", "--ignore=tests/hostile/test_every_action.py",
        "--ignore=tests/hostile/test_commands.py", "--ignore=tests/hostile/test_accidents.py",
        "--ignore=tests/hostile/test_killed_console.py",
    ),
}  # fmt: skip

# Keys, pastes and kills in the middle of a change; each role and each program separately.
ACCIDENT_TESTS: dict[str, tuple[str, ...]] = {
    **{f"typing, {role}": ("tests/hostile/test_accidents.py", "-k", role) for role in ("admin", "user", "token")},
    "killed commands": ("tests/cli/test_killed.py",),
    "killed consoles": ("tests/hostile/test_killed_console.py",),
}

# Prefix of the figures that the accident tests print, in the order of the page.
ACCIDENTS = "accidents: "
WORDS, PASTES, DIALOGS = "words typed", "pastes", "dialogs they were typed over"
CHANGED = "changes made by them"
KILLS, MISSING = "kills in the middle of a change", "audit log entries missing after the next start"
FIGURES = (WORDS, PASTES, DIALOGS, CHANGED, KILLS, MISSING)


@dataclass
class Inputs:
    """The tested inputs by name, and the number of tests that passed."""

    form: str = "full"
    tried: Counter[str] = field(default_factory=Counter)
    held: int = 0
    failed: list[str] = field(default_factory=list)

    def rows(self) -> dict[str, str]:
        """Return the rows as written on the page."""
        texts, fields = len(CORPUS), len(fields_of_records())
        return {
            "form of the tests": self.form,
            "texts that mean harm": f"{texts:,}",
            "fields of records that each of them was put into": f"{fields:,}, so {texts * fields:,} bad inputs",
            **{what: f"{n:,}" for what, n in sorted(self.tried.items()) if not what.startswith(ACCIDENTS)},
            "tests that held": f"{self.held:,}",
            "tests that did not": f"{len(self.failed):,}",
        }

    def accidents(self) -> dict[str, str]:
        """Return what was typed and pasted where no text belongs, as on the page."""
        return {what: f"{self.tried[ACCIDENTS + what]:,}" for what in FIGURES}


def fields_of_records() -> set[str]:
    """Return the fields, by list, that contain a text of the corpus at any depth."""
    mark = "a-mark"

    def holding(value: Any, path: str) -> set[str]:
        if isinstance(value, str):
            return {path} if mark in value else set()
        if isinstance(value, Mapping):
            inside = [holding(each, f"{path}.*" if mark in key else f"{path}.{key}") for key, each in value.items()]
            return {f"{path} (its keys)" for key in value if mark in key}.union(*inside)
        return set().union(*(holding(each, path) for each in value)) if isinstance(value, list) else set()

    # Every other record has another status.
    made = records_with([mark, mark])
    return {
        field for collection, records in made.items() for record in records for field in holding(record, collection)
    }


def runs(tests: Mapping[str, tuple[str, ...]] = TESTS, *, full: bool = True) -> list[Run]:
    """Return a pytest run for each file, and several for slow files. Their findings go to separate files."""
    folder = Path(tempfile.mkdtemp(prefix="qpi-inputs-"))
    return [
        Run(
            f"{'inputs' if tests is TESTS else 'accidents'}: {name}",
            [sys.executable, "-m", "pytest", "-q", f"--junit-xml={folder / str(number)}.xml", *words],
            {"QPI_HOSTILE": "full" if full else ""},
        )
        for number, (name, words) in enumerate(tests.items())
    ]


def read(done: Sequence[Run], *, full: bool = True) -> Inputs:
    """Collect what the runs found. A run that crashed counts as failed."""
    into = Inputs("full" if full else "short")
    for run in done:
        file = Path(next(word for word in run.command if word.startswith("--junit-xml=")).partition("=")[2])
        _read(run.name, file, into)
    return into


def _read(name: str, file: Path, into: Inputs) -> None:
    if not file.exists():
        into.failed.append(f"{name} broke off")
        return
    for case in ElementTree.parse(file).getroot().iter("testcase"):  # noqa: S314  # written by pytest just now
        wrong = next((each for each in case if each.tag in ("failure", "error")), None)
        if wrong is not None:
            into.failed.append(f"{case.get('classname')}.{case.get('name')}: {str(wrong.get('message'))[:2000]}")
        elif case.find("skipped") is None:
            into.held += 1
        for each in case.iter("property"):
            into.tried[str(each.get("name"))] += int(str(each.get("value")))
