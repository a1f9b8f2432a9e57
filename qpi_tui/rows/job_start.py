"""Estimate a queued job's start from the records of its QPU, its queue and the slots. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.domain.clock import now, parse_date
from qpi_tui.domain.start_estimate import NEWEST, Queue, Run, StartEstimate, estimate, run_lengths
from qpi_tui.rows.qpu_service import QPUService, problems, why_queued
from qpi_tui.rows.slot_holders import clock_words, holder_name
from qpi_tui.rows.slots import SlotRow, coming_slots

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

RUN_FIELDS = ("qpu_target", "status", "created", "updated", "finished_at", "duration")
"""The fields of a finished job that show when it ran."""
LOOKED_AT = 200
"""Number of newest jobs to read for the last runs on a QPU: one request of 50 kB."""
SLOTS_AHEAD = timedelta(days=1)
"""How far ahead slots are read."""


@dataclass(frozen=True)
class Around:
    """The situation of a queued job.

    `active` are the pending and running jobs, `ended` the finished ones: everybody's if `everyone`, otherwise the
    user's own. `slots` is None if bookings are unknown.
    """

    service: QPUService
    active: Iterable[JobRow]
    ended: Iterable[JobRow]
    slots: Sequence[SlotRow] | None
    everyone: bool
    me: str = ""


def start_of(job: JobRow, around: Around) -> StartEstimate:
    """Return the estimated start of `job`, or why there is none."""
    if reason := _why_not(around.service):
        return StartEstimate(reason=reason)
    moment, owner = now(), job.user_id or around.me
    coming = coming_slots(around.slots or ())
    current = coming[0] if coming and coming[0][0] <= moment else None
    mine = current is not None and current[2].booked_by == owner
    if current is not None and not mine:
        holder = holder_name(current[2], around.me)
        return StartEstimate(reason=f"{holder} has the slot until {clock_words(current[1])} and goes first")
    queue, drivers = _queue(job, around, owner if mine else ""), max(len(around.service.runners), 1)
    runs = _runs(around.ended, job.qpu_target)
    last = max((run.finished for run in runs), default=-math.inf)
    queue = queue._replace(idle_since=max(moment.timestamp() - last, 0.0), drivers=drivers)
    at_least = not around.everyone and not mine
    found = estimate(queue, run_lengths(runs, drivers), moment, at_least=at_least)
    others = next((each for each in coming if each[0] > moment and each[2].booked_by != owner), None)
    if found.latest is None or found.earliest is None or others is None or found.latest < others[0]:
        return found
    said = f"a slot of {holder_name(others[2], around.me)} begins at {clock_words(others[0])}"
    if found.earliest > others[0]:
        return StartEstimate(reason=f"{said}, before its turn", at_least=at_least)
    return found._replace(basis=f"{found.basis}, {said}")


def _why_not(service: QPUService) -> str:
    if why := why_queued(service):
        return why.rstrip(".")
    if any(problem.kind in ("monitor", "only_monitors") for problem in problems(service)):
        return f"a monitor takes some of the jobs of {service.name}"
    return ""


def _queue(job: JobRow, around: Around, only: str) -> Queue:
    """Return the jobs before this one; `only`: those of this user go first."""
    place, moment = (job.created, job.id), now()
    ahead, sent = 0, []
    for other in around.active:
        if other.qpu_target != job.qpu_target:
            continue
        if other.status == "running":
            since = parse_date(other.dispatched or other.updated)
            sent.append(max((moment - since).total_seconds(), 0.0) if since is not None else 0.0)
        elif (other.created, other.id) < place and (not only or other.user_id in (only, "")):
            ahead += 1
    return Queue(ahead, tuple(sent))


def _runs(jobs: Iterable[JobRow], qpu: str) -> list[Run]:
    """Return the last runs on a QPU. One more than used shows when the first of them could start."""
    found = []
    for job in jobs:
        ended = parse_date(job.finished_at)
        if job.qpu_target == qpu and job.status in CHARGED_STATUSES and ended is not None and job.duration > 0:
            found.append(Run(ended.timestamp() - job.duration, ended.timestamp()))
    return sorted(found, key=lambda run: run.finished)[-NEWEST - 1 :]
