"""Deleting jobs."""

from __future__ import annotations

from qpi_client.calls.job_queries import JOBS
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotFound
from qpi_client.exchange import fetch_dict, get, records, remove
from qpi_client.steps import Call


def delete_job(ctx: Context, job_id: str) -> Call[None]:
    """Delete a finished job and its results. Superusers only.

    Running jobs are not deleted: the driver would go on working, and its result would be discarded.

    Args:
        job_id: Id of the job.

    Raises:
        SessionRequired: Not signed in.
        NotFound: No such job.
        Forbidden: The account is not a superuser.
        InvalidValue: The job is running. It was not deleted.
    """
    ctx.need_session("Deleting a job")
    query = {"fields": "id,status"}
    try:
        job = yield from fetch_dict(ctx, get(records(JOBS, job_id), query=query, session="needed"))
    except NotFound:
        raise NotFound(404, f"There is no job {job_id!r}, or you may not see it") from None
    if job.get("status") == "running":
        raise InvalidValue(f"Job {job_id} is running. Cancel it, or wait until it ends. Nothing was deleted.")
    yield from remove(ctx, JOBS, job_id)
