"""Jobs: columns and descriptor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING

from qpi_client.job_fields import RELATED, ROW, SIZES
from qpi_tui.domain.clock import parse_date, stepped, stepped_age
from qpi_tui.domain.columns import Cell, Column, Rule
from qpi_tui.domain.durations import short_duration
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources.base import Relation, Resource
from qpi_tui.rows import job_times
from qpi_tui.rows.job_hold import Hold, HoldReason

if TYPE_CHECKING:
    from qpi_tui.rows.jobs import JobRow

_STATES = {
    "pending": Cell("… waits", ""),
    "running": Cell("▶ running", "accent"),
    "completed": Cell("✓ done", "ok"),
    "failed": Cell("✗ failed", "bad"),
    "cancelled": Cell("⊘ cancelled", "muted"),
}
ORDER = {status: place for place, status in enumerate(_STATES)}
# The cell of a job whose QPU has no connected driver that runs it, by the reason.
_HELD = {
    HoldReason.MAINTENANCE: Cell("◐ in maint.", "muted"),
    HoldReason.OFF: Cell("○ QPU off", "muted"),
    HoldReason.MONITORS: Cell("▲ monitors", "warn"),
    HoldReason.NO_DRIVER: Cell("○ no driver", "muted"),
    HoldReason.SILENT: Cell("▲ silent", "warn"),
}
_NOT_KNOWN: Mapping[str, Hold] = MappingProxyType({})
Ahead = Callable[[str], "int | None"]
"""The number of jobs before the one of this id; None if unknown."""


def _unknown(id: str) -> None:
    return None


def state(job: JobRow, holds: Mapping[str, Hold] = _NOT_KNOWN, ahead: Ahead = _unknown) -> Cell:
    """Return the cell of a job's state: of a waiting one, why it does not start or how many are before it."""
    if job.status != "pending":
        return _STATES.get(job.status, Cell(f"? {job.status}", "warn"))
    if not job.qpu_target:
        return Cell("▲ no QPU", "warn")
    if held := holds.get(job.qpu_target):
        return _HELD[held.reason]
    before = ahead(job.id)
    if before is None:
        return Cell("… waits")
    return Cell(f"… {before:,} ahead" if before else "… next")


def _size(job: JobRow) -> Cell:
    return Cell(job.size, "muted" if job.size == "–" else "")


def _took(job: JobRow) -> str | Cell:
    seconds = job_times.ran(job)
    if seconds is None:
        return ""
    if job.status == "running":
        # As coarse as an age: the table's clock ticks by the minute, so seconds would mislead.
        text = stepped(seconds)
    elif 0 < seconds < 0.01:
        text = f"{seconds * 1000:.2g} ms"
    else:
        text = f"{seconds:.2g} s" if seconds < 10 and seconds != int(seconds) else short_duration(int(seconds))
    return Cell(f"▶ {text}", "accent") if job.status == "running" else text


