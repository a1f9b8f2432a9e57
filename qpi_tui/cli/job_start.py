"""Why a queued job does not start, and its estimated start, for `jobs show`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qpi_client.job_fields import ROW
from qpi_tui.cli.registry import active_jobs, read_services
from qpi_tui.cli.signing import Signed
from qpi_tui.domain.clock import now
from qpi_tui.resources import registry
from qpi_tui.rows.job_start import LOOKED_AT, RUN_FIELDS, SLOTS_AHEAD, Around, start_of
from qpi_tui.rows.qpu_service import why_queued

if TYPE_CHECKING:
    from qpi_tui.domain.start_estimate import StartEstimate


def read_start(signed: Signed, job: Mapping[str, Any]) -> tuple[str, StartEstimate | None]:
    """Return why a pending job does not start, empty if it only waits for its turn, and its estimated start."""
    target = job.get("qpu_target")
    if not target:
        return "It names no QPU, so it never runs. Cancel it and submit it again.", None
    decode, moment = registry()["jobs"].decode_all, now()
    client, session = signed.client, bool(signed.user_id)
    active = active_jobs(signed) if session else []
    service = next((each for each in read_services(signed, active) if each.qpu.id == target), None)
    if service is None:
        return "Its QPU is no longer registered, so it never runs. Cancel it and submit it to another QPU.", None
    if why := why_queued(service):
        return why, None
    if not session:
        return "", None
    newest = client.job_page(
        limit=LOOKED_AT, everyone=signed.admin, fields=RUN_FIELDS if signed.admin else ROW, expand=False
    )
    slots = registry()["slots"].decode_all(client.list_time_slots(start=moment, end=moment + SLOTS_AHEAD))
    around = Around(service, decode(active), decode(newest), slots, signed.admin, signed.user_id)
    return "", start_of(registry()["jobs"].decode(job), around)
