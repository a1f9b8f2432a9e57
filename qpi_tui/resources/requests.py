"""Columns of the requests for QPU time."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain import facts
from qpi_tui.domain.columns import Cell, Column, Record, extra
from qpi_tui.domain.durations import duration, short_duration
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.resources.base import Relation, Resource

_STATES = {
    "pending": Cell("… pending", "warn"),
    "approved": Cell("✓ approved", "ok"),
    "rejected": Cell("✗ rejected", "bad"),
}


def _state(record: Record) -> Cell:
    status = str(record.get("status", ""))
    return _STATES.get(status, Cell(f"? {status}", "warn"))


def _asks(record: Record) -> str:
    return duration(facts.seconds_of(record))


def _change(record: Record) -> Cell:
    before = facts.requester_balance(record)
    if record.get("status") != "pending":
        return Cell("" if before is None else duration(before), "muted")
    if before is None:
        return Cell("not known", "muted")
    return Cell(f"{short_duration(before)} → {short_duration(before + facts.seconds_of(record))}")


def _why(record: Record) -> str:
    return str(record.get("requested_reason") or "–")


_ANSWERS = {"pending": "waits for approval", "approved": "credited", "rejected": "without a reason"}


def _answer(record: Record) -> Cell:
    if reason := record.get("rejection_reason"):
        return Cell(str(reason), "bad")
    return Cell(_ANSWERS.get(str(record.get("status")), ""), "muted")


_WHO = Column("who", "who", 34, facts.who, least=18)
_ASKS = Column("asks", "asks", 10, _asks, align="right", sort=facts.seconds_of)
_BALANCE = Column(
    "balance",
    "balance → after",
    19,
    _change,
    need=1,
    sort=lambda record: facts.requester_balance(record) or 0.0,
)
_WHY = Column("why", "why", 24, _why, flex=True)
_AGE = Column("age", "age", 7, lambda record: str(extra(record).get("age") or ""), align="right", need=2)
_STATE = Column("status", "status", 10, _state)
_ANSWER = Column("answer", "answer", 28, _answer, flex=True, need=2)


def for_role(*, admin: bool, every: bool) -> list[Column]:
    """An admin's queue, or a person's own requests; with `every`, the status too."""
    if not admin:
        return [_STATE, _ASKS, _WHY, _ANSWER]
    return [_WHO, _ASKS, _STATE, _BALANCE, _WHY] if every else [_WHO, _ASKS, _BALANCE, _WHY, _AGE]


RESOURCE: Resource[Any] = Resource(
    id="requests",
    title="Requests",
    short_title="Reqs",
    user_title="Time",
    help="Requests for QPU time",
    key="2",
    row="qpi_tui.rows.requests:RequestRow",
    screen="requests:RequestsScreen",
    noun=("request", "requests"),
    roles=SESSIONS,
    collection="qpu_time_requests",
    reader="list_time_requests",
    about="who",
    relations={"user": Relation("users")},
)
