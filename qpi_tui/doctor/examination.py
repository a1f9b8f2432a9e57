"""The doctor's reads of a server, one after the other, so that none distorts another's measurement.

Each read is one call of the client, blocking or awaited: `examine` and `examine_async` differ only in that. A failed
read is stored as a failure, and the findings that need it say that they could not check.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from qpi_client.job_fields import ACTIVE_STATUSES, AMONG
from qpi_tui.domain.clock import minute, now

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient, QPIClient

_log = logging.getLogger(__name__)

QUEUE_FIELDS = ("id", "status", "qpu_target", "user_id", "created", "updated")
LONG_SESSION = timedelta(days=30)

READS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "generation": ("generation", lambda client: client.generation()),
    "version": ("version", lambda client: client.server_version()),
    "started": ("start of the server", lambda client: client.server_started()),
    "jobs": ("indexes of the jobs", lambda client: client.get_collection("quantum_jobs")),
    "users": ("rules of the users", lambda client: client.get_collection("users")),
    "superusers": ("administrators", lambda client: client.get_collection("_superusers")),
    "settings": ("settings", lambda client: client.server_settings()),
    "methods": ("sign-in methods", lambda client: client.auth_methods("users")),
    "qpus": ("QPUs", lambda client: client.list_all_qpus()),
    "drivers": ("drivers", lambda client: client.list_drivers()),
    "slots": ("slots", lambda client: client.list_time_slots(start=minute(), end=minute())),
    "queue": (
        "queue",
        lambda client: client.list_jobs(
            status=ACTIVE_STATUSES, everyone=True, among=AMONG, fields=QUEUE_FIELDS, expand=False
        ),
    ),
    "count": ("number of jobs", lambda client: client.count_jobs(everyone=True)),
    "by_created": ("newest page by date", lambda client: client.measure_job_page("created")),
    "by_arrival": ("newest page by arrival", lambda client: client.measure_job_page("arrival")),
}
"""Each read by its name: its description, and the call. The slow ones come last."""
MEASUREMENTS = ("by_created", "by_arrival")
"""Reads that only tell how long the server takes: seconds, on a large server without indexes."""


@dataclass
class Examination:
    """The server's answers: `answers` by name of the read, `failures` the messages of failed ones."""

    url: str
    at: datetime
    clock_offset: timedelta = timedelta()
    answers: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def get(self, name: str, kind: type[Any], default: Any) -> Any:
        """Return an answer if it exists and has this type."""
        found = self.answers.get(name)
        return found if isinstance(found, kind) else default


def examine(client: QPIClient, explain: Callable[[Exception], str], progress: Callable[[str], object]) -> Examination:
    """Read everything with a blocking client. `explain` makes messages of errors, `progress` gets each read."""
    exam = Examination(client.base_url, now())
    for name, (title, read) in READS.items():
        progress(title)
        try:
            exam.answers[name] = read(client)
        except Exception as error:
            _log.debug("an examination failed", exc_info=True)
            _failed(exam, name, error, explain)
    exam.clock_offset = client.clock_offset
    return exam


async def examine_async(
    client: AsyncQPIClient, explain: Callable[[Exception], str], progress: Callable[[str, Examination], object]
) -> Examination:
    """Do the same with an async client. `progress` gets the name of each read, and what is known before it."""
    exam = Examination(client.base_url, now())
    for name, (_, read) in READS.items():
        exam.clock_offset = client.clock_offset
        progress(name, exam)
        answer: Awaitable[Any] = read(client)
        try:
            exam.answers[name] = await answer
        except Exception as error:
            _log.debug("an examination failed", exc_info=True)
            _failed(exam, name, error, explain)
    exam.clock_offset = client.clock_offset
    return exam


def _failed(exam: Examination, name: str, error: Exception, explain: Callable[[Exception], str]) -> None:
    """Store a failure. An operation that a generation does not support is not a failure; a lost session or connection
    ends the examination.
    """
    from qpi_client import errors as e

    if isinstance(error, e.NotOnThisGeneration):
        exam.answers[name] = None
        return
    if isinstance(error, (e.SessionExpired, e.SessionRequired, e.Unauthorized, e.TransportError)):
        raise error
    if not isinstance(error, e.QPIError):
        raise error
    exam.failures[name] = explain(error)
