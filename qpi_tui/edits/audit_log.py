"""The audit log: a write-ahead log of every change by this machine's consoles and commands.

A line is a JSON object. An intent is on disk before its request leaves; a line with the outcome and the same `id`
follows. An intent without one belongs to a process that ended in between: `qpi_tui.edits.recovery` checks it on the
server. The file has mode 0600 and holds no secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import now
from qpi_tui.domain.roles import Role
from qpi_tui.edits.liveness import RunLock, is_running
from qpi_tui.files.private_file import append_line
from qpi_tui.settings.accounts import Account

if TYPE_CHECKING:
    from qpi_tui.edits.edit import Edit, Facts
    from qpi_tui.edits.outcome import Outcome

BEGUN, UNKNOWN = "begun", "unknown"
# The first two keys of a line, in this order: a large file is scanned for open intents without parsing it.
_HEAD = re.compile(rb'^(?:\xef\xbb\xbf)?\{"id": "([0-9a-f]+-\d+)", "state": "(\w+)"', re.MULTILINE)


@dataclass(frozen=True)
class AuditEntry:
    """One change. `at` is RFC 3339 in UTC, `who` made it, `action` is the registry's id, `target` what it changed.

    `state` is begun, done, handled, refused or unknown; `made` is the id of a record that it created.
    """

    at: str
    who: str
    action: str
    target: str
    ok: bool
    outcome: str
    id: str = ""
    state: str = ""
    server: str = ""
    role: str = ""
    batch: str = ""
    made: str = ""


@dataclass(frozen=True)
class Intent:
    """A change that is about to be sent, as the log has it."""

    id: str
    at: str
    account: Account
    action: str
    target: str
    kind: str
    fields: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    batch: str = ""


class AuditLog:
    """Appends to the file, where there is one, and keeps the outcomes of this run.

    A file that cannot be written does not stop a change: `problem` says why.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.entries: list[AuditEntry] = []
        self.problem = ""
        # The ids of records that changes of this run created.
        self.made: set[str] = set()
        # The keys of the edits that were sent, and whose outcome is not written.
        self.pending: set[str] = set()
        self._run = RunLock(path.with_suffix(".lock") if path is not None else None)
        self._count = 0

    def begin(self, account: Account, edit: Edit, facts: Facts, *, action: str = "", batch: str = "") -> Intent:
        """Write an intent, and return once it is on disk."""
        self._count += 1
        id = f"{self._run.number:x}-{self._count}"
        action, fields = action or edit.action, edit.logged()
        kept = {name: value for name, value in facts.items() if not name.startswith("_")}
        intent = Intent(id, stamp("milliseconds"), account, action, edit.target, edit.kind, fields, kept, batch)
        line = {
            "id": id,
            "state": BEGUN,
            "at": intent.at,
            **_who(account),
            "action": action,
            "target": edit.target,
            "edit": edit.kind,
            "fields": fields,
            "facts": kept,
        }
        self._run.hold()
        self.pending.add(edit.key)
        self._append({**line, **({"batch": batch} if batch else {})}, sync=True)
        return intent

    def end(self, intent: Intent, outcome: Outcome, *, key: str = "") -> AuditEntry:
        """Write the outcome of an intent; `key` is its edit's, where this run sent it."""
        self.pending.discard(key)
        return self._outcome(intent.id, intent.account, intent.action, intent.target, outcome, intent.batch)

    def note(self, account: Account, edit: Edit, outcome: Outcome, *, action: str = "", batch: str = "") -> AuditEntry:
        """Write the outcome of a change that was never sent."""
        self._count += 1
        id = f"{self._run.number:x}-{self._count}"
        return self._outcome(id, account, action or edit.action, edit.target, outcome, batch)

    def _outcome(self, id: str, account: Account, action: str, target: str, outcome: Outcome, batch: str) -> AuditEntry:
        made = str(getattr(outcome, "id", "") or "")
        entry = AuditEntry(
            stamp(),
            account.identity,
            action,
            target,
            outcome.ok,
            outcome.said,
            id=id,
            state=outcome.state,
            server=account.server,
            role=account.role.value,
            batch=batch,
            made=made,
        )
        if made:
            self.made.add(made)
        self.entries.append(entry)
        line = {
            "id": id,
            "state": entry.state,
            "at": entry.at,
            **_who(account),
            "action": action,
            "target": target,
            "ok": entry.ok,
            "outcome": entry.outcome,
        }
        more = {"batch": batch, "made": made}
        self._append({**line, **{name: value for name, value in more.items() if value}}, sync=True)
        return entry

    def mark(self, line: Mapping[str, object]) -> None:
        """Write a line that is not a change, such as the start of a batch."""
        self._append(line, sync=False)

    def _append(self, line: Mapping[str, object], *, sync: bool) -> None:
        if self.path is None:
            return
        try:
            append_line(self.path, json.dumps(line, ensure_ascii=True), sync=sync)
        except OSError as error:
            self.problem = f"The audit log cannot be written to {self.path}: {error.strerror or error}."

    def close(self) -> None:
        """Mark this run as finished, so that another one may check its open changes."""
        self._run.release()


