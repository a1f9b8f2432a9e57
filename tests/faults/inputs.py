"""Bad inputs, in their full form: runs their tests, and counts what they say they tried."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.hostile.corpus import CORPUS
from tests.hostile.server import records_with

ROOT = Path(__file__).parents[2]
# Bad texts and records, who may what on the sandbox, secrets.
TESTS = ("tests/hostile", "tests/sandbox/test_who_may.py", "tests/faults/test_secrets.py")


@dataclass
class Inputs:
    """What was tried, by what it is called, and how many tests held."""

    form: str = "full"
    tried: Counter[str] = field(default_factory=Counter)
    held: int = 0
    failed: list[str] = field(default_factory=list)

    def rows(self) -> dict[str, str]:
        """As they stand on the page."""
        texts, fields = len(CORPUS), len(fields_of_records())
        return {
            "form of the tests": self.form,
            "texts that mean harm": f"{texts:,}",
            "fields of records that each of them was put into": f"{fields:,}, so {texts * fields:,} bad inputs",
            **{what: f"{number:,}" for what, number in sorted(self.tried.items())},
            "tests that held": f"{self.held:,}",
            "tests that did not": f"{len(self.failed):,}",
        }


def fields_of_records() -> set[str]:
    """The fields, by list, that hold a text of the corpus, however deep."""
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


def run(*, full: bool = True) -> Inputs:
    """Run them; what they print is seen as they go."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "found.xml")
        env = {**os.environ, "QPI_HOSTILE": "full" if full else ""}
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", f"--junit-xml={file}", *TESTS]
        subprocess.run(command, cwd=ROOT, env=env, check=False)
        return read(file, Inputs("full" if full else "short"))


def read(file: Path, into: Inputs) -> Inputs:
    """What a run of pytest wrote down; a run that broke off counts as failed."""
    if not file.exists():
        into.failed.append("the tests broke off")
        return into
    for case in ElementTree.parse(file).getroot().iter("testcase"):  # noqa: S314  # written by pytest just now
        if case.find("failure") is not None or case.find("error") is not None:
            into.failed.append(f"{case.get('classname')}.{case.get('name')}")
        elif case.find("skipped") is None:
            into.held += 1
        for each in case.iter("property"):
            into.tried[str(each.get("name"))] += int(str(each.get("value")))
    return into
