"""Every operation of the server has a method, a command and a key, or a documented reason why not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from qpi_tui.coverage import Operation, missing, operations

DATA = Path(__file__).parent / "contract" / "data"
# Recorded to show how a wrong address is answered.
WRONG = re.compile(r"nothing[_-]here")


def pattern(operation: Operation) -> re.Pattern[str]:
    path = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(operation.request))
    return re.compile(f"{path}$")


def recorded(generation: str) -> set[str]:
    """Return every request of the recordings, without its query."""
    found = set()
    for file in sorted((DATA / generation).glob("*.json")):
        for exchange in json.loads(file.read_text(encoding="utf-8")):
            if "path" in exchange and exchange.get("status") != 404 and not WRONG.search(exchange["path"]):
                found.add(f"{exchange['method']} {exchange['path'].partition('?')[0]}")
    return found


@pytest.mark.parametrize("operation", operations(), ids=lambda each: f"{each.request} ({each.what})")
def test_no_cell_is_empty_or_names_something_unknown(operation: Operation) -> None:
    assert missing(operation) == []


@pytest.mark.parametrize("generation", ["v0.0", "v0.1"])
def test_every_recorded_operation_is_in_the_table(generation: str) -> None:
    known = [pattern(each) for each in operations() if each.only in ("", generation)]
    requests = recorded(generation)
    assert len(requests) > 40
    assert [each for each in sorted(requests) if not any(one.match(each) for one in known)] == []


def used(text: str, pattern: str) -> bool:
    return re.search(pattern, text) is not None


def test_each_key_and_command_in_the_table_is_used_by_a_test() -> None:
    folder = Path(__file__).parent
    texts = {
        name: "\n".join(file.read_text(encoding="utf-8") for each in folders for file in (folder / each).rglob("*.py"))
        for name, folders in {"keys": ("tui", "faults", "facts"), "commands": ("cli", "facts")}.items()
    }
    keys = {id for each in operations() if not each.screen.startswith("–") for id in each.screen.split()}
    # `tui/scenarios/test_whole.py` and `tests/snapshots` open every screen.
    missed = [id for id in sorted(keys) if not id.startswith("go.") and not used(texts["keys"], f'"{re.escape(id)}"')]
    commands = {
        word.strip() for each in operations() if not each.command.startswith("–") for word in each.command.split(",")
    }
    for command in sorted(commands):
        words = r",\s*".join(f'"{re.escape(word)}"' for word in command.split())
        if not used(texts["commands"], words):
            missed.append(command)
    assert missed == []


def test_a_missing_operation_is_detected() -> None:
    bad = Operation("GET /api/x", "x", "no_such_method", "no such", "no.such")
    assert len(missing(bad)) == 3
    assert len(missing(bad._replace(client="", command="–", screen="– a reason"))) == 2
