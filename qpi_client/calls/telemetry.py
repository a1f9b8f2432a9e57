"""What cryostats and other instruments report."""

from __future__ import annotations

from qpi_client.calls.qpus import id_of
from qpi_client.calls.server import NEW, only_on
from qpi_client.checks import Moment, every, quoted, sent_time, whole
from qpi_client.context import Context
from qpi_client.paging import Pager, everything
from qpi_client.records import Record
from qpi_client.steps import Call


def list_events(
    ctx: Context,
    *,
    type: str | None = "CryostatReading",
    qpu: str | None = None,
    since: Moment | None = None,
    limit: int | None = None,
) -> Call[list[Record]]:
    """Readings, newest first: of one `type` (None: all), of one QPU (name or id), later than `since`.

    `payload["readings"]` maps a channel to its value, unit and status; `ts` is when. Driver and QPU are in `expand`.
    """
    conditions = [] if type is None else [f"type = {quoted(type)}"]
    if qpu is not None:
        wanted = quoted((yield from id_of(ctx, qpu)))
        conditions.append(f"qpu = {wanted}")
    if since is not None:
        conditions.append(f"ts > {quoted(sent_time(since, 'since'))}")
    most = None if limit is None else whole(limit, "limit", 0, 1_000_000)
    pager = Pager("events", by="-ts", filter=every(*conditions), expand="driver,qpu", limit=most, session=False)
    return (yield from only_on(ctx, NEW, "Telemetry", lambda: everything(ctx, pager)))
