"""Reads what somebody's jobs cost."""

from __future__ import annotations

from datetime import datetime, timedelta

from qpi_tui.live.reads import read_rows
from qpi_tui.resources import jobs
from qpi_tui.rows.usage import MOST_JOBS, Month, month_of, month_start
from qpi_tui.session.connection import Connection

_FIELDS = ("status", "duration", "finished_at", "created")
# A job of the end of last month may have ended in this one.
_BEFORE = timedelta(days=2)


async def read_use(connection: Connection, user: str, since: datetime) -> Month:
    """Ask, as an admin, for what a user's jobs cost since then; of more than `MOST_JOBS` the newest count."""
    found = await read_rows(
        connection.client,
        jobs.RESOURCE,
        user=user,
        since=since - _BEFORE,
        status=("completed", "failed"),
        fields=_FIELDS,
        expand=False,
        limit=MOST_JOBS,
    )
    return month_of(found, since)


async def read_month(connection: Connection) -> Month:
    """Ask for this month's own jobs."""
    start = month_start()
    found = await read_rows(
        connection.client,
        jobs.RESOURCE,
        since=start - _BEFORE,
        status=("completed", "failed"),
        fields=_FIELDS,
        expand=False,
    )
    return month_of(found, start)
