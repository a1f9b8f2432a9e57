"""Requests for QPU time: columns and descriptor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.columns import Cell, Column, Rule
from qpi_tui.domain.durations import duration
from qpi_tui.domain.roles import SESSIONS
from qpi_tui.domain.sanitize import cells
from qpi_tui.resources.base import Relation, Resource
from qpi_tui.rows.request_text import balance_change

if TYPE_CHECKING:
    from qpi_tui.rows.requests import RequestRow

_STATES = {
    "pending": Cell("… pending", "warn"),
    "approved": Cell("✓ approved", "ok"),
    "rejected": Cell("✗ rejected", "bad"),
}


def _state(request: RequestRow) -> Cell:
    return _STATES.get(request.status, Cell(f"? {request.status}", "warn"))


def _change(request: RequestRow) -> Cell:
    before = request.balance_before
    if not request.pending:
        return Cell("" if before is None else duration(before), "muted")
    return Cell("not known", "muted") if before is None else Cell(balance_change(before, request.seconds, narrow=True))


_ANSWERS = {"pending": "waits for approval", "approved": "credited", "rejected": "without a reason"}


def _answer(request: RequestRow) -> Cell:
    if request.rejection_reason:
        return Cell(request.rejection_reason, "bad")
    return Cell(_ANSWERS.get(request.status, ""), "muted")


def _seconds(request: RequestRow) -> float:
    return request.seconds


_WHO = Column("who", "User", 34, lambda request: request.who, least=18)
_ASKS = Column("asks", "Requested", 10, lambda request: duration(request.seconds), align="right", sort=_seconds)
_BALANCE = Column("balance", "Balance → after", 19, _change, need=1, sort=lambda r: r.balance_before or 0.0)
_WHY = Column("why", "Reason", 24, lambda request: request.requested_reason or "–", flex=True)
_AGE = Column("age", "Since", 8, lambda request: request.age, align="right", need=2)
_STATE = Column("status", "Status", 10, _state)
_ANSWER = Column("answer", "Answer", 28, _answer, flex=True, need=2)


# Cells of a name beside a reason that would be cut: enough to recognize it; the detail has all of it.
_NAME_BESIDE_LONG_REASON = 24


def fitted(columns: Sequence[Column], rows: Sequence[RequestRow]) -> list[Column]:
    """Return the columns as wide as these rows need; the reason gets the remaining space, empty ones are dropped."""
    found = []
    long_reason = any(cells(row.requested_reason) > _WHY.width for row in rows)
    for column in columns:
        texts = [cell if isinstance(cell, str) else cell.text for cell in map(column.cell, rows)]
        longest = max(map(cells, texts), default=0)
        # A long reason needs the room of a column that is mostly empty; the detail has its values.
        if rows and column.need and sum(map(bool, texts)) < (len(rows) / 2 if long_reason else 1):
            continue
        if not column.flex:
            most = _NAME_BESIDE_LONG_REASON if column.key == "who" and long_reason else column.width
            width = min(max(longest, cells(column.label), 4), most)
            column = column._replace(width=width, least=min(column.least, width))
        found.append(column)
    return found


def for_role(*, admin: bool, every: bool) -> list[Column]:
    """Return the columns of an administrator's queue, or of a user's own requests; with `every`, the status too."""
    if not admin:
        return [_STATE, _ASKS, _WHY, _ANSWER]
    return [_WHO, _ASKS, _STATE, _BALANCE, _WHY] if every else [_WHO, _ASKS, _BALANCE, _WHY, _AGE]


RESOURCE: Resource[RequestRow] = Resource(
    id="requests",
    title="Requests",
    short_title="Reqs",
    user_title="Time",
    help="Pending and decided requests",
    key="2",
    row="qpi_tui.rows.requests:RequestRow",
    screen="requests:RequestsScreen",
    noun=("request", "requests"),
    roles=SESSIONS,
    collection="qpu_time_requests",
    reader="list_time_requests",
    about="who",
    relations={"user": Relation("users")},
    columns=(_WHO, _ASKS, _STATE, _BALANCE, _WHY, _ANSWER),
    filters={"user": "who", "reason": "why"},
    rules={"status": Rule(choices={"pending": ("waiting",), "approved": (), "rejected": ()})},
)
