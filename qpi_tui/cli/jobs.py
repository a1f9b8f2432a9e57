"""`qpi-tui jobs`: the queue, single jobs, and results."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from qpi_client.job_fields import ACTIVE_STATUSES, ROW, SIZES, JobStatus
from qpi_tui.cli import job_results
from qpi_tui.cli.changing import BulkEdit, Task, carry_out, missing
from qpi_tui.cli.common import (
    BULK,
    LIST,
    OUTPUT,
    SERVER,
    BulkChange,
    FilteredOutput,
    ListOutput,
    Output,
    Server,
    group,
    read_words,
    several,
)
from qpi_tui.cli.following import tail_jobs, watch_job
from qpi_tui.cli.job_comparing import compare
from qpi_tui.cli.job_lists import JobList, find_jobs
from qpi_tui.cli.job_submitting import again, submit
from qpi_tui.cli.lists import List, Wanted, show_list, wanted_of
from qpi_tui.cli.output import Record, say, show_record, write_line
from qpi_tui.cli.problems import FAILED, INTERRUPTED, USAGE, Problem, as_usage
from qpi_tui.cli.signing import Signed, problem_of, signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import local, now, parse_date
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_tui.domain.filter_language import Filter
    from qpi_tui.rows.jobs import JobRow

_log = logging.getLogger(__name__)

app = group("jobs", "Submit, list, cancel and compare jobs; read results.")
Which = Annotated[str, several("ids of jobs")]
One = Annotated[str, Parameter(help="the job's id")]
Statuses = Annotated[tuple[JobStatus, ...], Parameter(help="only this status; repeatable")]
Qpu = Annotated[str, Parameter(help="only this QPU's: name or id")]
User = Annotated[str, Parameter(help="only this user's: e-mail, name or id")]
Since = Annotated[str, Parameter(help="start, such as 2h, 30d, yesterday or fri 9:00")]
_JOBS = ("job", "jobs")
app.command(submit)
app.command(again)
app.command(compare)


@app.command(name="list")
def list_jobs(
    *,
    status: Statuses = (),
    qpu: Qpu = "",
    user: User = "",
    since: Since = "",
    limit: Annotated[int, Parameter(help="maximum number; 0 for all")] = 100,
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """List jobs, the newest first: everybody's for administrators, else your own.

    Without indexes a server reads its whole history for jobs that are rare. The command leaves it nine tenths of the
    time and says how far it is. Ctrl+C prints what was found. --since ends the search there.

    Example: qpi-tui jobs list --status pending --json
    """
    from qpi_tui.resources import jobs as columns

    begin = ago(since)
    with signed_in(server) as signed:
        wanted = wanted_of(output, columns.RESOURCE, signed)
        # Print jobs as they are found, unless the output needs all of them.
        stream = output.jsonl and not output.watch and (wanted.view is None or wanted.view.sort is None)
        found = JobList()

        def read() -> list[Record]:
            nonlocal found
            found = _find(
                signed,
                wanted,
                each=(lambda job: write_line(_sized(job))) if stream else None,
                status=status,
                qpu=qpu,
                user=user,
                since=begin(),
                limit=limit or None,
                fields=(*ROW, *SIZES) if signed.user_id else (*ROW, "payload"),
            )
            return [_sized(job) for job in found.jobs]

        def tell_end(rows: Sequence[JobRow]) -> None:
            if not rows and not found.stopped:
                say("No jobs." if wanted.filter is None else "Nothing matches the filter.")
            if limit and len(rows) == limit:
                say(f"These are the newest {limit}; --limit 0 shows all.")

        if stream:
            read()
        else:
            every = columns.for_role(everyone=signed.admin)
            shown = List(wanted, read, every, "", columns.RESOURCE.decode, tell_end, filtered=True)
            show_list(shown, output, signed)
    return INTERRUPTED if found.stopped else 0


def _find(signed: Signed, wanted: Wanted, *, status: Sequence[str], since: datetime | None, **options: Any) -> JobList:
    """Find the jobs that pass a filter too. The server searches for what it can of it."""

    def keep(job: Record) -> bool:
        return wanted.lets_through(registry()["jobs"].decode(_sized(job)))

    named, oldest = _asked(wanted.filter)
    return find_jobs(
        signed,
        keep=keep if wanted.filter else None,
        status=status or named,
        since=max(filter(None, (since, oldest)), default=None),
        **options,
    )


def _asked(wanted: Filter | None) -> tuple[tuple[str, ...], datetime | None]:
    """Return the statuses and the start time in a filter: the server searches for them."""
    if wanted is None:
        return (), None
    return next((each.values for each in wanted.conditions if each.key == "status"), ()), wanted.since


def _sized(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job with the number of circuits and shots instead of the payload."""
    payload = job.get("payload")
    circuits = payload.get("circuits") if isinstance(payload, Mapping) else None
    kept = {name: value for name, value in job.items() if name != "payload"}
    kept["circuits"] = len(circuits) if isinstance(circuits, list) else None
    kept["shots"] = payload.get("shots") if isinstance(payload, Mapping) else None
    return kept


