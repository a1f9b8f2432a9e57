"""When a job was submitted, dispatched, requeued and finished, as far as its record shows; pure.

The server stores when a job was created, last changed and finished, and its duration, but not its dispatch: for a
running job that is its last change, for a finished one it is estimated back from the end. Times that the console
observed (`dispatched`, `put_back` of the row) take precedence.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.domain.clock import now, parse_date

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

# The two dates of a record differ slightly.
_SLACK = timedelta(seconds=1)


class Times(NamedTuple):
    """A job's times; None if one has not happened or is unknown. `estimated`: the dispatch is estimated."""

    submitted: datetime | None = None
    dispatched: datetime | None = None
    put_back: datetime | None = None
    finished: datetime | None = None
    estimated: bool = False

    @property
    def waited(self) -> float | None:
        """Return the seconds from submission to dispatch; until now if still waiting."""
        return _seconds(self.submitted, self.dispatched)


def times(record: JobRow) -> Times:
    """Return the times of the job."""
    submitted, updated = parse_date(record.created), parse_date(record.updated)
    finished = parse_date(record.finished_at)
    sent, back = parse_date(record.dispatched), parse_date(record.put_back)
    status = record.status
    if status == "pending":
        if back is None and submitted is not None and updated is not None and updated - submitted > _SLACK:
            # Nothing else changes a queued job.
            back = updated
        return Times(submitted, put_back=back)
    if status == "running":
        return Times(submitted, sent or updated, back)
    if status == "cancelled":
        return Times(submitted, sent, back, finished or updated)
    taken = record.duration
    estimated = sent is None and finished is not None and taken > 0
    if estimated and finished is not None:
        try:
            sent = finished - timedelta(seconds=taken)
        except OverflowError:  # Beyond the calendar.
            sent = submitted
        if submitted is not None and sent is not None:
            sent = max(sent, submitted)
    return Times(submitted, sent, back, finished, estimated)


def waited(record: JobRow) -> float | None:
    """Return the seconds in the queue: until now if queued, until dispatch if it ran."""
    known = times(record)
    if record.status == "pending":
        return _seconds(known.submitted, now())
    return known.waited


def ran(record: JobRow) -> float | None:
    """Return the seconds on the QPU: until now if running, as reported by the driver if finished."""
    if record.status == "running":
        return _seconds(times(record).dispatched, now())
    return record.duration or None


def cost(record: JobRow) -> float | None:
    """Return the QPU seconds charged: a finished job costs its duration, even if it failed."""
    if record.status not in CHARGED_STATUSES:
        return None
    return record.duration


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max((end - start).total_seconds(), 0.0) if start is not None and end is not None else None
