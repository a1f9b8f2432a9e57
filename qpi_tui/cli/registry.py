"""QPUs with their drivers, queue and current slot."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from qpi_client.job_fields import ACTIVE_STATUSES, AMONG
from qpi_tui.cli.signing import Signed
from qpi_tui.domain.clock import now
from qpi_tui.resources import registry
from qpi_tui.rows.decode import decode
from qpi_tui.rows.qpu_service import QPUService, problems, services_of, why_offline, why_queued
from qpi_tui.rows.qpus import QPURow
from qpi_tui.rows.slots import running_slot_holder

Searched = Callable[[datetime], None]
# Of the user's own jobs.
_OWN = 200


def _unsaid(since: datetime) -> None:
    """Ignore the progress of the search."""


def read_services(signed: Signed, jobs: Sequence[Any] | None = None) -> list[QPUService]:
    """Return every QPU, by name, with its drivers and the part of its queue that this role may see.

    `jobs` are the pending and running ones, if known already.
    """
    return [service for _, service, _ in _read(signed, jobs=jobs)]


@dataclass(frozen=True)
class RegisteredQPU:
    """A QPU: its row, the conditions for its jobs, and the record as the server sent it, with its problems."""

    row: QPURow
    service: QPUService
    record: Mapping[str, Any]


class Registry(list[RegisteredQPU]):
    """QPUs; `since` is the time back to which jobs were counted, None for all."""

    since: datetime | None = None

    @property
    def note(self) -> str:
        """Return a sentence if older jobs were not counted, otherwise an empty text."""
        return "" if self.since is None else f"Queues are counted among the newest {AMONG:,} jobs."


def read_registry(signed: Signed) -> Registry:
    """Return every QPU, by name. What a role may not see counts as nothing."""
    found = Registry()
    reached: list[datetime] = []
    for record, service, holder in _read(signed, reached.append):
        told = problems(service)
        row = replace(
            service.qpu,
            drivers=None if service.drivers is None else tuple(service.drivers),
            runs=service.running,
            waits=service.queued,
            holder=holder,
            why=why_queued(service) if service.queued else why_offline(service),
            problems=tuple(problem.sentence for problem in told),
            kinds=tuple(problem.kind for problem in told),
        )
        found.append(RegisteredQPU(row, service, {**record, "problems": list(row.problems)}))
    found.since = reached[-1] if reached else None
    return found


def _read(
    signed: Signed, searched: Searched = _unsaid, jobs: Sequence[Any] | None = None
) -> list[tuple[Mapping[str, Any], QPUService, str]]:
    from qpi_client import NotOnThisGeneration, QPIError

    client = signed.client
    drivers: Any = None
    with contextlib.suppress(NotOnThisGeneration):
        drivers = client.list_drivers()
    found: Any = [] if jobs is None else jobs
    slots: Any = []
    started = None
    if signed.user_id:
        if jobs is None:
            found = active_jobs(signed, searched)
        slots = client.list_time_slots(start=now(), end=now())
    if signed.admin:
        try:
            started = client.server_started()
        except QPIError:
            # The list does not depend on this; ignore every error.
            started = None
    holder = running_slot_holder(registry()["slots"].decode_all(slots))
    qpus = _in_order(client.list_all_qpus())
    services = services_of(qpus, drivers, found, everyone=signed.admin, held=bool(holder), server_started=started)
    return [(qpu, service, holder) for qpu, service in zip(qpus, services, strict=True)]


def active_jobs(signed: Signed, searched: Searched = _unsaid) -> list[Any]:
    """Return the pending and running jobs among the newest. Counting a queue must not read the whole history."""
    client = signed.client
    if signed.admin:
        return list(client.iter_jobs(status=ACTIVE_STATUSES, everyone=True, among=AMONG, searched=searched))
    return [job for job in client.job_page(limit=_OWN) if job.get("status") in ACTIVE_STATUSES]


def _in_order(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the records in the order of `services_of`, without using ids: a server may omit or garble them."""
    rows = [(decode(QPURow, record), record) for record in records]
    return [record for _, record in sorted(rows, key=lambda each: (each[0].name, each[0].id))]
