"""The audit log: every change made from this machine, in this session or in the whole file."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from qpi_tui.actions import ACTIONS
from qpi_tui.domain.clock import local, parse_date
from qpi_tui.domain.sanitize import clean
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.audit_log import AuditEntry, read_audit_log
from qpi_tui.resources import audit_log as columns
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection
from qpi_tui.terminal.clipboard import copy_text

if TYPE_CHECKING:
    from qpi_tui.rows.audit_log import AuditRow


class AuditLogScreen(ListScreen["AuditRow"]):
    """Time, change, target, account and outcome; newest first."""

    resource = columns.RESOURCE
    brief_height = 3

    def __init__(self) -> None:
        super().__init__()
        self._file = False

    @property
    def empty(self) -> str:  # type: ignore[override]  # depends on what is looked at
        """The message for an empty list."""
        return "The file contains no changes yet." if self._file else "Nothing was changed in this session."

    async def read(self, connection: Connection) -> list[AuditRow]:
        """Return the entries, newest first, without a truncated line of the file."""
        log = self.console.audit_log
        entries = read_audit_log(log.path) if self._file and log.path is not None else log.entries
        return [_row(entry, number) for number, entry in enumerate(entries)][::-1]

    def summary(self) -> list[Part]:
        """Return how many, how many failed, and where they are stored."""
        failed = sum(1 for record in self.records if not record.ok)
        path = self.console.audit_log.path
        kept = f"in {path}" if path is not None else "not kept in a file"
        parts: list[Part] = [(f"{len(self.records):,} {'in the file' if self._file else 'in this session'}", "bold")]
        if failed:
            parts.append((f" · {failed} failed", "$text-error"))
        if self.console.audit_log.problem:
            parts.append((f" · {clean(self.console.audit_log.problem, 200)}", "$text-error"))
        else:
            parts.append((f" · {clean(kept, 200)}", "$text-muted"))
        return parts

    def detail(self, record: AuditRow) -> list[list[Part]]:
        """Return the detail."""
        moment = parse_date(record.at)
        when = f"{local(moment):%a %-d %b %Y %H:%M:%S %Z}" if moment is not None else record.at
        return [
            [(record.what or record.action, "bold")],
            [
                ("✓ " if record.ok else "✗ ", "$text-success" if record.ok else "$text-error"),
                (record.outcome, ""),
            ],
            [("", "")],
            [("whom   ", "$text-muted"), (record.target, "")],
            [("by     ", "$text-muted"), (record.who, "")],
            [("server ", "$text-muted"), (record.server or "–", "")],
            [("when   ", "$text-muted"), (when, "")],
            [("UTC    ", "$text-muted"), (record.at, "")],
            [("action ", "$text-muted"), (record.action, "")],
        ]

    def brief(self, record: AuditRow) -> list[list[Part]]:
        """Return target, account and the full outcome."""
        mark = ("✓ ", "$text-success") if record.ok else ("✗ ", "$text-error")
        return [
            [(record.what or record.action, "bold"), (f" · {record.target} · by {record.who}", "$text-muted")],
            [mark, (self.in_brief(record.outcome, 2), "")],
        ]

    def key_words(self) -> list[tuple[str, str]]:
        """Marking has no use here."""
        return [(key, word) for key, word in super().key_words() if word != "mark"]

    def do_scope(self) -> None:
        """Toggle between this session and the file."""
        if self.console.audit_log.path is None:
            self.tell("No audit log file. Only this session's changes are listed.")
            return
        self._file = not self._file
        self.feed.forget()
        self.feed.poke()

    def do_copy(self) -> None:
        """Return the change under the cursor in words."""
        record = self.table.cursor_record
        if record is not None:
            words = f"{record.at} {record.who} {record.action} {record.target}: {record.outcome}"
            self.tell(copy_text(self.app, words), warn=False)


def _row(entry: AuditEntry, number: int) -> AuditRow:
    from msgspec.structs import replace

    action = ACTIONS.get(entry.action)
    row = columns.RESOURCE.decode({**asdict(entry), "id": f"{number}"})
    return replace(row, what=f"{action.area}: {action.label}" if action is not None else "")
