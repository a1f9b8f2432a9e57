"""Read a user's ledger: recent jobs, requests, and this machine's audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.resources import jobs, requests
from qpi_tui.rows.ledger import Ledger, ledger_of

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient, User

MOST = 2000
"""Number of newest jobs to read."""
FIELDS = ("user_id", "qpu_target", "status", "created", "updated", "finished_at", "duration")


async def read_ledger(client: AsyncQPIClient, user: str, since: datetime, lines: Iterable[Mapping[str, Any]]) -> Ledger:
    """Return the ledger of a user, as an administrator sees it; `lines` are those of the audit log."""
    found = await client.list_jobs(user=user, since=since, status=CHARGED_STATUSES, fields=FIELDS, limit=MOST)
    asked = await client.list_time_requests(user=user)
    return ledger_from(await client.get_user(user), found, asked, lines, since)


def ledger_from(
    user: User,
    found: Sequence[Mapping[str, Any]],
    asked: Sequence[Mapping[str, Any]],
    lines: Iterable[Mapping[str, Any]],
    since: datetime,
) -> Ledger:
    """Return the ledger from the data. With more jobs than are read, it starts at the oldest of them."""
    rows = jobs.RESOURCE.decode_all(found)
    cut = len(rows) >= MOST
    oldest = min((made for row in rows if (made := row.created_at) is not None), default=since)
    return ledger_of(
        float(user.get("qpu_seconds") or 0.0),
        rows,
        requests.RESOURCE.decode_all(asked),
        lines,
        user["id"],
        max(oldest, since) if cut else since,
        jobs_read=len(rows) if cut else 0,
    )
