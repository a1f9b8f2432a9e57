"""`qpi-tui telemetry`: readings of the cryostats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from qpi_tui.cli.common import LIST, SERVER, ListOutput, Server
from qpi_tui.cli.lists import List, Wanted, show_list, wanted_of
from qpi_tui.cli.output import Record
from qpi_tui.cli.signing import signed_in
from qpi_tui.cli.times import ago
from qpi_tui.domain.clock import now
from qpi_tui.domain.columns import Column

if TYPE_CHECKING:
    from qpi_tui.resources.telemetry import Limits
    from qpi_tui.rows.telemetry import ChannelRow

_KEYS = ("id", "channel", "value", "unit", "status", "ts", "driver", "qpu", "values")
_FIELDS = ("ts", "channel", "value", "unit", "driver", "qpu")


def telemetry(
    *,
    qpu: Annotated[str, Parameter(help="only this QPU's: name or id")] = "",
    since: Annotated[str, Parameter(help="start, such as 2h (default: 15 minutes)")] = "",
    raw: Annotated[bool, Parameter(help="every reading instead of the last of each channel")] = False,
    server: Server = SERVER,
    output: ListOutput = LIST,
) -> int:
    """Print the last reading of each channel, with unit, status and age.

    Example: qpi-tui telemetry --qpu alpha --filter state:bad --json
    """
    from qpi_tui.resources.telemetry import COLUMNS, RESOURCE
    from qpi_tui.rows.telemetry import channels

    begin = ago(since)
    with signed_in(server) as signed:
        wanted = wanted_of(output, RESOURCE, signed)
        rows: dict[str, ChannelRow] = {}

        def read() -> Sequence[Record]:
            start = begin() or now() - timedelta(minutes=15)
            events = signed.client.list_events(qpu=qpu or None, since=start)
            found = _limited(channels(RESOURCE.decode_all(events)), signed.settings.thresholds)
            rows.clear()
            rows.update({row.id: row for row in found})
            if raw:
                return [reading for row in found if wanted.lets_through(row) for reading in _readings(row)]
            return [{name: getattr(row, name) for name in _KEYS} for row in found]

        if raw:
            shown = [Column(key, key, 12, partial(_field, key)) for key in _FIELDS]
            # The columns of a view are those of channels.
            found = List(Wanted(RESOURCE), read, shown, "No readings.", filtered=True)
        else:
            kept = [column for column in COLUMNS if column.key != "trend"]
            found = List(wanted, read, kept, "No readings.", lambda record: rows[str(record["id"])])
        return show_list(found, output, signed)


def _limited(found: Sequence[ChannelRow], limits: Limits) -> list[ChannelRow]:
    """The channels, each with the limit that it is beyond."""
    from msgspec.structs import replace

    from qpi_tui.resources.telemetry import beyond

    return [replace(row, limit=beyond(row, limits)) for row in found]


def _readings(row: ChannelRow) -> Iterator[Mapping[str, Any]]:
    """Every reading of a channel, the oldest first."""
    for moment, value in row.values:
        told = {"id": f"{row.id}@{moment}", "channel": row.channel, "ts": moment, "value": value}
        yield told | {"unit": row.unit, "driver": row.driver, "qpu": row.qpu}


def _field(key: str, record: Record) -> str:
    return str(record[key])


app = telemetry
