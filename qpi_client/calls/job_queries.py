"""Build the filter for a job list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qpi_client import decoding
from qpi_client.calls.job_search import JOBS as JOBS
from qpi_client.calls.job_search import JobSearch, Searched
from qpi_client.calls.qpus import id_of
from qpi_client.calls.users import user_id
from qpi_client.checks import Moment, either, every, one_of, quoted, stored_time, whole
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.job_fields import RELATED, ROW, expanded
from qpi_client.records import JOB_STATUSES, Record
from qpi_client.session import Session
from qpi_client.steps import Call

_NAMES = expanded(RELATED)


class JobQuery(NamedTuple):
    """The arguments of `list_jobs`."""

    status: str | Sequence[str] | None
    qpu: str | None
    user: str | None
    since: Moment | None
    before: Moment | None
    changed_since: Moment | None
    limit: int | None
    among: int | None
    everyone: bool
    fields: Sequence[str] | None
    expand: bool

    @property
    def is_plain(self) -> bool:
        """Whether all arguments have their defaults."""
        times = (self.since, self.before, self.changed_since)
        asked = (self.status, self.qpu, self.user, *times, self.limit, self.among, self.fields)
        return not self.everyone and self.expand and all(value is None for value in asked)

    @property
    def most(self) -> int | None:
        """The validated maximum number of jobs."""
        return None if self.limit is None else whole(self.limit, "limit", 0, 10_000_000)

    @property
    def reach(self) -> int | None:
        """Return the number of jobs to search, checked."""
        return None if self.among is None else whole(self.among, "among", 1, 1_000_000_000)


def echoes(job: Record) -> bool:
    """Whether the server returns the payload in place of the results."""
    return job.get("results") is not None and job.get("results") == job.get("payload")


def own_condition(session: Session, everyone: bool) -> str | None:
    """Return the filter for a superuser's own jobs, which belong to a hidden user with the same address."""
    return f"user_id.email = {quoted(session.identity)}" if session.is_superuser and not everyone else None


def checked_statuses(status: str | Iterable[str]) -> list[str]:
    """Validate one status or several, and return them as a list."""
    wanted = [status] if isinstance(status, str) else list(status)
    for word in wanted:
        one_of(word, "The status", JOB_STATUSES)
    if not wanted:
        raise InvalidValue("The list of statuses is empty.")
    return wanted


def conditions(ctx: Context, query: JobQuery) -> Call[str | None]:
    """Return the filter apart from the creation time; None if there is none."""
    session = ctx.need_session("Listing jobs")
    found: list[str | None] = []
    if query.status is not None:
        found.append(either("status", checked_statuses(query.status)))
    if query.qpu is not None:
        found.append(f"qpu_target = {quoted((yield from id_of(ctx, query.qpu)))}")
    if query.changed_since is not None:
        found.append(f"updated >= {quoted(stored_time(query.changed_since, 'changed_since'))}")
    if query.user is not None:
        found.append(f"user_id = {quoted((yield from user_id(ctx, query.user)))}")
    else:
        found.append(own_condition(session, query.everyone))
    return every(*found)


def pages_for(ctx: Context, query: JobQuery, searched: Searched | None = None) -> Call[JobSearch]:
    """Return the jobs of the collection in pages, newest first."""
    condition = yield from conditions(ctx, query)
    shown = list(ROW if query.fields is None else query.fields)
    return JobSearch(
        condition,
        since=None if query.since is None else stored_time(query.since, "since"),
        before=None if query.before is None else stored_time(query.before, "before"),
        fields=[*shown, *_NAMES] if query.expand else shown,
        expand="user_id,qpu_target" if query.expand else None,
        limit=query.most,
        among=query.reach,
        large=decoding.job_pages() if set(shown) <= set(ROW) else None,
        searched=searched,
    )
