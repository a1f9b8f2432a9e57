"""Actions on jobs, from the list and from one job: cancel, submit again, export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qpi_client.job_fields import RELATED, ROW
from qpi_tui.domain.clock import local, now
from qpi_tui.domain.durations import duration
from qpi_tui.domain.sanitize import safe_filename
from qpi_tui.domain.styled_text import Part
from qpi_tui.edits.jobs import CancelJob, DeleteJob, RunAgain
from qpi_tui.edits.outcome import Done, Outcome
from qpi_tui.files import export
from qpi_tui.resources import jobs as columns
from qpi_tui.rows import job_times
from qpi_tui.screens.exporting import ask_export
from qpi_tui.widgets.step import Step

if TYPE_CHECKING:
    from qpi_client.results import JobResults
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.screens.base import ConsoleScreen

CSV = (
    "id",
    "user",
    "qpu",
    "status",
    "circuits",
    "shots",
    "created",
    "finished_at",
    "waited_s",
    "duration_s",
    "cost_s",
)


def cancel_jobs(screen: ConsoleScreen, targets: Sequence[JobRow]) -> None:
    """Ask, then cancel each; finished ones are skipped and reported."""
    active = [record for record in targets if record.active]
    if targets and not active:
        screen.tell(f"That job is {targets[0].status}: only pending and running ones can be cancelled.")
        return
    steps = [
        Step(record.id, record.id, columns.job_line(record), partial(_cancel, screen, record)) for record in active
    ]
    if not steps:
        return
    notes = []
    if len(active) < len(targets):
        notes.append(f"{len(targets) - len(active)} of the marked jobs are over and are skipped.")
    if any(record.status == "running" for record in active):
        notes.append("The driver is not notified: a running job may still complete and be charged.")
    screen.do_batch(
        "Cancel this job?" if len(steps) == 1 else f"Cancel {len(steps)} jobs?",
        steps,
        confirm="Cancel it" if len(steps) == 1 else "Cancel them",
        doing="Cancelling",
        note=[(" ".join(notes), "")] if notes else [],
        final=CancelJob.final,
        after=getattr(screen, "unmark_done", None),
    )


async def _cancel(screen: ConsoleScreen, record: JobRow) -> Outcome:
    return await screen.make(CancelJob(target=record.id, job=record.id))


def delete_jobs(screen: ConsoleScreen, targets: Sequence[JobRow]) -> None:
    """Ask, then delete each; running ones are skipped and reported."""
    over = [record for record in targets if record.status != "running"]
    if targets and not over:
        screen.tell("That job is running. Cancel it or wait until it ends, then delete it.")
        return
    steps = [Step(record.id, record.id, columns.job_line(record), partial(_delete, screen, record)) for record in over]
    if not steps:
        return
    left = len(targets) - len(over)
    note = f"{left} of the marked ones {'is' if left == 1 else 'are'} running and left out. " if left else ""
    screen.do_batch(
        "Delete this job?" if len(steps) == 1 else f"Delete {len(steps)} jobs?",
        steps,
        confirm="Delete",
        doing="Deleting",
        note=[(f"{note}The results are deleted too.", "")],
        final=DeleteJob.final,
        careful=True,
        after=getattr(screen, "unmark_done", None),
    )


async def _delete(screen: ConsoleScreen, record: JobRow) -> Outcome:
    return await screen.make(DeleteJob(target=record.id, job=record.id))


# -- again ---------------------------------------------------------------------------------------------------------


def again(
    screen: ConsoleScreen,
    targets: Sequence[JobRow],
    *,
    unmark: Callable[[Sequence[Step]], object],
    ran: Callable[[str], object],
) -> None:
    """Ask, then submit the same circuits with the same settings to the same QPU, once each."""
    aimed = [record for record in targets if record.qpu_target]
    if targets and not aimed:
        screen.tell("That job has no QPU. Submit a new one with s.")
        return
    made: list[str] = []
    steps = [Step(record.id, record.id, _again_line(record), partial(_again, screen, record, made)) for record in aimed]

    def after(done: list[Step]) -> None:
        unmark(done)
        if made:
            # Show the new job next.
            ran(made[-1])

    if steps:
        spent = sum(job_times.cost(record) or 0.0 for record in aimed)
        words = f"Last time they took {duration(spent)}." if len(steps) > 1 else f"It took {duration(spent)}."
        screen.do_batch(
            "Run this job again?" if len(steps) == 1 else f"Run {len(steps)} jobs again?",
            steps,
            confirm="Run again",
            doing="Submitting",
            note=[
                (
                    f"Submits new jobs of yours with the same circuits and settings. {words if spent else ''}".rstrip(),
                    "",
                )
            ],
            final=RunAgain.final,
            after=after,
        )


def _again_line(record: JobRow) -> list[Part]:
    size = record.size
    return [*columns.job_line(record)[:1], (f"{size:<14} ", ""), *columns.job_line(record)[2:3]]


async def _again(screen: ConsoleScreen, record: JobRow, new: list[str]) -> Outcome:
    """Submit a job's circuits again: once, even if the edit is retried after a lost answer."""
    outcome = await screen.make(RunAgain(target=record.id, job=record.id))
    if isinstance(outcome, Done):
        new.append(outcome.id)
    return outcome


# -- export --------------------------------------------------------------------------------------------------------


def export_jobs(screen: ConsoleScreen, records: Sequence[JobRow]) -> None:
    """Ask for a file, then export these jobs."""
    if not records:
        screen.tell("Nothing to export.")
        return
    many = f"{len(records):,} job{'s' * (len(records) != 1)}"

    def pieces(path: Path) -> Iterable[str]:
        if path.suffix.lower() == ".csv":
            return export.csv_lines(CSV, (csv_row(record) for record in records))
        return export.json_lines(map(exported, records))

    ask_export(screen, many, f"jobs-{local(now()):%Y-%m-%d}", pieces)


def export_result(screen: ConsoleScreen, job: Mapping[str, object], results: JobResults | None) -> None:
    """Ask for a file, then export a job as received, or its counts as a table."""

    def pieces(path: Path) -> Iterable[str]:
        if path.suffix.lower() == ".csv":
            return export.csv_lines(("circuit", "name", "bitstring", "count", "share"), _count_rows(results))
        return export.json_document(job)

    kinds = ("json", "csv") if results is not None and any(entry.counts for entry in results) else ("json",)
    ask_export(screen, f"job {job['id']}", f"job-{safe_filename(str(job['id']))}", pieces, kinds)


def _count_rows(results: JobResults | None) -> Iterable[list[object]]:
    for entry in results or ():
        total = sum((entry.counts or {}).values())
        for bits, count in sorted((entry.counts or {}).items()):
            yield [entry.index + 1, entry.name, entry.spaced(bits), count, count / total if total else None]


def exported(job: JobRow) -> dict[str, object]:
    """Return a job of the list with the server's field names."""
    found = {name: getattr(job, name) for name in (*ROW, "circuits", "shots")}
    related = {name: getattr(job, f"{name}_record") for name in RELATED}
    expand = {
        name: {field: getattr(record, field) for field in RELATED[name]}
        for name, record in related.items()
        if record is not None
    }
    return {**found, "expand": expand}


def csv_row(record: JobRow) -> list[object]:
    """Return a job as a row of a table."""
    waited = job_times.waited(record)
    return [
        record.id,
        record.who,
        record.qpu_name,
        record.status,
        record.circuits,
        record.shots,
        record.created,
        record.finished_at,
        None if waited is None else round(waited, 3),
        record.duration or None,
        job_times.cost(record),
    ]
