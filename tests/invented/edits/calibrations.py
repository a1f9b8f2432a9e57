"""Edits of calibrations: approve."""

from qpi_tui.edits.edit import Edit
from qpi_tui.edits.outcome import Done


class ApproveCalibration(Edit, frozen=True):
    """Approve a calibration."""

    calibration: str

    kind = "calibrations.approve"
    collection = "calibrations"

    async def send(self, client, facts):
        """Approve it."""
        record = await client.collection("calibrations").update(self.calibration, {"approved": True})
        return Done("approved", record)

    async def check(self, client, facts, known=()):
        """Check the record's state."""
        record = await client.collection("calibrations").get(self.calibration)
        return Done("approved", record) if record["approved"] else None