def read_lines(path: Path) -> list[Mapping[str, object]]:
    """Every line of the file that is an object, oldest first; a missing file is empty."""
    return list(_objects(_data(path).removeprefix(b"\xef\xbb\xbf").split(b"\n")))


def _data(path: Path) -> bytes:
    """Return the file's content; nothing if it is not a regular file, which may have no end."""
    try:
        return path.read_bytes() if path.is_file() else b""
    except OSError:
        return b""


def _objects(lines: Iterable[bytes]) -> Iterable[Mapping[str, object]]:
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found


def read_audit_log(path: Path, most: int = 5000) -> list[AuditEntry]:
    """Return the last changes of a file, oldest first, each once, with its last known outcome.

    Lines that cannot be read are skipped. A change with unknown outcome has `ok` false and says so.
    """
    found: dict[str, AuditEntry] = {}
    for number, line in enumerate(read_lines(path)):
        entry = _entry(line)
        if entry is None:
            continue
        key = entry.id or f"line {number}"
        if entry.state == BEGUN and key in found:
            continue
        found.pop(key, None)
        found[key] = entry
    return list(found.values())[-most:]


def _entry(line: Mapping[str, object]) -> AuditEntry | None:
    begun = line.get("state") == BEGUN
    if any(name not in line for name in ("at", "who", "action", "target")):
        return None
    if not begun and ("ok" not in line or "outcome" not in line):
        return None

    def text(name: str) -> str:
        return str(line.get(name) or "")

    outcome = "outcome not known yet" if begun else text("outcome")
    more = {name: text(name) for name in ("id", "state", "server", "role", "batch", "made")}
    return AuditEntry(text("at"), text("who"), text("action"), text("target"), line.get("ok") is True, outcome, **more)


def open_intents(path: Path, account: Account, *, besides: Iterable[str] = ()) -> list[Intent]:
    """Return the intents of an account without an outcome whose process has ended, oldest first.

    Args:
        path: The log.
        account: Whose intents.
        besides: Ids that this process still works on.
    """
    data = _data(path)
    starts: dict[bytes, int] = {}
    for match in _HEAD.finditer(data):
        if match[2] == BEGUN.encode():
            starts[match[1]] = match.start()
        elif match[2] != UNKNOWN.encode():
            starts.pop(match[1], None)
    skipped = set(besides)
    lock = path.with_suffix(".lock")
    found = []
    for id, start in starts.items():
        end = data.find(b"\n", start)
        lines = _objects([data[start : end if end >= 0 else len(data)].removeprefix(b"\xef\xbb\xbf")])
        intent = next((intent for line in lines if (intent := _intent(line)) is not None), None)
        if intent is None or intent.account != account or intent.id in skipped:
            continue
        if not is_running(lock, int(id.partition(b"-")[0], 16)):
            found.append(intent)
    return found


def made_ids(path: Path) -> frozenset[str]:
    """The ids of the records that changes in the log created."""
    return frozenset(str(line["made"]) for line in read_lines(path) if line.get("made"))


def _intent(line: Mapping[str, object]) -> Intent | None:
    fields, facts = line.get("fields"), line.get("facts")
    texts = {name: line.get(name) for name in ("id", "at", "server", "role", "who", "action", "target", "edit")}
    if not isinstance(fields, dict) or not isinstance(facts, dict):
        return None
    if any(not isinstance(text, str) for text in texts.values()):
        return None
    word = {name: str(text) for name, text in texts.items()}
    if word["role"] not in set(Role):
        return None
    account = Account(word["server"], Role(word["role"]), word["who"])
    batch = str(line.get("batch") or "")
    return Intent(word["id"], word["at"], account, word["action"], word["target"], word["edit"], fields, facts, batch)


def _who(account: Account) -> dict[str, str]:
    return {"server": account.server, "role": account.role.value, "who": account.identity}


def stamp(precision: str = "seconds") -> str:
    """Now, as a line of the log has it."""
    return now().isoformat(timespec=precision).replace("+00:00", "Z")


def new_batch() -> str:
    """The id of a batch."""
    import secrets

    return secrets.token_hex(6)
