"""Jobs: listed, read with their results, counted, cancelled. `submission` and `waiting` hold the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from qpi_client.calls.collections import total_of
from qpi_client.calls.job_queries import JOBS, JobQuery, checked_statuses, echoes, own_condition, pages_for
from qpi_client.calls.job_route import from_route
from qpi_client.calls.job_search import Searched
from qpi_client.calls.typed import fetch_as
from qpi_client.checks import Moment, either, every, part, quoted, stored_time
from qpi_client.context import Context
from qpi_client.errors import NotFound, ResultsUnavailable
from qpi_client.exchange import fetch_dict, get, records
from qpi_client.job_fields import ACTIVE_STATUSES, ROW
from qpi_client.paging import Pages, emitted, everything
from qpi_client.records import JOB_STATUSES, Cancelled, Job, JobRow, JobStatus, Record
from qpi_client.steps import Call, Emitting, Request

STATUSES = JOB_STATUSES


def get_job(ctx: Context, job_id: str, *, results: bool = True) -> Call[Job]:
    """Return one job with its results.

    The server's own route returns the payload in place of the results. The results are then read from the job's record,
    which takes a session: an API token does not open it.

    Args:
        job_id: Id of the job.
        results: Whether to read the results. False asks for the job alone, which an API token opens at any time.

    Returns:
        The job. ``results`` is None while there are none, and with ``results=False``.

    Raises:
        NotFound: There is no such job, or it is not yours. Superusers see everybody's.
        ResultsUnavailable: The job is over, and only an API token is there; ``record`` is the job without results.
        Unauthorized: Neither a session nor an API token is there, or the server does not accept it.

    Examples:
        >>> job = client.get_job(job_id)
        >>> if job["status"] == "completed":
        ...     print(job["results"]["counts"])
    """
    return cast("Job", (yield from _job(ctx, job_id, results)))


def _job(ctx: Context, job_id: str, results: bool) -> Call[Record]:
    session = ctx.session
    if session is not None and session.is_superuser:
        # The route shows a superuser only what it submitted itself.
        return (yield from _record(ctx, job_id, results))
    job = yield from fetch_dict(ctx, get(f"/api/jobs/{part(job_id)}"))
    if not results:
        return {**job, "results": None}
    if not echoes(job):
        return job
    if job.get("status") in ("completed", "failed"):
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

    Without arguments these are all of your own jobs with their payloads, as the server's own route returns them.
    With any argument they come without payload and results, unless ``fields`` names those.

    The order and what is guaranteed while jobs arrive and vanish are those of `iter_jobs`.

    With only an API token, the server's route is read in pages of 1,000 and more. It knows no filters: they are applied
    here.

    Args:
        status: One status, or several of which a job has any: "pending", "running", "completed", "failed", "cancelled".
        qpu: Name or id of the QPU that the jobs are for.
        user: Id, e-mail address or name of the owner. Superusers only.
        since: Jobs created at this time or later; RFC 3339 text with an offset, or an aware datetime. Nothing older is
            read.
        before: Only jobs created before this time. Without a condition, its place in the table is found with a few
            requests for one job each.
        changed_since: Jobs created or changed at this time or later. A job can change long after it was created, so the
            server reads all of them: 1.4 s for 914,000 jobs (v0.1.2). Give ``since`` too, such as a day before, and
            only jobs created since then are read; or follow `changes`.
        limit: Largest number of jobs to return; defaults to all.
        among: Number of the newest jobs to look at; defaults to all. It bounds what a search for few jobs costs.
        everyone: Include other people's jobs. Superusers only.
        fields: Keys to return, beside ``id``; defaults to those of `JobRow`.
        expand: Whether ``expand`` holds the id, name and e-mail address of the user and the id and name of the QPU.

    Returns:
        The jobs. ``results`` is None where the server returned the payload in its place.

    Raises:
        SessionRequired: ``everyone`` or ``user`` is given and nobody is signed in.
        Unauthorized: Neither a session nor an API token is there, or the server does not accept it.
        NotFound: There is no such QPU or user.
        AmbiguousName: Several QPUs or users have this name.
        InvalidValue: There is no such status, or a value is out of range; nothing was sent.

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
    """Iterate over jobs, newest first, reading up to 1,000 at a time as they are needed.

    The order is that of the table, which is the order of submission. While jobs arrive and vanish, no job comes twice,
    and none is left out that exists, and meets the conditions, all the time. A job that arrives meanwhile does not
    come.

    Without ``status``, ``qpu``, ``user`` and ``changed_since`` a page costs the server what it gives and steps over.
    With them, a server whose table has no index reads every job back to the last one that is found: the search goes
    back in steps, newest first, so that no request reads more than four times as much as the one before.

    Args:
        status: One status, or several of which a job has any.
        qpu: Name or id of the QPU that the jobs are for.
        user: Id, e-mail address or name of the owner. Superusers only.
        since: Jobs created at this time or later; RFC 3339 text with an offset, or an aware datetime. Nothing older is
            read.
        before: Only jobs created before this time. Without a condition, its place in the table is found with a few
            requests for one job each.
        changed_since: Jobs created or changed at this time or later. Give ``since`` too to limit the search, as for
            `list_jobs`.
        limit: Largest number of jobs to return; defaults to all.
        among: Number of the newest jobs to look at; defaults to all. It bounds what a search for few jobs costs.
        everyone: Include other people's jobs. Superusers only.
        fields: Keys to return, beside ``id``; defaults to those of `JobRow`.
        expand: Whether ``expand`` holds the id, name and e-mail address of the user and the id and name of the QPU.
        searched: Called after each step of a search that goes on, and where ``among`` ends it, with the time back to
            which it was searched.

    Returns:
        The jobs, without payload and results unless ``fields`` names those.

    Raises:
        SessionRequired: ``everyone`` or ``user`` is given and nobody is signed in.
        Unauthorized: Neither a session nor an API token is there, or the server does not accept it.
        NotFound: There is no such QPU or user.
        InvalidValue: There is no such status, or a value is out of range.

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
    """Return how many jobs you have.

    Everybody's are counted quickly (a million in 0.1 s). Counting your own, or with a condition, reads the whole table
    on a server without indexes.

    Args:
        status: One status, or several of which a job has any.
        since: Jobs created at this time or later; RFC 3339 text with an offset, or an aware datetime.
        everyone: Count other people's jobs too. Superusers only.

    Returns:
        The number of jobs.

    Raises:
        SessionRequired: Nobody is signed in.
        SessionExpired: The session is over.
        InvalidValue: There is no such status, or ``since`` is no time; nothing was sent.
    """
    session = ctx.need_session("Counting jobs")
    # By the table's own order the one record that comes along costs nothing.
    query: Record = {"page": 1, "perPage": 1, "fields": "id", "sort": "@rowid"}
    condition = every(
        None if status is None else either("status", checked_statuses(status)),
        None if since is None else f"created >= {quoted(stored_time(since, 'since'))}",
        own_condition(session, everyone),
    )
    if condition:
        query["filter"] = condition
    answer = yield from fetch_dict(ctx, get(records(JOBS), query=query, session="needed"))
    return total_of(answer, "jobs")


