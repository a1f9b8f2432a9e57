"""Edits as data: each can be logged and restored, and says how it is undone or that it cannot be."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

import qpi_tui.edits
from qpi_client import AsyncQPIClient
from qpi_tui.edits import edit as base
from qpi_tui.edits.edit import Edit, restore
from qpi_tui.edits.jobs import SubmitJob, fingerprint
from qpi_tui.edits.requests import TakeBack
from qpi_tui.edits.undo import Undo, offered
from qpi_tui.edits.users import AllocateTime, CreateUser

for module in pkgutil.iter_modules(qpi_tui.edits.__path__):
    importlib.import_module(f"qpi_tui.edits.{module.name}")
KINDS = sorted(kind for kind in base._KINDS if not kind.startswith("tests."))
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
SAMPLES: dict[type, Any] = {str: "x", bool: True, float: 1.5, int: 2, datetime: NOON}


def sample(kind: str) -> Edit:
    """Return an edit of a kind with its fields filled in."""
    cls = base._KINDS[kind]
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(cls):
        if field.required:
            found = next((value for type_, value in SAMPLES.items() if field.type is type_), None)
            values[field.name] = found if found is not None else msgspec.convert(_first(field.type), field.type)
    return cls(**values)


def _first(wanted: Any) -> Any:
    """Return a value of a type that is not a plain one."""
    for value in ("x", "add", 1, 1.5, ["x"], None):
        try:
            return msgspec.convert(value, wanted)
        except msgspec.ValidationError:
            continue
    raise AssertionError(wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_round_trips_through_the_log(kind: str) -> None:
    edit = sample(kind)
    line = json.loads(json.dumps(edit.logged()))
    again = restore(kind, line)
    assert again == edit
    assert again.key == edit.key


def test_the_next_start_restores_every_kind_from_the_log() -> None:
    # None of the edits are loaded there, only what reads the log.
    program = (
        "import sys; from qpi_tui.edits.edit import restore\n"
        "for kind in sys.argv[1:]:\n"
        "    try: restore(kind, {})\n"
        "    except ValueError as error: assert 'unknown' not in str(error), error\n"
    )
    for first in ("qpus.stop", "users.allocate"):
        subprocess.run([sys.executable, "-c", program, first, *KINDS], check=True)


def _offers_an_undo(cls: type[Edit]) -> bool:
    """Whether any outcome of an edit names the edit that undoes it."""
    ours = [each for each in cls.__mro__ if each.__module__.startswith("qpi_tui.edits") and each is not Edit]
    calls = [
        node
        for each in ours
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(each))))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Done"
    ]
    return any(len(call.args) > 2 or any(word.arg == "undo" for word in call.keywords) for call in calls)


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"qpus.restore"}))
def test_an_edit_without_undo_says_so(kind: str) -> None:
    """Except edits that are only used as an undo."""
    edit = base._KINDS[kind]
    # If it depends on the record, two edits are tried: of an existing record and of a new one.
    edits = [edit(target="x", theme="abc"), edit(target="x")] if kind == "themes.import" else [edit]
    assert all(each.final.endswith(".") for each in edits) or _offers_an_undo(edit)


def test_an_unknown_or_invalid_edit_is_rejected() -> None:
    for kind, fields in (("users.marry", {}), ("../users.allocate", {}), ("users.allocate", {"op": 3, "target": "x"})):
        with pytest.raises(ValueError, match=r"."):
            restore(kind, fields)


def test_secrets_are_not_logged() -> None:
    edit = CreateUser(target="a@b.example", name="A", password="a-password-1234")
    assert "a-password-1234" not in json.dumps(edit.logged())
    job = SubmitJob(target="alpha", qpu="q", circuits=[{"circuit": "OPENQASM 3.0; // secret sauce"}])
    assert "secret sauce" not in json.dumps(job.logged()) + job.key


def test_the_undo_describes_exactly_what_it_does() -> None:
    given = AllocateTime(target="anna", user="u", op="take", seconds=7200)
    back = TakeBack(target="anna", user="u", op="take", seconds=7200)
    assert offered([given]) == "undo"
    assert offered([given, given]) == "undo all"
    assert offered([back]) == "take 2 h back from the balance"
    assert offered([back, back]) == "take the seconds back from the balances"
    assert offered([back, given]) == "undo all"
    # As a command.
    assert back.command == "users allocate u -7200"


def test_an_undo_is_available_once_for_ten_seconds() -> None:
    time = 100.0
    undo = Undo(clock=lambda: time)
    edit = AllocateTime(target="anna", user="u", op="take", seconds=1)
    undo.offer([edit])
    time = 109.9
    assert undo.open
    assert undo.take() == (edit,)
    assert undo.take() == ()
    undo.offer([edit])
    time = 120.0
    assert not undo.open
    assert undo.take() == ()


def test_a_job_is_recognized_by_its_content() -> None:
    sent = {"circuits": [{"circuit": "x", "parameter_values": [[1, 0.5]]}], "shots": 10, "meas_level": 2}
    stored = {"meas_level": 2.0, "shots": 10, "circuits": [{"parameter_values": [[1.0, 0.5]], "circuit": "x"}]}
    assert fingerprint(sent) == fingerprint({**stored, "results": None})
    assert fingerprint(sent) != fingerprint({**stored, "shots": 11})
    assert fingerprint(None) == ""


def test_only_edits_change_the_server() -> None:
    verbs = ("create_", "update_", "delete_", "toggle_", "set_", "rename_", "revoke_", "dismiss_", "withdraw_")
    names = ("cancel_job", "submit_job", "add_qpu_time", "take_qpu_time", "allocate_qpu_time", "stop_qpu", "start_qpu")
    mutating = {name for name in dir(AsyncQPIClient) if name.startswith(verbs) or name in names}
    assert {"toggle_driver", "update_time_request", "submit_job"} <= mutating
    root = Path(qpi_tui.edits.__file__).parent.parent
    found = [
        f"{path.relative_to(root)}:{node.lineno} {node.attr}"
        for path in root.rglob("*.py")
        if path.parent.name != "edits"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in mutating
    ]
    assert found == []
