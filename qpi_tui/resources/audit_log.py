"""The audit log: what this console changed."""

from __future__ import annotations

from typing import Any

from qpi_tui.domain.clock import local, now, parse_date, short_moment
from qpi_tui.domain.columns import Cell, Column, Record
from qpi_tui.resources.base import Resource


def what(record: Record) -> str:
    """The action in words: `requests: approve`; its id where it is no longer known."""
    from qpi_tui.actions import ACTIONS

    action = ACTIONS.get(str(record.get("action")))
    return f"{action.area}: {action.label}" if action is not None else str(record.get("action") or "?")


def _when(record: Record) -> str:
    moment = parse_date(record.get("at"))
    if moment is None:
        return "?"
    here = local(moment)
    return f"{here:%H:%M:%S}" if here.date() == local(now()).date() else short_moment(here)


def _outcome(record: Record) -> Cell:
    ok = record.get("ok") is True
    return Cell(f"{'✓' if ok else '✗'} {record.get('outcome') or ''}", "" if ok else "bad")


COLUMNS = [
    Column("at", "when", 12, _when, sort=lambda record: str(record.get("at") or "")),
    Column("what", "what", 17, what),
    Column("target", "whom", 30, lambda record: str(record.get("target") or ""), least=18),
    Column("outcome", "outcome", 30, _outcome, flex=True, least=20),
    Column("who", "by", 20, lambda record: str(record.get("who") or ""), need=1),
]

RESOURCE: Resource[Any] = Resource(
    id="journal",
    title="Audit log",
    short_title="Log",
    help="Every change that this console made",
    key="J",
    row="qpi_tui.rows.audit_log:AuditRow",
    screen="audit_log:AuditLogScreen",
    noun=("change", "changes"),
    columns=COLUMNS,
)
