"""Statuses and fields of a job, shared by the client and programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

JobStatus: TypeAlias = Literal["pending", "running", "completed", "failed", "cancelled"]

JOB_STATUSES: tuple[JobStatus, ...] = get_args(JobStatus)
"""Every status of a job."""
ACTIVE_STATUSES: tuple[JobStatus, ...] = ("pending", "running")
"""Statuses of a job that can still be cancelled."""
CHARGED_STATUSES: tuple[JobStatus, ...] = ("completed", "failed")
"""Statuses of a job that ran to its end: its duration is charged."""
FINAL_STATUSES: frozenset[str] = frozenset({*CHARGED_STATUSES, "cancelled"})
"""Statuses of a job that is over."""

ROW = ("id", "user_id", "qpu_target", "status", "created", "updated", "finished_at", "duration")
"""The fields that a list shows, without payload and results."""
SIZES = ("payload.shots", "payload.circuits.shots")
"""The parts of the payload that give the size of a job: its shots, and one entry per circuit."""
AMONG = 20_000
"""Number of newest jobs to search for pending or running ones: 0.03 s of a server (v0.1.2)."""
RELATED: Mapping[str, tuple[str, ...]] = {"user_id": ("id", "name", "email"), "qpu_target": ("id", "name")}
"""The relations of a job, and the fields that a list shows of the records that they refer to."""


def expanded(related: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the fields of expanded records in the server's notation, such as ``expand.user_id.email``."""
    return tuple(f"expand.{relation}.{field}" for relation, fields in related.items() for field in fields)