def cancel_job(ctx: Context, job_id: str) -> Call[Cancelled]:
    """Cancel a job that is pending or running.

    The driver is not told: a job that was running may still come back completed, and is then charged (observed on
    v0.0.42 and v0.1.2).

    Args:
        job_id: Id of the job. Superusers may cancel anybody's.

    Returns:
        ``{"status": "cancelled"}``.

    Raises:
        NotFound: There is no such job, it is over, or it is not yours.
        Unauthorized: Neither a session nor an API token is there, or the server does not accept it.
    """
    request = Request("POST", f"/api/jobs/{part(job_id)}/cancel")
    try:
        return (yield from fetch_as(Cancelled, ctx, request))
    except NotFound as error:
        session = ctx.session
        if session is not None and session.is_superuser:
            return (yield from _cancel_record(ctx, job_id, error))
        if request.tries > 1 and (yield from get_job(ctx, job_id, results=False)).get("status") == "cancelled":
            # The first try did it; its answer was lost.
            return {"status": "cancelled"}
        raise


def _cancel_record(ctx: Context, job_id: str, refused: NotFound) -> Call[Cancelled]:
    job = yield from _record(ctx, job_id, results=False)
    if job.get("status") not in ACTIVE_STATUSES:
        raise refused
    body: Cancelled = {"status": "cancelled"}
    yield from fetch_dict(
        ctx,
        Request("PATCH", records(JOBS, job_id), json=body, query={"fields": "id,status"}, session="needed"),
    )
    return body
