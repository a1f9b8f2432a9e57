"""The audit log, changes made from this machine: columns and descriptor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qpi_tui.domain.clock import local, now, parse_date, short_moment
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.rows.audit_log import AuditRow


def _when(entry: AuditRow) -> str:
    moment = parse_date(entry.at)
    if moment is None:
        return "?"
    here = local(moment)
    return f"{here:%H:%M:%S}" if here.date() == local(now()).date() else short_moment(here)


def _outcome(entry: AuditRow) -> Cell:
    return Cell(f"{'✓' if entry.ok else '✗'} {entry.outcome}", "" if entry.ok else "bad")


COLUMNS = [
    Column("at", "Time", 12, _when, sort=lambda entry: entry.at),
    Column("what", "Action", 17, lambda entry: entry.what or entry.action or "?"),
    Column("target", "Target", 30, lambda entry: entry.target, least=18),
    Column("outcome", "Outcome", 30, _outcome, flex=True, least=20),
    Column("who", "User", 20, lambda entry: entry.who, need=1),
    Column("server", "Server", 20, lambda entry: entry.server.rpartition("/")[2], need=3),
]

RESOURCE: Resource[AuditRow] = Resource(
    id="journal",
    title="Audit log",
    short_title="Log",
    help="Changes made from this machine",
    key="J",
    row="qpi_tui.rows.audit_log:AuditRow",
    screen="audit_log:AuditLogScreen",
    noun=("change", "changes"),
    columns=COLUMNS,
)
