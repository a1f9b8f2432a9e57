"""`qpi-tui calibrations`."""

from operator import attrgetter, methodcaller

from qpi_tui.cli.changing import BulkEdit
from qpi_tui.cli.common import BULK, OUTPUT, SERVER, BulkChange, Output, Server, group
from qpi_tui.cli.output import id_column, show_records
from qpi_tui.cli.reading import read_records
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.targets import Targets, change_each
from qpi_tui.edits.calibrations import ApproveCalibration
from qpi_tui.resources.calibrations import RESOURCE

app = group("calibrations", "Calibrations of the QPUs.")


@app.command(name="list")
def list_calibrations(*, server: Server = SERVER, output: Output = OUTPUT) -> int:
    """List the calibrations."""
    with signed_in(server) as signed:
        records = read_records(signed.client, RESOURCE)
        show_records(records, [id_column(), *RESOURCE.columns], output, row=RESOURCE.decode)
    return 0


@app.command
def approve(*which: str, server: Server = SERVER, output: Output = OUTPUT, change: BulkChange = BULK) -> int:
    """Approve calibrations."""
    need, what = methodcaller("need_admin", "approve"), BulkEdit("calibrations.approve", "Approve", RESOURCE.noun)
    name = attrgetter("name")
    read = lambda signed: RESOURCE.decode_all(read_records(signed.client, RESOURCE))  # noqa: E731
    targets = Targets("calibration", read, lambda row: (row.name,), name, name)
    return change_each(targets, which, what, _edit, need, server, output, change)


def _edit(row) -> ApproveCalibration:
    return ApproveCalibration(target=row.name, calibration=row.id)
