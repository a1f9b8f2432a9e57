"""Every change that this console made: when, who, what, outcome. One JSON object a line, private, without secrets."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from qpi_tui.domain.clock import now
from qpi_tui.files.private_file import append_private


@dataclass(frozen=True)
class AuditEntry:
    """One change: `at` is RFC 3339 in UTC, `who` made it, `action` is the registry's id, `target` whom it concerned."""

    at: str
    who: str
    action: str
    target: str
    ok: bool
    outcome: str


class AuditLog:
    """Keeps the entries of this run, and appends them to a file of mode 0600 when there is one.

    A file that cannot be written does not stop the change that was made: `problem` says why, once.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.entries: list[AuditEntry] = []
        self.problem = ""

    def add(self, who: str, action: str, target: str, ok: bool, outcome: str) -> None:
        """Note a change."""
        at = now().isoformat(timespec="seconds").replace("+00:00", "Z")
        entry = AuditEntry(at, who, action, target, ok, outcome)
        self.entries.append(entry)
        if self.path is None:
            return
        try:
            with append_private(self.path) as file:
                file.write(json.dumps(asdict(entry), ensure_ascii=True) + "\n")
        except OSError as error:
            self.problem = f"The journal cannot be written to {self.path}: {error.strerror}."


def read_audit_log(path: Path, most: int = 5000) -> list[AuditEntry]:
    """The last entries of a journal's file, oldest first; lines that are none are left out, a missing file is empty."""
    names = {field.name for field in fields(AuditEntry)}
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = deque(file, maxlen=most)
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and names <= found.keys():
            texts = {name: str(found[name]) for name in names - {"ok"}}
            entries.append(AuditEntry(**texts, ok=found["ok"] is True))
    return entries
