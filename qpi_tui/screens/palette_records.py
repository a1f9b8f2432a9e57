"""The records that the palette finds: every QPU, user and job that this person may see, by id or name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.clock import age
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.live.reads import WHOLE
from qpi_tui.session.connection import Connection

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.rows.users import UserRow

PREFIX = "record:"
# So many of the newest jobs; an older one is found on the jobs' own screen.
JOBS = 500


@dataclass(frozen=True)
class Offer:
    """Something to pick in the palette: an action, another server or a record. `area` is where it is done."""

    id: str
    what: str
    area: str
    key: str = ""


async def findable(connection: Connection) -> list[Offer]:
    """Offers for the palette. A list that cannot be read is left out: the palette is no place for its error."""
    from qpi_tui.rows.decode import decode
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow
    from qpi_tui.rows.users import UserRow

    admin = connection.role is Role.ADMIN
    client = connection.client
    reads: list[Any] = [client.list_all_qpus()]
    makers: list[Callable[[Any], Offer]] = [lambda record: _qpu(decode(QPURow, record))]
    if admin:
        reads.append(client.list_users(fields=("id", "email", "name", "qpu_seconds"), limit=WHOLE))
        makers.append(lambda record: _user(decode(UserRow, record)))
    fields = ("id", "status", "created", "qpu_target")
    reads.append(client.list_jobs(limit=JOBS, everyone=admin, fields=fields))
    makers.append(lambda record: _job(decode(JobRow, record)))
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


def _offer(place: str, id: str, what: str) -> Offer:
    return Offer(f"{PREFIX}{place}:{id}", clean(what, 120), place)


def _qpu(qpu: QPURow) -> Offer:
    return _offer("qpus", qpu.id, f"QPU {qpu.label}")


def _user(user: UserRow) -> Offer:
    return _offer("users", user.id, f"{user.label}{f', {user.name}' if user.name else ''}")


def _job(job: JobRow) -> Offer:
    name = job.qpu_target_record.name if job.qpu_target_record is not None else ""
    said = " ".join(part for part in (job.status, f"on {name}" if name else "", age(job.created)) if part)
    return _offer("jobs", job.id, f"job {job.id}  {said}")
