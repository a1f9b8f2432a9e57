"""QPUs with what belongs to each: drivers, queue, the slot that runs now."""

from __future__ import annotations

from typing import Any

from qpi_tui.cli.signing import Signed
from qpi_tui.domain import facts
from qpi_tui.domain.clock import now


def read_registry(signed: Signed) -> list[dict[str, Any]]:
    """Every QPU, by name; `_` holds `drivers`, `runs`, `waits`, `holder` and `why` it is not online.

    What a role may not see counts as nothing.
    """
    from qpi_client import NotOnThisGeneration

    client = signed.client
    try:
        drivers = client.list_drivers()
    except NotOnThisGeneration:
        drivers = []
    jobs, slots = [], []
    if signed.user_id:
        jobs = client.list_jobs(status=("pending", "running"), everyone=signed.admin)
        slots = client.list_time_slots(start=now(), end=now())
    holder = facts.slot_holder(slots)
    rows = []
    for qpu in sorted(client.list_all_qpus(), key=lambda qpu: (str(qpu.get("name")), str(qpu.get("id")))):
        own = [driver for driver in drivers if driver.get("qpu") == qpu["id"]]
        queue = [str(job.get("status")) for job in jobs if job.get("qpu_target") == qpu["id"]]
        extra = {
            "drivers": own,
            "runs": queue.count("running"),
            "waits": queue.count("pending"),
            "holder": holder,
            "why": facts.why_offline(qpu, own),
        }
        rows.append({**qpu, "_": extra})
    return rows
