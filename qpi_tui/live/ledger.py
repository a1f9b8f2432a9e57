"""Read a user's ledger: recent jobs, requests, and this machine's audit log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.resources import jobs, requests
from qpi_tui.rows.ledger import Ledger, ledger_of

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient

MOST = 2000
"""So many of the newest jobs are read."""
FIELDS = ("user_id", "qpu_target", "status", "created", "updated", "finished_at", "duration")


async def read_ledger(client: AsyncQPIClient, user: str, since: datetime, lines: list[Any]) -> Ledger:
    """The ledger of a user, as an administrator sees it; `lines` are those of the audit log."""
    found = await client.list_jobs(user=user, since=since, status=CHARGED_STATUSES, fields=FIELDS, limit=MOST)
    asked = await client.list_time_requests(user=user)
    record = await client.get_user(user)
    return ledger_of(
        float(record.get("qpu_seconds") or 0.0),
        jobs.RESOURCE.decode_all(found),
        requests.RESOURCE.decode_all(asked),
        lines,
        user,
        since,
    )
