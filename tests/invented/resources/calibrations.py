"""Calibrations: columns and descriptor."""

from qpi_tui.domain.action import action
from qpi_tui.domain.columns import Column
from qpi_tui.domain.roles import ADMINS
from qpi_tui.resources.base import Resource

RESOURCE: Resource["CalibrationRow"] = Resource(  # noqa: F821
    id="calibrations",
    title="Calibrations",
    help="Calibrations of the QPUs",
    key="Y",
    row="qpi_tui.rows.calibrations:CalibrationRow",
    screen="calibrations:CalibrationsScreen",
    noun=("calibration", "calibrations"),
    roles=ADMINS,
    collection="calibrations",
    columns=[
        Column("name", "name", 20, lambda row: row.name, flex=True),
        Column("fidelity", "fidelity", 10, lambda row: f"{row.fidelity:.3f}", sort=lambda row: row.fidelity),
        Column("state", "state", 12, lambda row: row.state),
    ],
    actions=(action("calibrations.approve", "a", "approve", "Approve the calibration", ADMINS, changes=True),),
    word="name",
)
