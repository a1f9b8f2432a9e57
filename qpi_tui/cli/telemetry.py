"""`qpi-tui telemetry`: what the cryostats report."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated

from cyclopts import Parameter

from qpi_tui.cli.common import OUTPUT, SERVER, Output, Server
from qpi_tui.cli.output import Record, show_records
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import now

_KEYS = ("id", "channel", "value", "unit", "status", "ts", "driver", "qpu", "values")
_FIELDS = ("ts", "channel", "value", "unit", "driver", "qpu")


def telemetry(
    *,
    qpu: Annotated[str, Parameter(help="only this QPU's: name or id")] = "",
    since: Annotated[str, Parameter(help="start, such as 2h (default: 15 minutes)")] = "",
    raw: Annotated[bool, Parameter(help="every reading instead of the last of each channel")] = False,
    server: Server = SERVER,
    output: Output = OUTPUT,
) -> int:
    """Print the last reading of each channel, with unit, status and age.

    Example: qpi-tui telemetry --qpu alpha --json
    """
    from qpi_tui.domain.columns import Column
    from qpi_tui.resources import telemetry as columns
    from qpi_tui.rows.telemetry import channels

    begin = ago(since)
    with signed_in(server) as signed:
        start = begin() or now() - timedelta(minutes=15)
        events = signed.client.list_events(qpu=qpu or None, since=start)
        rows = channels(columns.RESOURCE.decode_all(events))
        if raw:
            records = [
                {"id": f"{row.id}@{moment}", "channel": row.channel, "ts": moment, "value": value}
                | {"unit": row.unit, "driver": row.driver, "qpu": row.qpu}
                for row in rows
                for moment, value in row.values
            ]
            shown = [Column(key, key, 12, partial(_field, key)) for key in _FIELDS]
            show_records(records, shown, output, none="No readings.")
        else:
            by_id = {row.id: row for row in rows}
            kept = [column for column in columns.COLUMNS if column.key != "trend"]
            records = [{name: getattr(row, name) for name in _KEYS} for row in rows]
            show_records(records, kept, output, none="No readings.", row=lambda record: by_id[record["id"]])
    return 0


def _field(key: str, record: Record) -> str:
    return str(record[key])


app = telemetry
