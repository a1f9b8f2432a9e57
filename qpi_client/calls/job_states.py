"""Read the states of many jobs in few requests."""

from __future__ import annotations

from contextlib import suppress

from qpi_client.calls.job_queries import JOBS
from qpi_client.calls.jobs import get_job
from qpi_client.calls.qpus import rows
from qpi_client.checks import either
from qpi_client.context import Context
from qpi_client.errors import APIError, BadRequest, QPIError, Unauthorized
from qpi_client.exchange import fetch, fetch_dict, get, records
from qpi_client.job_fields import ROW
from qpi_client.records import Record
from qpi_client.steps import Call

# PocketBase's limit of conditions in a filter.
_BATCH = 100
# Jobs that are missing in a list are read one by one, at most this many at a time; the rest follow in the next round.
_SINGLY = 20
# With an API token, the newest own jobs are read: maximum number of pages, and page size.
_PAGES, _PAGE = 5, 200


def job_states(ctx: Context, ids: list[str]) -> Call[dict[str, Record | QPIError]]:
    """Read the states of jobs. Return each job's record without results, or the error for it.

    Ids that are missing in the result were not read this time.
    """
    found: dict[str, Record | QPIError] = {}
    if len(ids) > 1:
        listed = _by_filter(ctx, ids) if ctx.session is not None else _newest(ctx, ids)
        # If a server rejects the list, each job is read by itself.
        with suppress(BadRequest):
            found.update((yield from listed))
    for job_id in [one for one in ids if one not in found][:_SINGLY]:
        found[job_id] = yield from _single(ctx, job_id)
    return found


def _single(ctx: Context, job_id: str) -> Call[Record | QPIError]:
    try:
        if ctx.session is None:
            return dict((yield from get_job(ctx, job_id, results=False)))
        query = {"fields": ",".join(ROW)}
        return (yield from fetch_dict(ctx, get(records(JOBS, job_id), query=query, session="needed")))
    except APIError as error:
        # The error concerns this job only.
        if error.status in (400, 403, 404) and not isinstance(error, Unauthorized):
            return error
        raise


def _by_filter(ctx: Context, ids: list[str]) -> Call[dict[str, Record]]:
    found: dict[str, Record] = {}
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        query = {"perPage": _BATCH, "skipTotal": 1, "filter": either("id", batch), "fields": ",".join(ROW)}
        answer = yield from fetch(ctx, get(records(JOBS), query=query, session="needed"))
        found.update(_wanted(rows(answer, "items"), batch))
    return found


def _newest(ctx: Context, ids: list[str]) -> Call[dict[str, Record]]:
    found: dict[str, Record] = {}
    for number in range(_PAGES):
        query = {"limit": _PAGE, "skip": number * _PAGE, "sort": "-@rowid"}
        page = rows((yield from fetch(ctx, get("/api/jobs", query=query))), "jobs")
        found.update(_wanted(({**job, "results": None} for job in page), ids))
        if len(page) < _PAGE or len(found) == len(ids):
            break
    return found


def _wanted(jobs: object, ids: list[str]) -> dict[str, Record]:
    wanted = set(ids)
    return {job["id"]: job for job in jobs if job.get("id") in wanted}  # type: ignore[attr-defined]  # iterable records
