"""Why a job waits: its QPU's state, the jobs ahead of it, and whose time it is; read once, then said in words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import now
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean, clean_record
from qpi_tui.domain.slot_holders import clock_words, holder_name
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.reads import drivers_or_none
from qpi_tui.rows.qpu_service import QPUService, services_of, why_queued
from qpi_tui.session.connection import Connection

Record = Mapping[str, Any]
Lines = list[list[Part]]
# What of the queue is asked for: enough to count.
_FIELDS = ("id", "created", "status")


@dataclass(frozen=True)
class Wait:
    """What a job waits for. `qpu` is None where it is not registered any more; None elsewhere: not known.

    `ahead` and `runs` count jobs on the same QPU, of everybody where `everyone`, else of whoever is signed in.
    """

    qpu: Record | None
    drivers: Sequence[Record] | None
    slots: Sequence[Record] | None
    ahead: int | None
    runs: int
    everyone: bool
    me: str


async def read_wait(connection: Connection, job: Record) -> Wait:
    """Ask for what a pending job waits for, as far as who asks may see it."""
    client, target = connection.client, str(job.get("qpu_target"))
    session, everyone = bool(connection.user_id), connection.role is Role.ADMIN
    moment = now()

    async def booked() -> list[Any] | None:
        return list(await client.list_time_slots(start=moment, end=moment + timedelta(days=1))) if session else None

    # The route that a token opens gives whole fields only.
    fields = _FIELDS if session else None
    qpus, drivers, slots, active = await asyncio.gather(
        client.list_all_qpus(),
        drivers_or_none(connection),
        booked(),
        client.list_jobs(status=facts.ACTIVE, qpu=target, everyone=everyone, fields=fields),
    )
    place = (str(job.get("created") or ""), str(job.get("id")))
    before = [
        other
        for other in active
        if other.get("status") == "pending" and (str(other.get("created") or ""), str(other.get("id"))) < place
    ]
    return Wait(
        next((clean_record(qpu) for qpu in qpus if qpu.get("id") == target), None),
        None if drivers is None else [clean_record(driver) for driver in drivers if driver.get("qpu") == target],
        None if slots is None else [clean_record(slot) for slot in slots],
        len(before) if any(other.get("id") == job.get("id") for other in active) else None,
        sum(other.get("status") == "running" for other in active),
        everyone,
        connection.user_id,
    )


def wait_lines(job: Record, wait: Wait | None) -> Lines:
    """The sentences, the one that decides first; before they are read, what is known without."""
    if not job.get("qpu_target"):
        return [[("▲ ", "$text-warning"), ("It names no QPU: it will never run. Cancel it, and submit it anew.", "")]]
    if wait is None:
        name = clean(facts.expanded(job, "qpu_target").get("name") or "its QPU")
        return [[(f"It waits for {name}; the result follows.", "$text-muted")]]
    if wait.qpu is None:
        said = "Its QPU is not registered any more: it will never run. Cancel it, and submit it to another one."
        return [[("▲ ", "$text-warning"), (said, "")]]
    (service,) = services_of([wait.qpu], wait.drivers)
    lines = [_qpu_line(service)]
    if said := _queue_words(wait):
        lines.append([("  ", ""), (said, "")])
    if wait.slots is not None and not why_queued(service):
        lines.append([("  ", ""), (_slot_words(wait.slots, wait.me), "")])
    return lines


def _qpu_line(service: QPUService) -> list[Part]:
    name, state = clean(service.name), service.qpu.state
    if why := why_queued(service):
        return [("◐ " if state == "maintenance" else "▲ ", "$text-warning"), (clean(why, 400), "")]
    if state == "online":
        return [("● ", "$text-success"), (f"{name} is online. The result appears here when it is done.", "")]
    said = f"{name} is {service.qpu.state_words}, but its driver is connected: its jobs still run."
    return [("● ", "$text-success"), (said, "")]


def _queue_words(wait: Wait) -> str:
    whose = "" if wait.everyone else "of yours "
    runs = f"{wait.runs:,} job{'s' * (wait.runs != 1)} {whose}run{'s' * (wait.runs == 1)} there" if wait.runs else ""
    if wait.ahead is None:
        return f"{runs}." if runs else ""
    if wait.ahead:
        said = f"{wait.ahead:,} job{'s' * (wait.ahead != 1)} {whose}wait{'s' * (wait.ahead == 1)} ahead of it"
    else:
        said = "It is the next one" + ("" if wait.everyone else " of yours")
    return f"{said}, {runs}." if runs else f"{said}."


def _slot_words(slots: Sequence[Record], me: str) -> str:
    coming = facts.coming_slots(slots)
    if not coming:
        return "No slot is booked in the next 24 hours: first come, first served."
    begin, end, slot = coming[0]
    holder = holder_name(slot, me)
    if begin > now():
        what = "your jobs go first then" if holder == "you" else f"{holder} goes first then"
        return f"No slot runs now: first come, first served. The next one begins at {clock_words(begin)}: {what}."
    if holder == "you":
        return f"Your slot runs until {clock_words(end)}: your jobs go first."
    return f"{holder[:1].upper()}{holder[1:]} has the slot until {clock_words(end)} and goes first."
