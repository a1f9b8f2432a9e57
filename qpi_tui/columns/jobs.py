"""Columns of the jobs."""

from __future__ import annotations

from qpi_tui import facts
from qpi_tui.amounts import duration
from qpi_tui.clock import age
from qpi_tui.columns.base import Cell, Column, Record, extra
from qpi_tui.widgets.lines import Part

_STATES = {
    "pending": Cell("… waits", ""),
    "running": Cell("▶ running", "accent"),
    "completed": Cell("✓ done", "ok"),
    "failed": Cell("✗ failed", "bad"),
    "cancelled": Cell("⊘ cancelled", "muted"),
}
_ORDER = tuple(_STATES)


def _state(record: Record) -> Cell:
    status = str(record.get("status", "?"))
    if status == "pending":
        ahead = extra(record).get("ahead")
        if not record.get("qpu_target"):
            return Cell("▲ no QPU", "warn")
        return Cell(f"… waits, {ahead + 1}." if isinstance(ahead, int) else "… waits")
    return _STATES.get(status, Cell(f"? {status}", "warn"))


def _qpu(record: Record) -> str:
    return str(facts.expanded(record, "qpu_target").get("name") or record.get("qpu_target") or "–")


def _size(record: Record) -> Cell:
    circuits, shots = (extra(record).get(key, record.get(key)) for key in ("circuits", "shots"))
    if not isinstance(circuits, int) or not isinstance(shots, int):
        return Cell("–", "muted")
    return Cell(f"{circuits:,} × {shots:,}")


def _took(record: Record) -> str:
    seconds = facts.number(record.get("duration"))
    if not seconds:
        return ""
    return f"{seconds:.2g} s" if seconds < 10 else duration(seconds)


_ID = Column("id", "job", 15, lambda record: str(record.get("id")))
_STATE = Column(
    "status", "state", 12, _state, sort=lambda r: _ORDER.index(r["status"]) if r.get("status") in _ORDER else 9
)
_QPU = Column("qpu", "qpu", 13, _qpu, flex=True)
_SIZE = Column("size", "circuits×shots", 14, _size, align="right", need=2)
_AGE = Column(
    "age", "age", 7, lambda record: age(record.get("created")), align="right", sort=lambda r: str(r.get("created"))
)
_TOOK = Column(
    "took", "took", 9, _took, align="right", need=1, sort=lambda record: facts.number(record.get("duration"))
)
_WHO = Column("user", "user", 24, lambda record: facts.who(record, "user_id"), need=1)


def for_role(*, everyone: bool) -> list[Column]:
    """Own jobs, or everyone's with the person."""
    return [_ID, _STATE, _QPU, _SIZE, _AGE, _TOOK, *([_WHO] if everyone else [])]


def job_line(record: Record) -> list[Part]:
    """A job as a line of a dialog."""
    return [
        (f"{record.get('id')!s:<16} ", "bold"),
        (f"{_state(record).text:<12} ", ""),
        (f"{_qpu(record):<14.14} ", "$text-muted"),
        (facts.who(record, "user_id") if record.get("user_id") else "", "$text-muted"),
    ]
