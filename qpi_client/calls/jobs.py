"""Jobs: list, read, count, cancel. `submission` and `waiting` hold the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from qpi_client.calls.collections import count_records, may_repeat
from qpi_client.calls.job_queries import JOBS, JobQuery, checked_statuses, echoes, own_condition, pages_for
from qpi_client.calls.job_route import from_route
from qpi_client.calls.job_search import Searched
from qpi_client.calls.typed import fetch_as
from qpi_client.checks import Moment, either, every, part, quoted, stored_time
from qpi_client.context import Context
from qpi_client.errors import NotFound, ResultsUnavailable
from qpi_client.exchange import fetch_dict, get, records
from qpi_client.job_fields import ACTIVE_STATUSES, CHARGED_STATUSES, ROW
from qpi_client.paging import Pages, emitted, everything
from qpi_client.records import JOB_STATUSES, Cancelled, Job, JobRow, JobStatus, Record
from qpi_client.steps import Call, Emitting, Request

STATUSES = JOB_STATUSES


def get_job(ctx: Context, job_id: str, *, results: bool = True) -> Call[Job]:
    """Return one job with its results.

    The server's own route returns the payload in place of the results. So the results are read from the job's record,
    which requires a session: an API token is not enough.

    Args:
        job_id: Id of the job.
        results: Whether to read the results. False asks for the job alone, which an API token opens at any time.

    Returns:
        The job. ``results`` is None until there are any, and with ``results=False``.

    Raises:
        NotFound: No such job, or it is not yours. Superusers see everybody's.
        ResultsUnavailable: The job has finished, but only an API token is available; ``record`` is the job without
            results.
        Unauthorized: No session and no API token, or the server rejects the credentials.

    Examples:
        >>> job = client.get_job(job_id)
        >>> if job["status"] == "completed":
        ...     print(job["results"]["counts"])
    """
    return cast("Job", (yield from _job(ctx, job_id, results)))


def _job(ctx: Context, job_id: str, results: bool) -> Call[Record]:
    session = ctx.session
    if session is not None and session.is_superuser:
        # The route shows a superuser only the jobs that it submitted itself.
        return (yield from _record(ctx, job_id, results))
    job = yield from fetch_dict(ctx, get(f"/api/jobs/{part(job_id)}"))
    if not results:
        return {**job, "results": None}
    if not echoes(job):
        return job
    if job.get("status") in CHARGED_STATUSES:
        if session is None:
            raise ResultsUnavailable(
                f"Job {job_id} is {job['status']}, but the server returns results only to a session, "
                "not to an API token. Sign in with auth_with_password.",
                {**job, "results": None},
            )
        return (yield from _record(ctx, job_id, results))
    return {**job, "results": None}


def _record(ctx: Context, job_id: str, results: bool) -> Call[Record]:
    query = None if results else {"fields": ",".join((*ROW, "payload"))}
    job = yield from fetch_dict(ctx, get(records(JOBS, job_id), query=query, session="needed"))
    return job if results else {**job, "results": None}


def list_jobs(
    ctx: Context,
    *,
    status: JobStatus | Sequence[JobStatus] | None = None,
    qpu: str | None = None,
    user: str | None = None,
    since: Moment | None = None,
    before: Moment | None = None,
    changed_since: Moment | None = None,
    limit: int | None = None,
    among: int | None = None,
    everyone: bool = False,
    fields: Sequence[str] | None = None,
    expand: bool = True,
) -> Call[list[JobRow]]:
    """List jobs, newest first.

    Without arguments, returns all of your own jobs with payloads, as the server's own route does. With any argument,
    jobs come without payload and results unless ``fields`` names them.

    Order and consistency are those of `iter_jobs`.

    With an API token only, the server's route is read in pages of 1,000 or more. It supports no filters, so the client
    applies them.

    Args:
        status: One status, or a list of accepted ones: "pending", "running", "completed", "failed", "cancelled".
        qpu: Name or id of the target QPU.
        user: Id, e-mail address or name of the owner. Superusers only.
        since: Jobs created at or after this time, as RFC 3339 text with an offset or an aware datetime. Older jobs are
            not read.
        before: Only jobs created before this time. Without other conditions, a few requests for one job each find the
            starting position.
        changed_since: Jobs created or changed at or after this time. A job can change long after its creation, so the
            server reads the whole table: 1.4 s for 914,000 jobs (v0.1.2). To limit this, also give ``since``, for
            example one day earlier, or follow `changes`.
        limit: Maximum number of jobs to return. Default: all.
        among: Number of the newest jobs to look at; defaults to all. It bounds what a search for few jobs costs.
        everyone: Include other people's jobs. Superusers only.
        fields: Keys to return in addition to ``id``. Default: those of `JobRow`.
        expand: Whether ``expand`` contains the id, name and e-mail address of the user and the id and name of the QPU.

    Returns:
        The jobs. ``results`` is None if the server returned the payload in its place.

    Raises:
        SessionRequired: ``everyone`` or ``user`` is given, but not signed in.
        Unauthorized: No session and no API token, or the server rejects the credentials.
        NotFound: No such QPU or user.
        AmbiguousName: Several QPUs or users have this name.
        InvalidValue: No such status, or a value is out of range; nothing was sent.

    Examples:
        >>> client.list_jobs(status=["pending", "running"], qpu="alice", limit=20)
    """
    query = JobQuery(status, qpu, user, since, before, changed_since, limit, among, everyone, fields, expand)
    return cast("list[JobRow]", (yield from everything(ctx, (yield from _pages(ctx, query, plain=query.is_plain)))))


def _pages(ctx: Context, query: JobQuery, *, plain: bool, searched: Searched | None = None) -> Call[Pages]:
    if plain or ctx.session is None:
        return (yield from from_route(ctx, query, plain=plain))
    return (yield from pages_for(ctx, query, searched))


def iter_jobs(
    ctx: Context,
    *,
    status: JobStatus | Sequence[JobStatus] | None = None,
    qpu: str | None = None,
    user: str | None = None,
    since: Moment | None = None,
    before: Moment | None = None,
    changed_since: Moment | None = None,
    limit: int | None = None,
    among: int | None = None,
    everyone: bool = False,
    fields: Sequence[str] | None = None,
    expand: bool = True,
    searched: Callable[[datetime], None] | None = None,
) -> Emitting[JobRow]:
    """Iterate over jobs, newest first. Pages of up to 1,000 jobs are read as needed.

    Jobs come in order of submission. While jobs are created and deleted, no job is returned twice, and every job that
    exists and matches throughout the iteration is returned. Jobs that arrive during the iteration are not.

    Without ``status``, ``qpu``, ``user`` and ``changed_since``, a page costs the server the rows that it returns and
    skips. With them, a server without an index reads every job back to the last match. The search then goes back in
    steps, newest first, and no request reads more than four times as much as the previous one.

    Args:
        status: One status, or a list of accepted ones.
        qpu: Name or id of the target QPU.
        user: Id, e-mail address or name of the owner. Superusers only.
        since: Jobs created at or after this time, as RFC 3339 text with an offset or an aware datetime. Older jobs are
            not read.
        before: Only jobs created before this time. Without other conditions, a few requests for one job each find the
            starting position.
        changed_since: Jobs created or changed at or after this time. Also give ``since`` to limit the search; see
            `list_jobs`.
        limit: Maximum number of jobs to return. Default: all.
        among: Number of the newest jobs to look at; defaults to all. It bounds what a search for few jobs costs.
        everyone: Include other people's jobs. Superusers only.
        fields: Keys to return in addition to ``id``. Default: those of `JobRow`.
        expand: Whether ``expand`` contains the id, name and e-mail address of the user and the id and name of the QPU.
        searched: Called after each step of a search that goes on, and where ``among`` ends it, with the time back to
            which it was searched.

    Returns:
        The jobs, without payload and results unless ``fields`` names them.

    Raises:
        SessionRequired: ``everyone`` or ``user`` is given, but not signed in.
        Unauthorized: No session and no API token, or the server rejects the credentials.
        NotFound: No such QPU or user.
        InvalidValue: No such status, or a value is out of range.

    Examples:
        >>> for job in client.iter_jobs(status="failed"):
        ...     print(job["id"], job["created"])
    """
    query = JobQuery(status, qpu, user, since, before, changed_since, limit, among, everyone, fields, expand)
    pages = yield from _pages(ctx, query, plain=False, searched=searched)
    return cast("list[JobRow]", (yield from emitted(ctx, pages)))


def count_jobs(
    ctx: Context,
    *,
    status: JobStatus | Sequence[JobStatus] | None = None,
    since: Moment | None = None,
    everyone: bool = False,
) -> Call[int]:
    """Return the number of your jobs.

    Counting everybody's jobs is fast (a million in 0.1 s). Counting your own, or with a condition, reads the whole
    table on a server without indexes.

    Args:
        status: One status, or a list of accepted ones.
        since: Jobs created at or after this time, as RFC 3339 text with an offset or an aware datetime.
        everyone: Count other people's jobs too. Superusers only.

    Returns:
        The number of jobs.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired.
        InvalidValue: No such status, or ``since`` is not a valid time; nothing was sent.
    """
    session = ctx.need_session("Counting jobs")
    condition = every(
        None if status is None else either("status", checked_statuses(status)),
        None if since is None else f"created >= {quoted(stored_time(since, 'since'))}",
        own_condition(session, everyone),
    )
    return (yield from count_records(ctx, JOBS, condition))


def cancel_job(ctx: Context, job_id: str) -> Call[Cancelled]:
    """Cancel a pending or running job.

    The server does not notify the driver: a running job may still complete, and is then charged (observed on v0.0.42
    and v0.1.2).

    Args:
        job_id: Id of the job. Superusers may cancel any job.

    Returns:
        ``{"status": "cancelled"}``.

    Raises:
        NotFound: No such job, it has finished, or it is not yours.
        Unauthorized: No session and no API token, or the server rejects the credentials.
    """
    request = Request("POST", f"/api/jobs/{part(job_id)}/cancel")
    try:
        return (yield from fetch_as(Cancelled, ctx, request))
    except NotFound as error:
        session = ctx.session
        if session is not None and session.is_superuser:
            return (yield from _cancel_record(ctx, job_id, error))
        if request.tries > 1 and (yield from get_job(ctx, job_id, results=False)).get("status") == "cancelled":
            # The first attempt succeeded; its answer was lost.
            return {"status": "cancelled"}
        raise


def _cancel_record(ctx: Context, job_id: str, refused: NotFound) -> Call[Cancelled]:
    job = yield from _record(ctx, job_id, results=False)
    if job.get("status") not in ACTIVE_STATUSES:
        raise refused
    body: Cancelled = {"status": "cancelled"}
    path, query, repeat = records(JOBS, job_id), {"fields": "id,status"}, may_repeat(JOBS, body)
    yield from fetch_dict(ctx, Request("PATCH", path, json=body, query=query, repeat=repeat, session="needed"))
    return body