def _waited(job: JobRow) -> str | Cell:
    seconds = job_times.waited(job)
    if seconds is None:
        return ""
    if job.status == "pending":
        # As long as its age: the age beside it shows that already.
        return Cell("…", "muted")
    whole = int(seconds) if seconds < 60 else int(seconds // 60) * 60
    return Cell("<1 s" if seconds < 1 else short_duration(whole), "muted")


def _cost(job: JobRow) -> str:
    seconds = job_times.cost(job)
    if seconds is None:
        return ""
    if 0 < seconds < 0.0005:
        return "<0.001 s"
    # A charge is never shown as zero, nor cut.
    return f"{seconds:,.{3 if 0 < seconds < 0.1 else 2 if seconds < 1000 else 0}f} s"


def _once_for_each(field: str, text: Callable[[JobRow], str]) -> Callable[[JobRow], str]:
    """Return the lower-case text, cached for each record that jobs refer to: a hundred thousand jobs share a few."""
    known: dict[int, tuple[object, str]] = {}
    related = attrgetter(field)

    def key(job: JobRow) -> str:
        record = related(job)
        if record is None:
            return text(job).casefold()
        found = known.get(id(record))
        if found is None or found[0] is not record:
            found = known[id(record)] = (record, text(job).casefold())
        return found[1]

    return key


def _ran(job: JobRow) -> float:
    # The common case, without calls: a hundred thousand jobs are sorted by it.
    if job.status != "running":
        return job.duration
    return job_times.ran(job) or 0.0


def _waited_seconds(job: JobRow) -> float:
    # As above: the waiting time of a finished job without observed times.
    taken = job.duration
    if taken > 0.0 and not job.dispatched and job.created and job.finished_at:
        since, until = parse_date(job.created), parse_date(job.finished_at)
        if since is not None and until is not None:
            return max((until - since).total_seconds() - taken, 0.0)
    return job_times.waited(job) or 0.0


def _qpu(job: JobRow) -> str:
    return job.qpu_name or "–"


def _who(job: JobRow) -> str:
    return job.who


_ID = Column("id", "Job", 15, attrgetter("id"), sort=attrgetter("id"))
# Beside the user, a part of the id is enough to recognize it.
_SHORT_ID = _ID._replace(least=8)
_QPU = Column("qpu", "QPU", 13, _qpu, flex=True, sort=_once_for_each("qpu_target_record", _qpu))
_SIZE = Column("size", "Circ×shots", 10, _size, align="right", need=2, sort=lambda job: job.product)
_AGE = Column("age", "Age", 6, lambda job: stepped_age(job.created), align="right", sort=attrgetter("created"))
_TOOK = Column("took", "Took", 8, _took, align="right", need=1, sort=_ran)
_WAITED = Column("waited", "Waited", 8, _waited, align="right", need=3, sort=_waited_seconds)
_COST = Column("cost", "Cost", 8, _cost, align="right", need=4, sort=lambda job: job_times.cost(job) or 0.0)
_WHO = Column("user", "User", 24, _who, flex=True, sort=_once_for_each("user_id_record", _who))


def for_role(*, everyone: bool, holds: Mapping[str, Hold] = _NOT_KNOWN, ahead: Ahead = _unknown) -> list[Column]:
    """Own jobs, or everyone's with the person.

    `holds` maps a QPU's id to why its jobs do not start, `ahead` says how many jobs are before one: both are asked
    whenever a line is drawn.
    """
    status = Column(
        "status",
        "State",
        11,
        lambda job: state(job, holds, ahead),
        sort=lambda job: ORDER.get(job.status, 9),
    )
    common = [status, _QPU, _SIZE, _AGE, _WAITED, _TOOK, _COST]
    return [_SHORT_ID, *common, _WHO] if everyone else [_ID, *common]


_STATUS_WORDS: Mapping[str, tuple[str, ...]] = {
    "pending": ("waiting", "waits"),
    "running": (),
    "completed": ("done",),
    "failed": (),
    "cancelled": ("canceled",),
}


def _owner(job: JobRow) -> tuple[str, ...]:
    user = job.user_id_record
    return (user.email, user.name) if user is not None else ()


def beside(job: JobRow, *, everyone: bool) -> list[tuple[str, str]]:
    """Return what a narrow table has no column for: the size beside the users, the waiting time, the cost."""
    waits = "waits" if job.status == "pending" else "waited"
    found = [("", f"{job.size} shots")] if everyone and job.product >= 0 else []
    for word, column in ((waits, _WAITED), ("cost", _COST)):
        cell = column.cell(job)
        text = cell if isinstance(cell, str) else cell.text
        if text:
            found.append((f"{word} ", text.removeprefix("… ")))
    return found


def job_line(job: JobRow) -> list[Part]:
    """Return a job as a line of a dialog."""
    return [
        (f"{job.id:<16} ", "bold"),
        (f"{state(job).text:<12} ", ""),
        (f"{pad(_qpu(job), 14)} ", "$text-muted"),
        (job.who if job.user_id else "", "$text-muted"),
    ]


RESOURCE: Resource[JobRow] = Resource(
    id="jobs",
    title="Jobs",
    help="The queue of jobs and their results",
    key="4",
    row="qpi_tui.rows.jobs:JobRow",
    screen="jobs:JobsScreen",
    noun=("job", "jobs"),
    collection="quantum_jobs",
    reader="list_jobs",
    order="-created",
    fields=(*ROW, *SIZES),
    relations={"user_id": Relation("users", RELATED["user_id"]), "qpu_target": Relation("qpus", RELATED["qpu_target"])},
    about="status",
    columns=tuple(for_role(everyone=True)),
    filters={"state": "status", "who": "user"},
    rules={
        "status": Rule(choices=_STATUS_WORDS),
        "qpu": Rule(lambda job: (_qpu(job),), id="qpu_target"),
        "user": Rule(_owner, id="user_id"),
    },
)
