"""Which jobs to list, as a filter for their collection, or applied here to what the server's own route returns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qpi_client import decoding
from qpi_client.calls.qpus import id_of, rows
from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, either, every, moment, one_of, quoted, stored_time, whole
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch, get
from qpi_client.job_fields import RELATED, ROW, expanded
from qpi_client.paging import Pager
from qpi_client.records import JOB_STATUSES, Record
from qpi_client.session import Session
from qpi_client.steps import Call

JOBS = "quantum_jobs"
_NAMES = expanded(RELATED)


@dataclass(frozen=True, slots=True)
class JobQuery:
    """The arguments of `list_jobs`."""

    status: str | Sequence[str] | None
    qpu: str | None
    user: str | None
    since: Moment | None
    changed_since: Moment | None
    limit: int | None
    everyone: bool
    fields: Sequence[str] | None
    expand: bool

    @property
    def is_plain(self) -> bool:
        """Whether nothing was asked for in particular."""
        asked = (self.status, self.qpu, self.user, self.since, self.changed_since, self.limit, self.fields)
        return not self.everyone and self.expand and all(value is None for value in asked)

    @property
    def most(self) -> int | None:
        """The largest number of jobs, checked."""
        return None if self.limit is None else whole(self.limit, "limit", 0, 10_000_000)


def echoes(job: Record) -> bool:
    """Whether what stands for the results is the payload."""
    return job.get("results") is not None and job.get("results") == job.get("payload")


def own_condition(session: Session, everyone: bool) -> str | None:
    """What finds a superuser's own jobs, which belong to a hidden user of its address; users see no others anyway."""
    return f"user_id.email = {quoted(session.identity)}" if session.is_superuser and not everyone else None


def checked_statuses(status: str | Iterable[str]) -> list[str]:
    """One status or several, as a list of known ones."""
    wanted = [status] if isinstance(status, str) else list(status)
    for word in wanted:
        one_of(word, "The status", JOB_STATUSES)
    if not wanted:
        raise InvalidValue("The list of statuses is empty.")
    return wanted


def pager_for(ctx: Context, query: JobQuery) -> Call[Pager]:
    """A pager over the jobs' collection."""
    session = ctx.need_session("Listing jobs")
    conditions: list[str | None] = []
    if query.status is not None:
        conditions.append(either("status", checked_statuses(query.status)))
    if query.qpu is not None:
        conditions.append(f"qpu_target = {quoted((yield from id_of(ctx, query.qpu)))}")
    if query.since is not None:
        conditions.append(f"created >= {quoted(stored_time(query.since, 'since'))}")
    if query.changed_since is not None:
        conditions.append(f"updated >= {quoted(stored_time(query.changed_since, 'changed_since'))}")
    if query.user is not None:
        conditions.append(f"user_id = {quoted((yield from user_id(ctx, query.user)))}")
    else:
        conditions.append(own_condition(session, query.everyone))
    shown = list(ROW if query.fields is None else query.fields)
    return Pager(
        JOBS,
        by="-created",
        filter=every(*conditions),
        fields=[*shown, *_NAMES] if query.expand else shown,
        expand="user_id,qpu_target" if query.expand else None,
        limit=query.most,
        large=decoding.job_pages() if set(shown) <= set(ROW) else None,
    )


def from_route(ctx: Context, query: JobQuery, *, plain: bool | None = None) -> Call[list[Record]]:
    """Own jobs by the route that API tokens open; it knows no filters."""
    if query.everyone or query.user is not None:
        ctx.need_session("Listing other people's jobs")
    plain = query.is_plain if plain is None else plain
    statuses = None if query.status is None else checked_statuses(query.status)
    target = None if query.qpu is None else (yield from id_of(ctx, query.qpu))
    most = query.most
    sent: Record | None = None
    if most is not None and all(value is None for value in (statuses, target, query.since, query.changed_since)):
        sent = {"limit": most, "sort": "-created"}
        if most == 0:
            return []
    shown = None if plain else list(ROW if query.fields is None else dict.fromkeys(["id", *query.fields]))
    large = decoding.job_pages() if shown is not None and set(shown) <= set(ROW) else None
    found = rows((yield from fetch(ctx, get("/api/jobs", query=sent), large)), "jobs")
    if shown is None:
        return [{**job, "results": None} if echoes(job) else job for job in found]
    begin = None if query.since is None else moment(query.since, "since")
    changed = None if query.changed_since is None else moment(query.changed_since, "changed_since")
    kept = [
        job
        for job in found
        if (statuses is None or job.get("status") in statuses)
        and (target is None or job.get("qpu_target") == target)
        and (begin is None or _at_or_after(job, "created", begin))
        and (changed is None or _at_or_after(job, "updated", changed))
    ]
    return [{name: _field(job, name) for name in shown if name in job} for job in kept[:most]]


def _at_or_after(job: Record, field: str, begin: datetime) -> bool:
    try:
        return moment(job.get(field), field) >= begin
    except InvalidValue:
        return True


def _field(job: Record, name: str) -> Any:
    return None if name == "results" and echoes(job) else job[name]
