"""The doctor: the server's problems with evidence and remedies, and repairs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from qpi_tui.doctor.examination import MEASUREMENTS, READS, Examination, examine_async
from qpi_tui.doctor.findings import Finding, findings
from qpi_tui.domain.columns import Column
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources.doctor import COLUMNS
from qpi_tui.rows.qpu_service import Severity
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.session.connection import Connection, explain
from qpi_tui.widgets.step import Step

_STYLES = {Severity.SEVERE: "$text-error", Severity.WARNING: "$text-warning", Severity.NOTE: "$text-muted"}


class DoctorScreen(ListScreen[Finding]):
    """Every finding, most urgent first."""

    area = "doctor"
    topics: ClassVar[tuple[str, ...]] = ()
    # An examination takes fifteen requests, some of which read every job.
    at_least: ClassVar[float] = 3600.0
    noun: ClassVar[tuple[str, str]] = ("finding", "findings")
    empty: ClassVar[str] = "No problems found."
    brief_height = 4

    def __init__(self) -> None:
        super().__init__()
        # What is being measured while the other findings are shown.
        self._measuring = ""

    def columns(self) -> Sequence[Column]:
        """Severity, finding, evidence."""
        return COLUMNS

    async def read(self, connection: Connection) -> list[Finding]:
        """Examine the server. What is found is shown before the measurements, which may take long."""

        def found(read: str, exam: Examination) -> None:
            if read in MEASUREMENTS and connection is self.console.connection:
                self._measuring = READS[read][0]
                self.feed.show_part(findings(exam))

        try:
            return findings(await examine_async(connection.client, explain, found))
        finally:
            self._measuring = ""

    def summary(self) -> list[Part]:
        """Return how many of each severity, and how to examine again."""
        counts = {severity: sum(each.severity is severity for each in self.records) for severity in Severity}
        words = f"{counts[Severity.SEVERE]} severe, {counts[Severity.WARNING]} warnings, {counts[Severity.NOTE]} notes"
        style = "bold $text-error" if counts[Severity.SEVERE] else "bold"
        if self._measuring:
            return [(words, style), (f"  measuring: {self._measuring}…", "$text-muted")]
        again = self.console.keys.word("app.refresh")
        return [(words, style), (f"  {again} examine again", "$text-muted")]

    def detail(self, record: Finding) -> list[list[Part]]:
        """Return the finding in full."""
        lines: list[list[Part]] = [[(record.title, f"bold {_STYLES[record.severity]}")]]
        for name, text in (("Evidence", record.evidence), ("Remedy", record.remedy)):
            if text:
                lines += [[("", "")], [(name, "$text-muted")], [(text, "")]]
        if record.repair is not None and self.may("doctor.fix"):
            key = self.console.keys.word("doctor.fix")
            lines += [[("", "")], [(f"{key} ", "bold $text-accent"), (record.repair.question, "")]]
        return lines

    def brief(self, record: Finding) -> list[list[Part]]:
        """Return evidence and remedy."""
        lines: list[list[Part]] = [[(self.in_brief(record.evidence or record.title, 2), "")]]
        if record.remedy:
            lines.append([("→ ", "$text-muted"), (self.in_brief(record.remedy, 2), "")])
        return lines

    def key_words(self) -> list[tuple[str, str]]:
        """Marking has no use here."""
        return [(key, word) for key, word in super().key_words() if word != "mark"]

    def applies(self, id: str) -> bool:
        """Offer repairs only for findings that have one."""
        return id != "doctor.fix" or any(finding.repair is not None for finding in self.records)

    def do_fix(self) -> None:
        """Ask, repair the finding under the cursor, and examine again."""
        from qpi_tui.edits.doctor import repair_edit

        finding = self.table.cursor_record
        if finding is None or finding.repair is None:
            self.tell("This finding cannot be repaired from here.")
            return
        edit = repair_edit(finding.repair)
        line: list[Part] = [(finding.title, "")]
        step = Step(finding.id, finding.repair.target, line, partial(self.make, edit))
        note: list[Part] = [(edit.final or finding.remedy, "")]
        self.do_batch(finding.repair.question, [step], confirm="Repair", doing="Repairing", note=note)
