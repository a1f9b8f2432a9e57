"""Columns of the jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from qpi_client.job_fields import RELATED, ROW, SIZES
from qpi_tui.domain import facts, job_times
from qpi_tui.domain.clock import parse_date, stepped, stepped_age
from qpi_tui.domain.columns import Cell, Column, Record, extra
from qpi_tui.domain.durations import short_duration
from qpi_tui.domain.sanitize import pad
from qpi_tui.domain.styled_text import Part
from qpi_tui.resources.base import Relation, Resource

_STATES = {
    "pending": Cell("… waits", ""),
    "running": Cell("▶ running", "accent"),
    "completed": Cell("✓ done", "ok"),
    "failed": Cell("✗ failed", "bad"),
    "cancelled": Cell("⊘ cancelled", "muted"),
}
_ORDER = tuple(_STATES)


# What is said of a job that waits for a QPU in these states (`facts.qpu_state`); it takes no jobs then.
_HELD = {
    "maintenance": Cell("◐ in maint.", "muted"),
    "off": Cell("○ QPU off", "muted"),
    # In the width of the column, without a mark.
    "offline": Cell("QPU offline", "muted"),
}


def _state(record: Record, states: Mapping[str, str] = MappingProxyType({})) -> Cell:
    status = str(record.get("status", "?"))
    if status == "pending":
        ahead = extra(record).get("ahead")
        if not record.get("qpu_target"):
            return Cell("▲ no QPU", "warn")
        if held := _HELD.get(states.get(str(record["qpu_target"]), "")):
            return held
        if not isinstance(ahead, int):
            return Cell("… waits")
        return Cell(f"… {ahead:,} ahead" if ahead else "… next")
    return _STATES.get(status, Cell(f"? {status}", "warn"))


def _qpu(record: Record) -> str:
    return str(facts.expanded(record, "qpu_target").get("name") or record.get("qpu_target") or "–")


def size_text(record: Record) -> str:
    """`4 × 1,000`: circuits and shots, `–` where the server does not tell them."""
    circuits, shots = record.get("circuits"), record.get("shots")
    if not isinstance(circuits, int) or not isinstance(shots, int):
        return "–"
    return f"{circuits:,} × {shots:,}"


def _size(record: Record) -> Cell:
    text = size_text(record)
    return Cell(text, "muted" if text == "–" else "")


def _took(record: Record) -> str | Cell:
    seconds = job_times.ran(record)
    if seconds is None:
        return ""
    if record.get("status") == "running":
        # As coarse as an age: the table's clock goes by the minute, and a second that stands still would mislead.
        text = stepped(seconds)
    elif 0 < seconds < 0.01:
        text = f"{seconds * 1000:.2g} ms"
    else:
        text = f"{seconds:.2g} s" if seconds < 10 and seconds != int(seconds) else short_duration(int(seconds))
    return Cell(f"▶ {text}", "accent") if record.get("status") == "running" else text


def _waited(record: Record) -> str | Cell:
    seconds = job_times.waited(record)
    if seconds is None:
        return ""
    if record.get("status") == "pending":
        # For as long as it is old: the age beside it says that, and twice costs twice.
        return Cell("…", "muted")
    whole = int(seconds) if seconds < 60 else int(seconds // 60) * 60
    return Cell("<1 s" if seconds < 1 else short_duration(whole), "muted")


def _cost(record: Record) -> str:
    seconds = job_times.cost(record)
    if seconds is None:
        return ""
    if 0 < seconds < 0.0005:
        return "<0.001 s"
    # What is charged is never shown as nothing, nor cut.
    return f"{seconds:,.{3 if 0 < seconds < 0.1 else 2 if seconds < 1000 else 0}f} s"


def _once_for_each(text: Callable[[Record], str]) -> Callable[[Record], str]:
    """The text in small letters, made once for each record that jobs refer to: a hundred thousand share a few."""
    known: dict[int, tuple[object, str]] = {}

    def key(record: Record) -> str:
        expand = record.get("expand")
        if not expand:
            return text(record).casefold()
        found = known.get(id(expand))
        if found is None or found[0] is not expand:
            found = known[id(expand)] = (expand, text(record).casefold())
        return found[1]

    return key


def _product(record: Record) -> int:
    circuits, shots = record.get("circuits"), record.get("shots")
    return circuits * shots if isinstance(circuits, int) and isinstance(shots, int) else -1


def _ran(record: Record) -> float:
    taken = record.get("duration")
    # What most jobs are, without the calls: a hundred thousand are sorted by it.
    if type(taken) is float and 0.0 <= taken < 1e9 and record.get("status") != "running":
        return taken
    return job_times.ran(record) or 0.0


def _waited_seconds(record: Record) -> float:
    # As above: what a finished job without a history of its own waited.
    made, finished, taken = record.get("created"), record.get("finished_at"), record.get("duration")
    if made and finished and type(taken) is float and taken > 0.0 and "sent" not in extra(record):
        since, until = parse_date(made), parse_date(finished)
        if since is not None and until is not None:
            return max((until - since).total_seconds() - taken, 0.0)
    return job_times.waited(record) or 0.0


def _who(record: Record) -> str:
    return facts.who(record, "user_id")


_ID = Column("id", "job", 15, lambda record: str(record.get("id")), sort=lambda record: str(record.get("id")))
# Beside whose it is, a part of the id is enough to know it again.
_SHORT_ID = _ID._replace(least=8)
_QPU = Column("qpu", "qpu", 13, _qpu, flex=True, sort=_once_for_each(_qpu))
_SIZE = Column("size", "circ×shots", 10, _size, align="right", need=2, sort=_product)
_AGE = Column(
    "age",
    "age",
    6,
    lambda record: stepped_age(record.get("created")),
    align="right",
    sort=lambda record: str(record.get("created")),
)
_TOOK = Column("took", "took", 8, _took, align="right", need=1, sort=_ran)
_WAITED = Column("waited", "waited", 8, _waited, align="right", need=3, sort=_waited_seconds)
_COST = Column("cost", "cost", 8, _cost, align="right", need=4, sort=lambda r: job_times.cost(r) or 0.0)
_WHO = Column("user", "user", 24, _who, flex=True, sort=_once_for_each(_who))


def for_role(*, everyone: bool, states: Mapping[str, str] = MappingProxyType({})) -> list[Column]:
    """Own jobs, or everyone's with the person. `states`: a QPU's id → its state, looked at whenever a line is drawn."""
    state = Column(
        "status",
        "state",
        11,
        lambda record: _state(record, states),
        sort=lambda record: _ORDER.index(record["status"]) if record.get("status") in _ORDER else 9,
    )
    common = [state, _QPU, _SIZE, _AGE, _WAITED, _TOOK, _COST]
    return [_SHORT_ID, *common, _WHO] if everyone else [_ID, *common]


def beside(record: Record, *, everyone: bool) -> list[tuple[str, str]]:
    """What a narrow table has no column for: the size beside everyone's names, how long it waited, what it cost."""
    waits = "waits" if record.get("status") == "pending" else "waited"
    found = [("", f"{size_text(record)} shots")] if everyone and _product(record) >= 0 else []
    for word, column in ((waits, _WAITED), ("cost", _COST)):
        cell = column.cell(record)
        text = cell if isinstance(cell, str) else cell.text
        if text:
            found.append((f"{word} ", text.removeprefix("… ")))
    return found


def job_line(record: Record) -> list[Part]:
    """A job as a line of a dialog."""
    return [
        (f"{record.get('id')!s:<16} ", "bold"),
        (f"{_state(record).text:<12} ", ""),
        (f"{pad(_qpu(record), 14)} ", "$text-muted"),
        (facts.who(record, "user_id") if record.get("user_id") else "", "$text-muted"),
    ]


RESOURCE: Resource[Any] = Resource(
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
)
