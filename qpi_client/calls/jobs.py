"""Jobs: listed, read with their true results, cancelled. How they are submitted and waited for is beside this."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from qpi_client import decoding
from qpi_client.calls.qpus import id_of, rows
from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, either, every, moment, one_of, part, quoted, stored_time, whole
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotFound, ProtocolError, ResultsUnavailable
from qpi_client.exchange import fetch, fetch_dict, get, records
from qpi_client.paging import Pager, emitted, everything
from qpi_client.records import Record
from qpi_client.session import Session
from qpi_client.steps import Call, Emit, Emitting, Request

JOBS = "quantum_jobs"
STATUSES = ("pending", "running", "completed", "failed", "cancelled")
FINAL = frozenset({"completed", "failed", "cancelled"})
ROW = ("id", "user_id", "qpu_target", "status", "created", "updated", "finished_at", "duration")
_NAMES = (
    "expand.user_id.id",
    "expand.user_id.name",
    "expand.user_id.email",
    "expand.qpu_target.id",
    "expand.qpu_target.name",
)


def get_job(ctx: Context, job_id: str, *, results: bool = True) -> Call[Record]:
    """One job with its true results; None in `results` while it has none.

    The server's route puts the payload in their place: then the record is read, which needs somebody signed in. With
    only an API token a job that is over raises `ResultsUnavailable`, whose `record` is the job; `results=False` asks
    for the job without them.
    """
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
                f"Job {job_id} is {job['status']}, but this server gives results only to somebody signed in, "
                "not to an API token: call auth_with_password.",
                {**job, "results": None},
            )
        return (yield from _record(ctx, job_id, results))
    return {**job, "results": None}


def _record(ctx: Context, job_id: str, results: bool) -> Call[Record]:
    query = None if results else {"fields": ",".join((*ROW, "payload"))}
    job = yield from fetch_dict(ctx, get(records(JOBS, job_id), query=query, session="needed"))
    return job if results else {**job, "results": None}


def echoes(job: Record) -> bool:
    """Whether what stands for the results is the payload."""
    return job.get("results") is not None and job.get("results") == job.get("payload")


def list_jobs(
    ctx: Context,
    *,
    status: str | Sequence[str] | None = None,
    qpu: str | None = None,
    user: str | None = None,
    since: Moment | None = None,
    changed_since: Moment | None = None,
    limit: int | None = None,
    everyone: bool = False,
    fields: Sequence[str] | None = None,
    expand: bool = True,
) -> Call[list[Record]]:
    """Jobs, newest first. Without arguments all of your own, whole but for their results.

    With any argument they come without payload and results (`fields` says otherwise), with the names of user and QPU in
    `expand`. `status`: one or several; `qpu`: name or id; `since`: created at this moment or later; `changed_since`:
    created or changed then. `everyone` and `user` (id, e-mail address or name): other people's, for superusers.
    """
    arguments = (status, qpu, user, since, changed_since, limit, fields)
    plain = not everyone and expand and all(value is None for value in arguments)
    if plain or ctx.session is None:
        _own_only(ctx, everyone, user)
        wanted = None if status is None else checked_statuses(status)
        target = None if qpu is None else (yield from id_of(ctx, qpu))
        return (yield from _from_route(ctx, plain, wanted, target, since, limit, fields, changed_since))
    pager = yield from _pager(ctx, status, qpu, user, since, limit, everyone, fields, expand, changed_since)
    return (yield from everything(ctx, pager))


def iter_jobs(
    ctx: Context,
    *,
    status: str | Sequence[str] | None = None,
    qpu: str | None = None,
    user: str | None = None,
    since: Moment | None = None,
    limit: int | None = None,
    everyone: bool = False,
    fields: Sequence[str] | None = None,
    expand: bool = True,
) -> Emitting[Record]:
    """As `list_jobs` with arguments, page by page as they are needed."""
    if ctx.session is None:
        _own_only(ctx, everyone, user)
        wanted = None if status is None else checked_statuses(status)
        target = None if qpu is None else (yield from id_of(ctx, qpu))
        yield Emit((yield from _from_route(ctx, False, wanted, target, since, limit, fields)))
        return []
    pager = yield from _pager(ctx, status, qpu, user, since, limit, everyone, fields, expand)
    return (yield from emitted(ctx, pager))


def count_jobs(ctx: Context, *, everyone: bool = False) -> Call[int]:
    """How many jobs you have; `everyone`: all there are, for superusers. Needs somebody signed in."""
    session = ctx.need_session("Counting jobs")
    query: Record = {"page": 1, "perPage": 1, "fields": "id"}
    if condition := _theirs(session, everyone):
        query["filter"] = condition
    answer = yield from fetch_dict(ctx, get(records(JOBS), query=query, session="needed"))
    total = answer.get("totalItems")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise ProtocolError("The server does not say how many jobs there are.")
    return total


def _theirs(session: Session, everyone: bool) -> str | None:
    """What finds a superuser's own jobs, which belong to a hidden user of its address. Users see no others anyway."""
    return f"user_id.email = {quoted(session.identity)}" if session.is_superuser and not everyone else None


