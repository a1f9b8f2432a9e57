"""Calibrations."""

from functools import partial

from qpi_tui.edits.calibrations import ApproveCalibration
from qpi_tui.resources.calibrations import RESOURCE
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.widgets.step import Step


class CalibrationsScreen(ListScreen["CalibrationRow"]):
    resource = RESOURCE

    def do_approve(self) -> None:
        """Approve one or all marked."""
        edits = [ApproveCalibration(target=row.name, calibration=row.id) for row in self.targets()]
        steps = [Step(edit.calibration, edit.target, [(edit.target, "")], partial(self.make, edit)) for edit in edits]
        if steps:
            self.do_batch("Approve?", steps, confirm="Approve", doing="Approving", after=self.unmark_done)
