"""`qpi-tui doctor`: examine a server, print what it finds, and repair what is safe to repair."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.changing import change_one
from qpi_tui.cli.common import CHANGE, OUTPUT, SERVER, Change, Output, Server, ask
from qpi_tui.cli.output import as_csv_rows, coloured, fill, say, write
from qpi_tui.cli.problems import FAILED, INTERRUPTED, Problem
from qpi_tui.cli.signing import Signed, problem_of, signed_in
from qpi_tui.doctor.examination import Examination, examine
from qpi_tui.doctor.findings import Finding, Repair, findings
from qpi_tui.rows.qpu_service import Severity

_MARKS = {Severity.SEVERE: ("✗", "31"), Severity.WARNING: ("▲", "33"), Severity.NOTE: ("●", "2")}
_CSV = ("severity", "id", "title", "evidence", "remedy")


def doctor(
    *,
    fix: Annotated[bool, Parameter(help="offer each safe repair, ask, apply it, and measure again")] = False,
    server: Server = SERVER,
    output: Output = OUTPUT,
    change: Change = CHANGE,
) -> int:
    """Examine the server: indexes, drivers, QPUs, lost jobs, rules, sessions, mail. Exit code 1 if anything is severe.

    Example: qpi-tui doctor --json
    """
    with signed_in(server) as signed:
        signed.need_admin("examine a server")
        exam = _examine(signed)
        found = findings(exam)
        repaired: list[str] = []
        if fix:
            repaired = _repair(signed, found, change)
            if repaired:
                exam = _examine(signed)
                found = findings(exam)
    _show(exam, found, repaired, output)
    return FAILED if any(finding.severity is Severity.SEVERE for finding in found) else 0


app = doctor


def _examine(signed: Signed) -> Examination:
    def progress(title: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[KReading: {title}")
            sys.stderr.flush()

    try:
        return examine(signed.client, lambda error: str(problem_of(error)), progress)
    finally:
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")


def _repair(signed: Signed, found: Sequence[Finding], change: Change) -> list[str]:
    """Offer each repair; return the sentences of those that were made."""
    done = []
    for finding in found:
        repair = finding.repair
        if repair is None:
            continue
        say(f"{finding.title}. {finding.evidence}")
        if change.dry_run:
            say(f"Would ask: {repair.question}")
            continue
        try:
            ask(repair.question, change)
        except Problem as problem:
            if problem.code != INTERRUPTED:
                raise
            say("Skipped.")
            continue
        done.append(_apply(signed, repair))
        say(done[-1])
    if change.dry_run:
        say("Dry run: nothing changed.")
    elif not any(finding.repair for finding in found):
        say("Nothing to repair.")
    return done


def _apply(signed: Signed, repair: Repair) -> str:
    from qpi_tui.edits.doctor import repair_edit

    edit = repair_edit(repair)
    said = change_one(signed, edit).said
    return said if repair.kind == "indexes" else f"{edit.target}: {said}"


def _show(exam: Examination, found: Sequence[Finding], repaired: Sequence[str], output: Output) -> None:
    dicts = [finding.as_dict() for finding in found]
    if output.json:
        told = {"url": exam.url, "at": exam.at.isoformat(), "findings": dicts, "repaired": list(repaired)}
        write(json.dumps(told, indent=2) + "\n")
    elif output.jsonl:
        write("".join(json.dumps(each) + "\n" for each in dicts))
    elif output.csv:
        write(as_csv_rows(_CSV, [[each[name] for name in _CSV] for each in dicts]))
    elif output.template:
        write("".join(fill(output.template, each) + "\n" for each in dicts))
    else:
        write("".join(_paragraph(finding) for finding in found))
        counts = [sum(finding.severity is severity for finding in found) for severity in Severity]
        write(f"\n{counts[0]} severe, {counts[1]} warnings, {counts[2]} notes\n")


def _paragraph(finding: Finding) -> str:
    """Return mark and title, and below, indented, the evidence and the remedy."""
    mark, colour = _MARKS[finding.severity]
    head = f"{mark} {finding.title}"
    width = max(min(shutil.get_terminal_size().columns, 120) - 1, 30) if sys.stdout.isatty() else 100
    lines = [f"\x1b[{colour}m{head}\x1b[0m" if coloured() else head]
    for lead, text in (("  ", finding.evidence), ("→ ", finding.remedy)):
        if text:
            lines += textwrap.wrap(text, width, initial_indent=f"  {lead}", subsequent_indent="    ")
    return "\n".join(lines) + "\n"