def _own_only(ctx: Context, everyone: bool, user: str | None) -> None:
    if everyone or user is not None:
        ctx.need_session("Listing other people's jobs")


def checked_statuses(status: str | Iterable[str]) -> list[str]:
    """One status or several, as a list of known ones."""
    wanted = [status] if isinstance(status, str) else list(status)
    for word in wanted:
        one_of(word, "The status", STATUSES)
    if not wanted:
        raise InvalidValue("The list of statuses is empty: no job has none of them.")
    return wanted


def _pager(
    ctx: Context,
    status: str | Sequence[str] | None,
    qpu: str | None,
    user: str | None,
    since: Moment | None,
    limit: int | None,
    everyone: bool,
    fields: Sequence[str] | None,
    expand: bool,
    changed_since: Moment | None = None,
) -> Call[Pager]:
    session = ctx.need_session("Listing jobs")
    conditions: list[str | None] = []
    if status is not None:
        conditions.append(either("status", checked_statuses(status)))
    if qpu is not None:
        conditions.append(f"qpu_target = {quoted((yield from id_of(ctx, qpu)))}")
    if since is not None:
        conditions.append(f"created >= {quoted(stored_time(since, 'since'))}")
    if changed_since is not None:
        conditions.append(f"updated >= {quoted(stored_time(changed_since, 'changed_since'))}")
    if user is not None:
        conditions.append(f"user_id = {quoted((yield from user_id(ctx, user)))}")
    else:
        conditions.append(_theirs(session, everyone))
    shown = list(ROW if fields is None else fields)
    return Pager(
        JOBS,
        by="-created",
        filter=every(*conditions),
        fields=[*shown, *_NAMES] if expand else shown,
        expand="user_id,qpu_target" if expand else None,
        limit=None if limit is None else whole(limit, "limit", 0, 10_000_000),
        large=decoding.job_pages() if set(shown) <= set(ROW) else None,
    )


def _from_route(
    ctx: Context,
    plain: bool,
    statuses: Sequence[str] | None,
    target: str | None,
    since: Moment | None,
    limit: int | None,
    fields: Sequence[str] | None,
    changed_since: Moment | None = None,
) -> Call[list[Record]]:
    """Own jobs by the route that API tokens open; it knows no filters."""
    most = None if limit is None else whole(limit, "limit", 0, 10_000_000)
    query: Record | None = None
    if most is not None and all(value is None for value in (statuses, target, since, changed_since)):
        query = {"limit": most, "sort": "-created"}
        if most == 0:
            return []
    shown = None if plain else list(ROW if fields is None else dict.fromkeys(["id", *fields]))
    large = decoding.job_pages() if shown is not None and set(shown) <= set(ROW) else None
    found = rows((yield from fetch(ctx, get("/api/jobs", query=query), large)), "jobs")
    if plain:
        return [{**job, "results": None} if echoes(job) else job for job in found]
    begin = None if since is None else moment(since, "since")
    changed = None if changed_since is None else moment(changed_since, "changed_since")
    kept = [
        job
        for job in found
        if (statuses is None or job.get("status") in statuses)
        and (target is None or job.get("qpu_target") == target)
        and (begin is None or _at_or_after(job, "created", begin))
        and (changed is None or _at_or_after(job, "updated", changed))
    ]
    if shown is None:
        return kept[:most]
    return [{name: _field(job, name) for name in shown if name in job} for job in kept[:most]]


def _at_or_after(job: Record, field: str, begin: datetime) -> bool:
    try:
        return moment(job.get(field), field) >= begin
    except InvalidValue:
        return True


def _field(job: Record, name: str) -> Any:
    return None if name == "results" and echoes(job) else job[name]


def cancel_job(ctx: Context, job_id: str) -> Call[Record]:
    """Cancel a job that is pending or running: `{"status": "cancelled"}`. `NotFound` if it is over, or not yours.

    Superusers cancel anybody's. A device is not told: a running job may still come back completed, and charged.
    """
    request = Request("POST", f"/api/jobs/{part(job_id)}/cancel")
    try:
        return (yield from fetch_dict(ctx, request))
    except NotFound as error:
        session = ctx.session
        if session is not None and session.is_superuser:
            return (yield from _cancel_record(ctx, job_id, error))
        if request.tries > 1 and (yield from get_job(ctx, job_id, results=False)).get("status") == "cancelled":
            # The first try did it; its answer was lost.
            return {"status": "cancelled"}
        raise


def _cancel_record(ctx: Context, job_id: str, refused: NotFound) -> Call[Record]:
    job = yield from _record(ctx, job_id, results=False)
    if job.get("status") not in ("pending", "running"):
        raise refused
    body = {"status": "cancelled"}
    yield from fetch_dict(
        ctx,
        Request("PATCH", records(JOBS, job_id), json=body, query={"fields": "id,status"}, session="needed"),
    )
    return body
