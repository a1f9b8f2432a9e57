"""Why a job waits: its QPU's state, the jobs ahead of it, and the current slot; read once, then formatted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qpi_tui.domain.clock import now
from qpi_tui.domain.roles import Role
from qpi_tui.domain.start_estimate import StartEstimate, estimate_words
from qpi_tui.domain.styled_text import Part
from qpi_tui.live.active_jobs import read_active
from qpi_tui.live.reads import drivers_or_none, read_rows
from qpi_tui.resources import jobs as job_resource
from qpi_tui.resources import registry
from qpi_tui.rows.job_start import LOOKED_AT, RUN_FIELDS, SLOTS_AHEAD, Around, start_of
from qpi_tui.rows.qpu_service import QPUService, services_of, why_queued
from qpi_tui.rows.slot_holders import clock_words, holder_name
from qpi_tui.rows.slots import SlotRow, coming_slots
from qpi_tui.session.connection import Connection

Lines = list[list[Part]]

if TYPE_CHECKING:
    from qpi_tui.rows.drivers import DriverRow
    from qpi_tui.rows.jobs import JobRow
    from qpi_tui.rows.qpus import QPURow


@dataclass(frozen=True)
class Wait:
    """What a job waits for. `qpu` is None if it is no longer registered; other fields are None if unknown.

    `ahead` and `runs` count jobs on the same QPU, everybody's if `everyone`, otherwise the user's own; `least`: only
    the newest jobs were read.
    """

    qpu: QPURow | None
    drivers: Sequence[DriverRow] | None
    slots: Sequence[SlotRow] | None
    ahead: int | None
    runs: int
    everyone: bool
    me: str
    least: bool = False
    start: StartEstimate | None = None


class LastRuns:
    """The newest finished jobs, cached for `AGAIN` seconds: one of them does not change an estimate."""

    AGAIN = 60.0

    def __init__(self) -> None:
        self._jobs: list[JobRow] = []
        self._read_at = float("-inf")

    async def read(self, connection: Connection) -> list[JobRow]:
        """Read everybody's newest jobs as an administrator, in one request, unless cached."""
        if connection.role is Role.ADMIN and time.monotonic() - self._read_at > self.AGAIN:
            page = await connection.client.job_page(limit=LOOKED_AT, everyone=True, fields=RUN_FIELDS, expand=False)
            self._jobs, self._read_at = job_resource.RESOURCE.decode_all(page), time.monotonic()
        return self._jobs


async def read_wait(connection: Connection, job: JobRow, last_runs: LastRuns) -> Wait:
    """Read what a pending job waits for, as far as the account may see it."""
    client, known = connection.client, registry()
    session, everyone = bool(connection.user_id), connection.role is Role.ADMIN
    moment = now()

    async def booked() -> list[SlotRow] | None:
        return await read_rows(client, known["slots"], start=moment, end=moment + SLOTS_AHEAD) if session else None

    qpus, drivers, slots, found, started, ended = await asyncio.gather(
        read_rows(client, known["qpus"]),
        drivers_or_none(connection),
        booked(),
        read_active(connection),
        connection.server_started(),
        last_runs.read(connection),
    )
    active = [other for other in found.jobs if other.qpu_target == job.qpu_target]
    place = (job.created, job.id)
    before = [other for other in active if other.status == "pending" and (other.created, other.id) < place]
    qpu = next((qpu for qpu in qpus if qpu.id == job.qpu_target), None)
    start = None
    # Without a session it is unknown whose slot it is.
    if qpu is not None and slots is not None:
        (service,) = services_of([qpu], drivers, server_started=started)
        # A user's finished jobs were returned together with the active ones.
        start = start_of(job, Around(service, active, ended or found.seen, slots, everyone, connection.user_id))
    return Wait(
        qpu,
        None if drivers is None else [driver for driver in drivers if driver.qpu == job.qpu_target],
        slots,
        len(before) if any(other.id == job.id for other in active) else None,
        sum(other.status == "running" for other in active),
        everyone,
        connection.user_id,
        found.since is not None,
        start,
    )


def wait_lines(job: JobRow, wait: Wait | None) -> Lines:
    """Return the sentences, the decisive one first; before they are read, what is known anyway."""
    if not job.qpu_target:
        return [[("▲ ", "$text-warning"), ("It names no QPU, so it never runs. Cancel it and submit it again.", "")]]
    if wait is None:
        name = (job.qpu_target_record.name if job.qpu_target_record is not None else "") or "its QPU"
        return [[(f"It waits for {name}. The result appears here when it is done.", "$text-muted")]]
    if wait.qpu is None:
        said = "Its QPU is no longer registered, so it never runs. Cancel it and submit it to another QPU."
        return [[("▲ ", "$text-warning"), (said, "")]]
    (service,) = services_of([wait.qpu], wait.drivers)
    lines = [_qpu_line(service)]
    if said := _queue_words(wait):
        lines.append([("  ", ""), (said, "")])
    if wait.slots is not None and not why_queued(service):
        lines.append([("  ", ""), (_slot_words(wait.slots, wait.me), "")])
    if wait.start is not None and not why_queued(service):
        lines.append([("  ", ""), ("Start ", "$text-muted"), (estimate_words(wait.start, now()), "")])
    return lines


def _qpu_line(service: QPUService) -> list[Part]:
    name, state = service.name, service.qpu.state
    if why := why_queued(service):
        return [("◐ " if state == "maintenance" else "▲ ", "$text-warning"), (why, "")]
    if state == "online":
        return [("● ", "$text-success"), (f"{name} is online. The result appears here when it is done.", "")]
    said = f"{name} is {service.qpu.state_words}, but its driver is connected: its jobs still run."
    return [("● ", "$text-success"), (said, "")]


def _queue_words(wait: Wait) -> str:
    whose = "" if wait.everyone else "of yours "
    runs = f"{wait.runs:,} job{'s' * (wait.runs != 1)} {whose}run{'s' * (wait.runs == 1)} there" if wait.runs else ""
    if wait.ahead is None:
        return f"{runs}." if runs else ""
    if wait.ahead or wait.least:
        least = "At least " if wait.least else ""
        said = f"{least}{wait.ahead:,} job{'s' * (wait.ahead != 1)} {whose}wait{'s' * (wait.ahead == 1)} ahead of it"
    else:
        said = "It is the next one" + ("" if wait.everyone else " of yours")
    return f"{said}, {runs}." if runs else f"{said}."


def _slot_words(slots: Sequence[SlotRow], me: str) -> str:
    coming = coming_slots(slots)
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
