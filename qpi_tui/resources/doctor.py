"""The doctor's findings: descriptor and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpi_tui.domain.action import action
from qpi_tui.domain.columns import Cell, Column
from qpi_tui.domain.roles import Role
from qpi_tui.resources.base import Resource

if TYPE_CHECKING:
    from qpi_tui.doctor.findings import Finding

_CELLS = {"severe": Cell("✗ severe", "bad"), "warning": Cell("▲ warning", "warn"), "note": Cell("● note", "muted")}
_ORDER = tuple(_CELLS)
ADMINS = frozenset({Role.ADMIN})


def _severity(finding: Finding) -> Cell:
    return _CELLS[str(finding.severity)]


def severity_rank(finding: Any) -> int:
    """Return the place of a finding by its severity: 0 for the most severe."""
    return _ORDER.index(str(finding.severity))


COLUMNS: list[Column] = [
    Column("severity", "Severity", 9, _severity, sort=severity_rank),
    Column("title", "Finding", 40, lambda finding: finding.title, flex=True, least=24),
    Column("evidence", "Evidence", 40, lambda finding: finding.evidence, flex=True, need=1),
]

RESOURCE: Resource[Any] = Resource(
    id="doctor",
    title="Doctor",
    short_title="Dr",
    help="Problems of this server and their remedies",
    key="K",
    row="qpi_tui.doctor.findings:Finding",
    screen="doctor:DoctorScreen",
    noun=("finding", "findings"),
    roles=ADMINS,
    columns=COLUMNS,
    actions=(action("doctor.fix", "f", "repair", "Repair what is safe to repair", ADMINS, changes=True),),
)
