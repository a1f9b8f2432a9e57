"""QPUs with what belongs to each: drivers, queue, the slot that runs now."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from qpi_tui.cli.signing import Signed
from qpi_tui.domain import facts
from qpi_tui.domain.clock import now
from qpi_tui.rows.qpu_service import QPUService, problems, services_of, why_offline, why_queued


def read_services(signed: Signed) -> list[QPUService]:
    """Every QPU, by name, with its drivers and its queue as far as this role may see them."""
    return [service for _, service, _ in _read(signed)]


def read_registry(signed: Signed) -> list[dict[str, Any]]:
    """Every QPU, by name; `_` holds `drivers`, `runs`, `waits`, `holder`, `why` it takes no jobs, and `problems`.

    What a role may not see counts as nothing.
    """
    rows = []
    for record, service, holder in _read(signed):
        found = problems(service)
        extra = {
            "drivers": service.drivers,
            "runs": service.running,
            "waits": service.queued,
            "holder": holder,
            "why": why_queued(service) if service.queued else why_offline(service),
            "problems": [problem.sentence for problem in found],
            "kinds": [problem.kind for problem in found],
            "service": service,
        }
        rows.append({**record, "problems": extra["problems"], "_": extra})
    return rows


def _read(signed: Signed) -> list[tuple[Mapping[str, Any], QPUService, str]]:
    from qpi_client import NotOnThisGeneration, QPIError

    client = signed.client
    drivers: Any = None
    with contextlib.suppress(NotOnThisGeneration):
        drivers = client.list_drivers()
    jobs: Any = []
    slots: Any = []
    started = None
    if signed.user_id:
        jobs = client.list_jobs(status=("pending", "running"), everyone=signed.admin)
        slots = client.list_time_slots(start=now(), end=now())
    if signed.admin:
        try:
            started = client.server_started()
        except QPIError:
            # Whatever is wrong, the list does not depend on it.
            started = None
    holder = facts.slot_holder(slots)
    qpus = {str(qpu["id"]): qpu for qpu in client.list_all_qpus()}
    services = services_of(
        qpus.values(), drivers, jobs, everyone=signed.admin, held=bool(holder), server_started=started
    )
    return [(qpus[service.qpu.id], service, holder) for service in services]
