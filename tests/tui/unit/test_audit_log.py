"""The audit log file: written ahead, whatever the disk does, and read whatever it contains."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest

from qpi_tui.domain.roles import Role
from qpi_tui.edits.audit_log import AuditLog, open_intents, read_audit_log
from qpi_tui.edits.outcome import Done, Refused, Unknown
from qpi_tui.edits.users import AllocateTime
from qpi_tui.settings.accounts import Account

ADMIN = Account("https://lab.example", Role.ADMIN, "root@lab.example")
EDIT = AllocateTime(target="anna@lab.example", user="u1", op="add", seconds=3600)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.jsonl"


def test_the_intent_is_written_before_anything_else_happens(path: Path) -> None:
    log = AuditLog(path)
    intent = log.begin(ADMIN, EDIT, {"balance": 60.0, "_payload": "stays in memory"}, batch="b1")
    (line,) = map(json.loads, path.read_text().splitlines())
    assert line["state"] == "begun"
    assert line["fields"] == {"target": "anna@lab.example", "user": "u1", "op": "add", "seconds": 3600.0}
    assert line["facts"] == {"balance": 60.0}
    assert (line["server"], line["role"], line["who"]) == ("https://lab.example", "admin", "root@lab.example")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert log.pending == {EDIT.key}
    log.end(intent, Done("+1 h", id="r1"), key=EDIT.key)
    assert log.pending == set()
    assert [(entry.state, entry.ok, entry.made) for entry in read_audit_log(path)] == [("done", True, "r1")]


def test_an_intent_and_its_outcome_are_synced_to_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_disk: list[int] = []
    sync = os.fsync

    def counted(descriptor: int) -> None:
        sync(descriptor)
        on_disk.append(path.read_bytes().count(b"\n"))

    monkeypatch.setattr(os, "fsync", counted)
    log = AuditLog(path)
    intent = log.begin(ADMIN, EDIT, {})
    assert max(on_disk) == 1
    log.end(intent, Done("+1 h"))
    assert max(on_disk) == 2


def test_an_intent_is_open_for_its_account_once_its_process_is_gone(path: Path) -> None:
    log = AuditLog(path)
    intent = log.begin(ADMIN, EDIT, {})
    # This process is alive.
    assert open_intents(path, ADMIN) == []
    log.close()
    assert [each.id for each in open_intents(path, ADMIN)] == [intent.id]
    for other in (
        Account("https://other.example", Role.ADMIN, "root@lab.example"),
        Account("https://lab.example", Role.USER, "root@lab.example"),
        Account("https://lab.example", Role.ADMIN, "somebody@lab.example"),
    ):
        assert open_intents(path, other) == []
    assert open_intents(path, ADMIN, besides=[intent.id]) == []
    log.end(intent, Unknown("no answer"))
    assert len(open_intents(path, ADMIN)) == 1
    log.end(intent, Refused("not done"))
    assert open_intents(path, ADMIN) == []
    (entry,) = read_audit_log(path)
    assert (entry.state, entry.ok) == ("refused", False)


def test_a_change_without_an_outcome_is_labelled(path: Path) -> None:
    AuditLog(path).begin(ADMIN, EDIT, {})
    (entry,) = read_audit_log(path)
    assert not entry.ok
    assert entry.outcome == "outcome not known yet"


@pytest.mark.parametrize(
    "spoilt",
    [
        b'{"at": "cut off',
        b'{"id": "5f-1", "state": "begun", "at": "2026-1',
        b"\xef\xbb\xbf",
        b'\xef\xbb\xbf{"at": "2026-11-29", "who": "a", "action": "x", "target": "first", "ok": true, "outcome": "o"}',
        b"\x00\x00\x00\x00\n\xff\xfe garbage \n[1, 2]\n\n{}",
    ],
    ids=["cut", "cut-intent", "bom", "bom-and-line", "garbage"],
)
def test_corrupt_content_loses_no_new_line(path: Path, spoilt: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(spoilt)
    log = AuditLog(path)
    intent = log.begin(ADMIN, EDIT, {})
    log.close()
    assert [each.id for each in open_intents(path, ADMIN)] == [intent.id]
    log.end(intent, Done("+1 h"))
    entries = [entry.target for entry in read_audit_log(path)]
    assert entries == (["first"] if b"first" in spoilt else []) + ["anna@lab.example"]
    assert log.problem == ""


@pytest.mark.parametrize(("path", "why"), [("/dev/full", "No space left on device"), ("/proc/none/log", "No such")])
def test_a_full_disk_is_reported_in_a_sentence(path: str, why: str) -> None:
    log = AuditLog(Path(path))
    log.end(log.begin(ADMIN, EDIT, {}), Done("+1 h"))
    assert log.problem.startswith(f"The audit log cannot be written to {path}: {why}")
    assert [entry.outcome for entry in log.entries] == ["+1 h"]


def test_a_large_file_is_scanned_quickly_enough_for_every_command(path: Path) -> None:
    path.parent.mkdir()
    line = {"id": "5f-1", "state": "done", "at": "2026-11-29T08:00:00Z", "who": "a", "action": "x", "target": "t"}
    text = "".join(
        json.dumps({**line, "id": f"5f-{n}", "ok": True, "outcome": "o" * 100}) + "\n" for n in range(20_000)
    )
    path.write_text(text)
    log = AuditLog(path)
    intent = log.begin(ADMIN, EDIT, {})
    log.close()

    began = time.process_time()
    read_audit_log(path)
    parsed = time.process_time()
    assert [each.id for each in open_intents(path, ADMIN)] == [intent.id]
    # Only the lines of what is open are parsed: a tenth of the time.
    assert time.process_time() - parsed < (parsed - began) / 3
