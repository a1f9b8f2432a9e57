"""Readings of cryostats and other instruments."""

from __future__ import annotations

from qpi_client.calls.qpus import id_of
from qpi_client.calls.server import NEW, only_on
from qpi_client.calls.typed import list_as
from qpi_client.checks import Moment, every, quoted, sent_time, whole
from qpi_client.context import Context
from qpi_client.paging import Pager
from qpi_client.records import Reading
from qpi_client.steps import Call


def list_readings(
    ctx: Context,
    *,
    type: str | None = "CryostatReading",
    qpu: str | None = None,
    since: Moment | None = None,
    limit: int | None = None,
) -> Call[list[Reading]]:
    """List the readings that drivers reported, newest first. `list_events` is an alias.

    Args:
        type: Event type; None for all types.
        qpu: Name or id of the QPU. Default: all.
        since: Only readings after this time, as RFC 3339 text with an offset or an aware datetime.
        limit: Maximum number of readings to return. Default: all.

    Returns:
        The readings, with driver and QPU in ``expand``.

    Raises:
        NotOnThisGeneration: The server is of generation v0.0, which has no telemetry.
        NotFound: No such QPU.
        InvalidValue: A value is out of range; nothing was sent.

    Examples:
        >>> for reading in client.list_readings(qpu="alice", limit=5):
        ...     for channel, found in reading["payload"]["readings"].items():
        ...         print(reading["ts"], channel, found["value"], found["unit"])
    """
    conditions = [] if type is None else [f"type = {quoted(type)}"]
    if qpu is not None:
        wanted = quoted((yield from id_of(ctx, qpu)))
        conditions.append(f"qpu = {wanted}")
    if since is not None:
        conditions.append(f"ts > {quoted(sent_time(since, 'since'))}")
    most = None if limit is None else whole(limit, "limit", 0, 1_000_000)
    pager = Pager("events", by="-ts", filter=every(*conditions), expand="driver,qpu", limit=most, session=False)
    return (yield from only_on(ctx, NEW, "Telemetry", lambda: list_as(Reading, ctx, pager)))
