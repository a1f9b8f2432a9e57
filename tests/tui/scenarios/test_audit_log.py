"""The audit log: changes made with this console, on the screen and in its file."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from qpi_sandbox import Sandbox
from qpi_tui.edits.audit_log import AuditLog, read_audit_log
from tests.tui.helpers import NARROW, add_entry, at_console


async def test_changes_and_failures_are_logged_with_account_action_and_outcome(
    sandbox: Sandbox, new_user: Any, new_qpu: Any, tmp_path: Path, admin_http: Any
) -> None:
    who, qpu = new_user(seconds=3600), new_qpu(online=False)
    path = tmp_path / "state" / "journal.jsonl"
    add_entry(AuditLog(path), "somebody.else@test.example", "qpus.enable", "qpu_of_yesterday", True, "is online")
    async with at_console(sandbox.url, "admin", sandbox.admin, screen="users", audit_log=path, size=NARROW) as person:
        await person.move_to(who.id)
        await person.act("users.allocate")
        await person.type("+2h")
        await person.press("enter")
        await person.sees("now 3 h")
        await person.act("go.qpus")
        await person.ready()
        await person.move_to(qpu["id"])
        await person.act("qpus.delete")
        admin_http.delete(f"/api/collections/qpus/records/{qpu['id']}").raise_for_status()
        await person.act("dialog.confirm")
        await person.sees("✗")
        await person.press("escape")

        await person.act("go.journal")
        await person.sees("2 in this session", "1 failed", "users: time", "qpus: delete", "✓ +2 h, now 3 h")
        assert "qpu_of_yesterday" not in person.screen
        await person.act("table.open")
        await person.sees(sandbox.admin.identity, "qpus.delete")
        await person.press("escape")
        await person.act("journal.scope")
        await person.sees("3 in the file", "qpu_of_yesterday")
        await person.act("table.filter")
        await person.type(who.identity)
        await person.press("enter")
        await person.sees("1 match")
        await person.act("table.copy")
        assert "users.allocate" in person.app.clipboard

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["state"], line["action"], line["target"], line.get("ok")) for line in lines[1:]] == [
        ("begun", "users.allocate", who.identity, None),
        ("done", "users.allocate", who.identity, True),
        ("begun", "qpus.delete", qpu["name"], None),
        ("refused", "qpus.delete", qpu["name"], False),
    ]
    assert lines[1]["id"] == lines[2]["id"] != lines[3]["id"] == lines[4]["id"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sandbox.admin.password not in path.read_text()


def test_invalid_lines_of_the_file_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    add_entry(AuditLog(path), "a@b.example", "users.allocate", "c@d.example", True, "done")
    with path.open("a", encoding="utf-8") as file:
        file.write('{"at": "cut off\n[1, 2]\n\n{"at": "x"}\n')
    assert [entry.target for entry in read_audit_log(path)] == ["c@d.example"]
    assert read_audit_log(tmp_path / "none.jsonl") == []
