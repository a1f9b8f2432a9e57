"""Results of jobs in every format: a histogram for people, objects and rows for programs, files."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qpi_tui.cli.common import Output
from qpi_tui.cli.output import Record, as_csv, as_csv_rows, fill, say, write
from qpi_tui.cli.problems import JOB_CANCELLED, JOB_FAILED, NOT_FOUND, Problem
from qpi_tui.cli.signing import Signed
from qpi_tui.domain.sanitize import clean, clean_lines

if TYPE_CHECKING:
    from qpi_client.results import CircuitResult

_TOP = 64
_HEADER = ("job", "circuit", "name", "outcome", "count", "i", "q")


def read_job(signed: Signed, id: str, *, results: bool = True) -> Record:
    """Return a job by its id; raise a `Problem` that names a missing one."""
    from qpi_client import NotFound

    try:
        job: Record = signed.client.get_job(id, results=results)
    except NotFound:
        raise Problem(f"There is no job {clean(id, 80)!r}, or you may not see it.", NOT_FOUND) from None
    return job


def code_of(job: Record) -> int:
    """Return the exit code for a job's status."""
    return {"failed": JOB_FAILED, "cancelled": JOB_CANCELLED}.get(str(job.get("status")), 0)


def as_dict(job: Record) -> dict[str, Any]:
    """Return a job's results in one shape, for every driver.

    `{"id", "status", "error", "circuits": [{"index", "name", "shots", "counts", "memory", "error"}]}`; an IQ point is a
    pair of numbers.
    """
    from qpi_client.results import parse_results

    results = parse_results(job)
    circuits = [
        {
            "index": entry.index,
            "name": entry.name,
            "shots": entry.shots,
            "counts": entry.counts,
            "memory": _pairs(entry.memory),
            "error": entry.error,
        }
        for entry in results
    ]
    return {"id": job.get("id"), "status": job.get("status"), "error": results.error, "circuits": circuits}


def show_all(jobs: Sequence[Record], output: Output) -> list[int]:
    """Print the results of several jobs; return their exit codes."""
    if output.json and len(jobs) != 1:
        write(json.dumps([as_dict(job) for job in jobs], indent=2) + "\n")
    else:
        if output.csv:
            write(as_csv_rows(_HEADER, []))
        for job in jobs:
            if output.plain and len(jobs) > 1:
                write(f"job {clean(job.get('id'))}\n")
            show(job, output, header=False)
    return [code_of(job) for job in jobs]


def show(job: Record, output: Output, *, header: bool = True) -> None:
    """Print the result of one job."""
    if output.json:
        write(json.dumps(as_dict(job), indent=2) + "\n")
    elif output.jsonl:
        write(json.dumps(as_dict(job)) + "\n")
    elif output.template:
        write(
            "".join(fill(output.template, {"job": job.get("id"), **each}) + "\n" for each in as_dict(job)["circuits"])
        )
    elif output.csv:
        text = as_csv_rows(_HEADER, csv_rows(job))
        write(text if header else text.partition("\n")[2])
    else:
        _for_people(job)


def csv_rows(job: Record) -> list[list[object]]:
    """Yield a row for each outcome, or each IQ point."""
    rows: list[list[object]] = []
    for entry in as_dict(job)["circuits"]:
        begin = [job.get("id"), entry["index"], clean(entry["name"])]
        rows += [[*begin, bits, count, "", ""] for bits, count in sorted((entry["counts"] or {}).items())]
        for shot, points in enumerate(entry["memory"] or []):
            several = isinstance(points[0], list) if points else False
            for i, q in points if several else [points]:
                rows.append([*begin, shot, "", i, q])
    return rows


def export(jobs: Sequence[Record], path: Path) -> None:
    """Write results to a new file, in the format of its suffix."""
    from qpi_tui.files import export as files

    if path.suffix.lower() == ".csv":
        pieces = files.csv_lines(_HEADER, [row for job in jobs for row in csv_rows(job)])
    else:
        pieces = files.json_lines([as_dict(job) for job in jobs])
    files.write_now(path, pieces)


def export_list(jobs: Sequence[Record], path: Path) -> None:
    """Write the list of jobs to a new file."""
    from qpi_tui.files import export as files

    if path.suffix.lower() == ".csv":
        files.write_now(path, as_csv(jobs).splitlines(keepends=True))
    else:
        files.write_now(path, files.json_lines(jobs))


def _for_people(job: Record) -> None:
    from qpi_client.results import parse_results

    results = parse_results(job)
    if results.error:
        say(f"✗ {clean_lines(results.error, 4000)}")
    if results.echo:
        say("Results require a sign-in with e-mail and password.")
        return
    if not len(results) and not results.error:
        waiting = {"pending": "Queued. No result yet.", "running": "Running. No result yet."}
        say(waiting.get(str(job.get("status")), "No result."))
    for entry in results:
        if len(results) > 1:
            write(f"circuit {entry.index + 1} of {len(results)}{f' {clean(entry.name)}' if entry.name else ''}\n")
        _entry(entry, said=results.error)


def _entry(entry: CircuitResult, said: str | None) -> None:
    if entry.counts is not None:
        from qpi_tui.cli.sources import settings_for
        from qpi_tui.plots.histogram import histogram

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
        counts = {entry.spaced(bits): count for bits, count in entry.counts.items()}
        for line in histogram(counts, width=min(width, 100), top=_TOP, ascii=settings_for().ascii):
            write("".join(text for text, _ in line).rstrip() + "\n")
    elif entry.memory is not None:
        write(as_csv_rows(("shot", "qubit", "i", "q"), _points(entry)))
    if entry.error and entry.error != said:
        say(f"✗ {clean_lines(entry.error, 4000)}")


def _points(entry: CircuitResult) -> list[list[object]]:
    pairs = _pairs(entry.memory) or []
    shots = [pairs] if entry.averaged else pairs
    return [[shot, qubit, i, q] for shot, points in enumerate(shots) for qubit, (i, q) in enumerate(points)]


def _pairs(memory: Any) -> Any:
    if memory is None:
        return None
    return [[point.real, point.imag] if isinstance(point, complex) else _pairs(point) for point in memory]
