"""Merge change events into the overview's data, so that not everything is read for each job that ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from qpi_tui.domain.clock import parse_date
from qpi_tui.live.event_stream import collection_of
from qpi_tui.live.merge import merge_rows
from qpi_tui.live.overview import Lab
from qpi_tui.live.recent_jobs import SPAN, Recent, kept
from qpi_tui.resources import by_collection, jobs, telemetry

if TYPE_CHECKING:
    from qpi_client import ChangeEvent

# Readings of this age still count.
LOOK_BACK = timedelta(minutes=15)
MOST_READINGS = 500
# Collection → the list of the data.
_LISTS = {
    "qpu_time_requests": "requests",
    "qpus": "qpus",
    "drivers": "drivers",
    "time_slots": "slots",
    "notifications": "notices",
}


def merge_lab(lab: Lab, events: Sequence[ChangeEvent], moment: datetime) -> Lab | None:
    """Return what a read would have returned after these events; None if they have too little."""
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
    name, resource = _LISTS.get(collection), by_collection(collection)
    # Only a read tells which announcements a user has dismissed.
    if name is None or resource is None or (collection == "notifications" and not lab.admin):
        return None
    rows = merge_rows(getattr(lab, name), [event], resource.row_type, collection, related=resource.related, append=True)
    changed: dict[str, Any] = {name: rows}
    return None if rows is None else replace(lab, **changed)


def _with_job(lab: Lab, event: ChangeEvent, moment: datetime) -> Lab | None:
    job, gone = jobs.RESOURCE.decode(event.record), event.action == "delete"
    if job.status == "failed" and not gone:
        return None  # An event does not say why.
    active = [each for each in lab.active if each.id != job.id]
    recent = [each for each in lab.recent if each.id != job.id]
    if not gone and job.active:
        active.append(job)
    if not gone and job.created_at is not None:
        recent.insert(0, job)
    found = kept(Recent(recent, lab.recent_since), moment - SPAN)
    return replace(lab, active=active, recent=found.jobs, recent_since=found.since)


def _with_reading(lab: Lab, event: ChangeEvent, moment: datetime) -> Lab:
    begin, reading = moment - LOOK_BACK, telemetry.RESOURCE.decode(event.record)
    readings = [] if event.action == "delete" else [reading]
    readings += [each for each in lab.readings if each.id != reading.id]
    kept = [each for each in readings if (at := parse_date(each.ts)) is not None and at >= begin]
    return replace(lab, readings=kept[:MOST_READINGS])
