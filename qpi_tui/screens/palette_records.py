"""What the palette finds besides actions: every QPU, user and job that this person may see, by id or name."""

from __future__ import annotations

import asyncio
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import age
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.session.connection import Connection

PREFIX = "record:"
# So many of the newest jobs; an older one is found on the jobs' own screen.
JOBS = 500


async def findable(connection: Connection) -> list[dict[str, Any]]:
    """Offers for the palette. A list that cannot be read is left out: the palette is no place for its error."""
    admin = connection.role is Role.ADMIN
    client = connection.client
    reads: list[Any] = [client.list_all_qpus()]
    makers = [_qpu]
    if admin:
        reads.append(client.list_users(fields=("id", "email", "name", "qpu_seconds")))
        makers.append(_user)
    fields = ("id", "status", "created", "qpu_target")
    reads.append(client.list_jobs(limit=JOBS, everyone=admin, fields=fields))
    makers.append(_job)
    answers = await asyncio.gather(*reads, return_exceptions=True)
    return [
        make(record)
        for make, answer in zip(makers, answers, strict=True)
        if isinstance(answer, list)
        for record in answer
    ]


def target(id: str) -> tuple[str, str]:
    """The screen and the record of an offer's id."""
    place, _, record = id.removeprefix(PREFIX).partition(":")
    return place, record


def _offer(place: str, record: dict[str, Any], what: str) -> dict[str, Any]:
    return {"id": f"{PREFIX}{place}:{record['id']}", "what": clean(what, 120), "area": place, "key": ""}


def _qpu(record: dict[str, Any]) -> dict[str, Any]:
    return _offer("qpus", record, f"QPU {record.get('name') or record['id']}")


def _user(record: dict[str, Any]) -> dict[str, Any]:
    name = f", {record['name']}" if record.get("name") else ""
    return _offer("users", record, f"{facts.user_name(record)}{name}")


def _job(record: dict[str, Any]) -> dict[str, Any]:
    qpu = facts.expanded(record, "qpu_target").get("name") or ""
    when = age(record.get("created"))
    said = " ".join(part for part in (str(record.get("status") or ""), f"on {qpu}" if qpu else "", when) if part)
    return _offer("jobs", record, f"job {record['id']}  {said}")
