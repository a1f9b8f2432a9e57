"""A calibration of a QPU."""

from qpi_tui.rows.base import Number, Row


class CalibrationRow(Row, frozen=True, kw_only=True):
    name: str = ""
    fidelity: Number = 0.0
    approved: bool = False

    @property
    def state(self) -> str:
        return "✓ approved" if self.approved else "… new"
