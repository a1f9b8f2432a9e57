"""Change events into what the overview read, so that a busy lab is not read whole for each job that ends. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from qpi_tui.domain import facts
from qpi_tui.domain.clock import parse_date
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.merge import merge_records
from qpi_tui.live.overview import Lab

if TYPE_CHECKING:
    from qpi_client import ChangeEvent

# Jobs that were made, and readings that were taken, so long ago count.
RECENT = timedelta(hours=1)
LOOK_BACK = timedelta(minutes=15)
MOST_READINGS = 500
# Collection → the list of the lab, and what it came expanded with.
_LISTS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "qpu_time_requests": ("requests", {"user": "users"}),
    "qpus": ("qpus", {}),
    "drivers": ("drivers", {"qpu": "qpus"}),
    "time_slots": ("slots", {"booked_by": "users"}),
    "notifications": ("notices", {}),
}


def merge_lab(lab: Lab, events: Sequence[ChangeEvent], moment: datetime) -> Lab | None:
    """What a read would have brought after these events; None where they say too little."""
    for event in events:
        collection = collection_of(event)
        if not isinstance(event.record.get("id"), str):
            return None
        if collection == "quantum_jobs":
            merged = _with_job(lab, event, moment)
        elif collection == "events":
            merged = _with_reading(lab, event, moment)
        else:
            merged = _with_record(lab, event, collection)
        if merged is None:
            return None
        lab = merged
    return lab


def _with_record(lab: Lab, event: ChangeEvent, collection: str) -> Lab | None:
    known = _LISTS.get(collection)
    # Which announcements a user has dismissed is found out by reading.
    if known is None or (collection == "notifications" and not lab.admin):
        return None
    name, expanded = known
    records = merge_records(getattr(lab, name), [event], collection, expanded=expanded, append=True)
    changed: dict[str, Any] = {name: records}
    return None if records is None else replace(lab, **changed)


def _with_job(lab: Lab, event: ChangeEvent, moment: datetime) -> Lab | None:
    job, gone = event.record, event.action == "delete"
    if job.get("status") == "failed" and not gone:
        return None  # an event does not say why
    active = [each for each in lab.active if each["id"] != job["id"]]
    recent = [each for each in lab.recent if each["id"] != job["id"]]
    made = parse_date(job.get("created"))
    if not gone and job.get("status") in facts.ACTIVE:
        active.append(job)
    if not gone and made is not None and made >= moment - RECENT:
        recent.append(job)
    return replace(lab, active=active, recent=recent)


def _with_reading(lab: Lab, event: ChangeEvent, moment: datetime) -> Lab:
    begin = moment - LOOK_BACK
    readings: list[Mapping[str, Any]] = [] if event.action == "delete" else [event.record]
    readings += [each for each in lab.readings if each["id"] != event.record["id"]]
    kept = [each for each in readings if (at := parse_date(each.get("ts"))) is not None and at >= begin]
    return replace(lab, readings=kept[:MOST_READINGS])