@app.command
def show(which: One, /, *, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """Show one job: timeline, circuits and results; for a queued one the estimated start.

    With --json, a queued job has the field `estimated_start`.

    Example: qpi-tui jobs show 8f3kq2m1x0z7abc --json
    """
    with signed_in(server) as signed:
        job = job_results.read_job(signed, which)
        lines = _lines(signed, job)
        if job.get("status") == "pending":
            job = _with_start(signed, job, lines)
        show_record(job, lines, output)
        if output.plain:
            job_results.show(job, Output())
    return 0


@app.command
def result(*which: Which, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """Print results: counts as a histogram, IQ points, or the error. Exit code 10 if a job failed.

    Example: qpi-tui jobs result 8f3kq2m1x0z7abc --csv
    """
    words = read_words(which, what="ids of jobs")
    with signed_in(server) as signed:
        jobs, worst = [], 0
        for word in words:
            try:
                jobs.append(job_results.read_job(signed, word))
            except Exception as error:
                _log.debug("a job could not be read", exc_info=True)
                problem = problem_of(error)
                if len(words) == 1:
                    raise problem from None
                say(f"✗ {word}: {problem}")
                worst = 6
        codes = job_results.show_all(jobs, output)
    return worst or (codes[0] if len(set(codes)) == 1 else 6 if any(codes) else 0)


@app.command
def cancel(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Cancel pending or running jobs. A running job may still complete and be charged.

    Example: qpi-tui jobs list --status pending --template '{id}' | qpi-tui jobs cancel - --yes
    """
    words = read_words(which, what="ids of jobs")
    with signed_in(server) as signed:
        tasks = [_cancelling(signed, word) for word in words]
        note = "The driver is not notified: a running job may still complete and be charged."
        notes = (note,) if any("running" in task.plan for task in tasks) else ()
        return carry_out(BulkEdit("jobs.cancel", "Cancel", _JOBS, notes), tasks, signed, change, output)


@app.command
def delete(*which: Which, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Delete jobs with their results, never running ones. For administrators.

    Example: qpi-tui jobs delete 8f3kq2m1x0z7abc --dry-run
    """
    words = read_words(which, what="ids of jobs")
    with signed_in(server) as signed:
        signed.need_admin("delete jobs")
        tasks = [_deleting(signed, word) for word in words]
        notes = ("The results are deleted too.",)
        return carry_out(BulkEdit("jobs.delete", "Delete", _JOBS, notes), tasks, signed, change, output)


@app.command
def watch(
    which: One,
    /,
    *,
    timeout: Annotated[float | None, Parameter(help="maximum wait in seconds; then exit code 12")] = None,
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """Follow one job to its end; the exit code is its outcome: 0, 10 failed, 11 cancelled.

    Example: qpi-tui jobs watch 8f3kq2m1x0z7abc --timeout 600 && echo done
    """
    if timeout is not None and timeout < 0:
        raise Problem("--timeout must be 0 s or more.", USAGE)
    with signed_in(server) as signed:
        return watch_job(signed, which, output, timeout)


@app.command
def tail(
    *,
    since: Annotated[str, Parameter(help="start with changes since then, such as 1h")] = "",
    status: Statuses = (),
    qpu: Qpu = "",
    user: User = "",
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """Print a line for each change of a job, until interrupted. With --json, one object per line.

    After an outage, it reports changes of jobs that were submitted in the week before.

    Example: qpi-tui jobs tail --since 1h --json | jq -r .status
    """
    begin = ago(since)
    with signed_in(server) as signed:
        return tail_jobs(signed, output, since=begin(), statuses=status, qpu=qpu, user=user)


@app.command
def export(
    *which: Which,
    to: Annotated[str, Parameter(help="a new file that ends in .json or .csv")],
    status: Statuses = (),
    qpu: Qpu = "",
    user: User = "",
    since: Since = "",
    filter: Annotated[str, Parameter(help="only matches, as with the console's `/`")] = "",
    limit: Annotated[int, Parameter(help="maximum number of jobs in the list; 0 for all")] = 0,
    server: Server = SERVER,
) -> int:
    """Write results, or the list of jobs if none is named, to a file. Overwrites nothing.

    Example: qpi-tui jobs export 8f3kq2m1x0z7abc --to bell.csv
    """
    from qpi_tui.files.export import target

    begin = ago(since)
    if which and (status or qpu or user or since or filter or limit):
        raise Problem("Name jobs, or choose them by options: not both.", USAGE)
    with as_usage():
        path = target(to)
    with signed_in(server) as signed:
        if which:
            words = read_words(which, what="ids of jobs")
            job_results.export([job_results.read_job(signed, word) for word in words], path)
            said = f"{len(words)} result{'s' * (len(words) != 1)}"
        else:
            # Do not write an incomplete list to a file.
            wanted = wanted_of(FilteredOutput(filter=filter), registry()["jobs"], signed)
            jobs = _find(
                signed, wanted, stoppable=False, status=status, qpu=qpu, user=user, since=begin(), limit=limit or None
            ).jobs
            job_results.export_list(jobs, path)
            said = f"{len(jobs):,} job{'s' * (len(jobs) != 1)}"
    say(f"{said} written to {path}.")
    return 0


def _status(signed: Signed, word: str) -> str | Task:
    """Return the status of a job; the task fails if the job cannot be read."""
    try:
        return str(job_results.read_job(signed, word, results=False).get("status"))
    except Exception as error:
        _log.debug("a job could not be read", exc_info=True)
        return missing(word, problem_of(error))


def _deleting(signed: Signed, word: str) -> Task:
    status = _status(signed, word)
    if isinstance(status, Task):
        return status
    if status == "running":
        said = "It is running. Cancel it, or wait until it ends."
        return missing(word, Problem(said, FAILED))

    from qpi_tui.edits.jobs import DeleteJob

    return Task(word, word, f"{word}  {status}", DeleteJob(target=word, job=word))


def _cancelling(signed: Signed, word: str) -> Task:
    status = _status(signed, word)
    if isinstance(status, Task):
        return status
    if status not in ACTIVE_STATUSES:
        said = f"It is {status}: only pending and running jobs can be cancelled."
        return missing(word, Problem(said, FAILED))

    from qpi_tui.edits.jobs import CancelJob

    return Task(word, word, f"{word}  {status}", CancelJob(target=word, job=word))


def _with_start(signed: Signed, job: Record, lines: list[tuple[str, str]]) -> Record:
    """Return the job with its estimated start; `lines` are that start, or why it waits."""
    from qpi_client import QPIError
    from qpi_tui.cli.job_start import read_start
    from qpi_tui.domain.start_estimate import StartEstimate, estimate_words

    try:
        why, start = read_start(signed, job)
    except QPIError:
        _log.debug("the start could not be estimated", exc_info=True)
        # The job itself is known.
        why, start = "", StartEstimate(reason="its queue could not be read")
    if why:
        lines.append(("waits", why))
    elif start is not None:
        lines.append(("start", estimate_words(start, now())))
    known = start or StartEstimate(reason=why or "an API token does not show the queue")
    return {**job, "estimated_start": known.as_json()}


def _lines(signed: Signed, job: Record) -> list[tuple[str, str]]:
    row = registry()["jobs"].decode(job)
    lines = [("id", str(job.get("id"))), ("status", str(job.get("status")))]
    name = row.qpu_target_record.name if row.qpu_target_record is not None else ""
    target = name or _qpu_name(signed, row.qpu_target)
    lines.append(("QPU", str(target or "–")))
    if job.get("user_id"):
        lines.append(("user", row.who))
    for word, field in (("submitted", "created"), ("finished", "finished_at")):
        moment = parse_date(job.get(field))
        if moment is not None:
            lines.append((word, f"{local(moment):%Y-%m-%d %H:%M:%S}"))
    if row.duration:
        lines.append(("took", f"{row.duration:.3g} s"))
    payload = job.get("payload")
    if isinstance(payload, dict):
        circuits = payload.get("circuits")
        lines.append(("circuits", str(len(circuits)) if isinstance(circuits, list) else "?"))
        lines.append(("shots", str(payload.get("shots", "?"))))
    return lines


def _qpu_name(signed: Signed, id: str) -> str:
    if not id:
        return ""
    try:
        return str(signed.client.get_qpu(id).get("name") or id)
    except Exception:
        _log.debug("the name of a QPU could not be read", exc_info=True)
        # Only for display: the id of a deleted QPU is still known.
        return id
