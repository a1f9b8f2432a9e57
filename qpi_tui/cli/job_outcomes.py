"""The outcome of several submitted circuits: one line for each, and one exit code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from qpi_client.backoff import pause_after
from qpi_client.job_fields import FINAL_STATUSES
from qpi_tui.cli import job_results, streams
from qpi_tui.cli.common import Output
from qpi_tui.cli.following import Outage
from qpi_tui.cli.output import Record, say, show_records
from qpi_tui.cli.problems import PARTLY
from qpi_tui.cli.signing import Signed
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.rows.base import Row

_FIRST, _LONGEST = 0.2, 2.0
"""Seconds between two reads of a job: initial, and maximum."""


class SubmittedFile(NamedTuple):
    """A file, its job, and the index of its result there."""

    file: str
    job: str
    position: int


class OutcomeRow(Row, frozen=True, kw_only=True):
    """The outcome of one circuit."""

    file: str = ""
    job: str = ""
    status: str = ""
    shots: int | None = None
    outcome: str = ""
    share: float | None = None
    error: str = ""


_MARKS = {
    "completed": Cell("✓ done", "ok"),
    "failed": Cell("✗ failed", "bad"),
    "cancelled": Cell("⊘ cancelled", "muted"),
}
COLUMNS = (
    Column("file", "File", 24, lambda row: row.file, flex=True),
    Column("job", "Job", 15, lambda row: row.job),
    Column("status", "Outcome", 11, lambda row: _MARKS.get(row.status, Cell(row.status))),
    Column("shots", "Shots", 9, lambda row: "" if row.shots is None else f"{row.shots:,}", align="right"),
    Column("most", "Most often", 16, lambda row: row.error or row.outcome, flex=True),
    Column("share", "Share", 7, lambda row: "" if row.share is None else f"{100 * row.share:.1f} %", align="right"),
)


def wait_for_outcomes(signed: Signed, sent: Sequence[SubmittedFile], output: Output) -> int:
    """Wait for all jobs, print the outcome of each circuit, and return the exit code: 0, 10, 11, or 6 if mixed."""
    ids = list(dict.fromkeys(each.job for each in sent))
    say(f"Waiting for {len(ids)} job{'s' * (len(ids) != 1)}.")
    outage = Outage()
    jobs = {id: _finished(signed, id, outage) for id in ids}
    records = [_outcome(each, jobs[each.job]) for each in sent]
    show_records(records, COLUMNS, output, none="Nothing was submitted.", row=_row)
    codes = {
        10 if record["status"] == "completed" and record["error"] else job_results.code_of(record) for record in records
    }
    return codes.pop() if len(codes) == 1 else PARTLY


def _finished(signed: Signed, id: str, outage: Outage) -> Record:
    """Wait for the end of a job through outages, and return it with its results."""
    looks, read = 0, partial(job_results.read_job, signed, id)
    while outage.insist(partial(read, results=False)).get("status") not in FINAL_STATUSES:
        looks += 1
        streams.sleep(pause_after(looks, _FIRST, _LONGEST))
    job: Record = outage.insist(read)
    return job


def _outcome(sent: SubmittedFile, job: Record) -> dict[str, object]:
    from qpi_client.results import parse_results

    results = parse_results(job)
    entry = next((each for each in results if each.index == sent.position), None)
    counts = (entry.counts if entry is not None else None) or {}
    most = max(counts, key=lambda bits: (counts[bits], bits), default="")
    total = sum(counts.values())
    failed = (entry.error if entry is not None else None) or results.error
    return {
        "file": sent.file,
        "job": sent.job,
        "status": str(job.get("status")),
        "shots": total or None,
        "outcome": entry.spaced(most) if entry is not None and most else "",
        "share": counts[most] / total if most else None,
        "error": str(failed or ("" if counts or job.get("status") != "completed" else "no counts")),
    }


def _row(record: Record) -> OutcomeRow:
    from qpi_tui.rows.decode import decode

    return decode(OutcomeRow, record)
