"""When a job was submitted, dispatched, put back and finished, as far as its record tells; pure.

The server stores when a job was made, last changed and finished, and how long it took, but not when it was dispatched:
for a running job that is its last change, for one that is over it is estimated back from the end. What the console saw
itself (`dispatched`, `put_back` of the row) is better than either.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from qpi_client.job_fields import CHARGED_STATUSES
from qpi_tui.domain.clock import now, parse_date

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

# A record's two dates are not written at exactly the same moment.
_SLACK = timedelta(seconds=1)


class Times(NamedTuple):
    """A job's moments; None where one did not come or is not known. `estimated`: dispatch was worked out."""

    submitted: datetime | None = None
    dispatched: datetime | None = None
    put_back: datetime | None = None
    finished: datetime | None = None
    estimated: bool = False

    @property
    def waited(self) -> float | None:
        """Seconds from submission to dispatch; to now for one that still waits."""
        return _seconds(self.submitted, self.dispatched)


def times(record: JobRow) -> Times:
    """The moments of a job."""
    submitted, updated = parse_date(record.created), parse_date(record.updated)
    finished = parse_date(record.finished_at)
    sent, back = parse_date(record.dispatched), parse_date(record.put_back)
    status = record.status
    if status == "pending":
        if back is None and submitted is not None and updated is not None and updated - submitted > _SLACK:
            # Nothing else changes a job that waits.
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
        except OverflowError:  # longer than the calendar
            sent = submitted
        if submitted is not None and sent is not None:
            sent = max(sent, submitted)
    return Times(submitted, sent, back, finished, estimated)


def waited(record: JobRow) -> float | None:
    """Seconds in the queue: up to now for one that waits, up to its dispatch for one that ran."""
    known = times(record)
    if record.status == "pending":
        return _seconds(known.submitted, now())
    return known.waited


def ran(record: JobRow) -> float | None:
    """Seconds on the QPU: up to now for one that runs, what the driver reported for one that is over."""
    if record.status == "running":
        return _seconds(times(record).dispatched, now())
    return record.duration or None


def cost(record: JobRow) -> float | None:
    """QPU seconds that a job cost its owner: a finished one costs what it took, whether it failed or not."""
    if record.status not in CHARGED_STATUSES:
        return None
    return record.duration


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return max((end - start).total_seconds(), 0.0) if start is not None and end is not None else None
