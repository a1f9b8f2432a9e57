"""Take a QPU out of service and put it back.

Servers dispatch jobs to every connected driver of a QPU, whatever its status and whether it is enabled. So a QPU is
stopped by disabling its drivers. On v0.0, where a QPU is its own driver, setting ``enabled`` in the record ends its
dispatcher; the toggle route does not.

When a driver disconnects, the server sets the QPU's status up to 1 s later and writes back the whole record as it was
read before, which can overwrite a concurrent change. So the fields are read again until they are stable.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from qpi_client.calls.drivers import list_drivers, toggle_driver
from qpi_client.calls.qpus import id_of, patch_qpu, read_qpu, set_qpu_status, toggle_qpu
from qpi_client.checks import either, every, quoted, text
from qpi_client.context import Context
from qpi_client.errors import Conflict, InvalidValue, NotOnThisGeneration, QPIError
from qpi_client.job_fields import ACTIVE_STATUSES
from qpi_client.paging import Pager, everything
from qpi_client.records import QPU, Driver, Record
from qpi_client.service import QPUStarted, QPUStopped
from qpi_client.steps import Call, Pause

# Time in seconds within which a disconnecting driver changes the QPU's status; about 1 s was measured.
_SETTLES = 3.0
_SETTLES_DISABLED = 1.2
_LONGEST = 10.0
_GAP = 0.25
# Attempts to disable drivers that somebody else enables concurrently.
_ROUNDS = 3


def stop_qpu(ctx: Context, qpu: str, *, maintenance: bool = False, keep_drivers: bool = False) -> Call[QPUStopped]:
    """Take a QPU out of service: the server starts no more jobs on it. Superusers only.

    All drivers of the QPU are disabled, including monitors, because servers send jobs to any connected driver. Then the
    QPU is disabled or set to maintenance. Pending jobs wait until you start the QPU.

    The driver process continues its current job, and the result is lost with the connection. The server returns such a
    job to pending after the job timeout (20 s by default): wait until no job is ``running``.

    On v0.0 the QPU is disabled in its record, which ends dispatch and rejects a driver that restarts. The server cannot
    stop the driver process: stop it by hand before you open the hardware.

    Args:
        qpu: Name or id.
        maintenance: Set the status "maintenance". The QPU stays enabled on v0.1, and is also disabled on v0.0.
        keep_drivers: Only change the QPU's status. Jobs still start on the QPU.

    Returns:
        What was done, and the number of running and pending jobs.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        AmbiguousName: Several QPUs have this name.
        Conflict: Somebody else enabled the drivers again after each attempt.

    Examples:
        >>> stopped = client.stop_qpu("alice", maintenance=True)
        >>> if stopped.generation == "v0.0":
        ...     print("Stop the driver process of", stopped.qpu["name"])
        >>> client.start_qpu("alice", drivers=[driver["id"] for driver in stopped.disabled])
    """
    ctx.need_session("Taking a QPU out of service")
    qpu_id = yield from id_of(ctx, qpu)
    drivers = yield from _drivers(ctx, qpu_id)
    disabled: list[Driver] = []
    kept = [driver for driver in drivers or () if driver.get("enabled") is not False]
    if drivers is not None and not keep_drivers:
        disabled = yield from _disable(ctx, qpu_id, drivers)
        kept = []
    if drivers is None and not keep_drivers:
        record = yield from _end_dispatch(ctx, qpu_id, maintenance)
    else:
        detaching = any(driver.get("status") == "online" for driver in disabled)
        record = yield from _mark(ctx, qpu_id, maintenance, detaching)
    jobs = yield from _unfinished(ctx, qpu_id)
    return QPUStopped(
        record,
        "v0.0" if drivers is None else "v0.1",
        stopped=not keep_drivers if drivers is None else not kept,
        disabled=tuple(disabled),
        enabled=tuple(kept),
        running=jobs["running"],
        queued=jobs["pending"],
    )


def start_qpu(ctx: Context, qpu: str, *, drivers: Sequence[str] | None = None) -> Call[QPUStarted]:
    """Put a QPU back into service: enable it and its drivers, and end maintenance. Superusers only.

    A disabled driver has lost its connection, and an operator usually has to restart its process. The QPU's status
    becomes online when a driver connects. If a driver is still connected, servers leave the status offline (v0.1 after
    disabling, both generations after maintenance); this call then sets it to online.

    Args:
        qpu: Name or id.
        drivers: Ids of the drivers to enable, such as ``QPUStopped.disabled``. Default: all drivers of the QPU.

    Returns:
        What was done, and the drivers that have to reconnect.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        AmbiguousName: Several QPUs have this name.
        InvalidValue: An id in ``drivers`` is not a driver of this QPU.
    """
    ctx.need_session("Putting a QPU into service")
    if isinstance(drivers, str):
        raise InvalidValue("drivers must be a list of ids.")
    qpu_id = yield from id_of(ctx, qpu)
    found = yield from _drivers(ctx, qpu_id)
    wanted = _wanted(found or [], drivers)
    connected = [one for one in found or () if one.get("enabled") is not False and one.get("status") == "online"]
    enabled = [driver for driver in wanted if driver.get("enabled") is False]
    for driver in enabled:
        yield from toggle_driver(ctx, driver["id"], True)
    if found is None:
        # In the record: this restarts the dispatcher, and a running driver reconnects.
        record = yield from patch_qpu(ctx, qpu_id, {"enabled": True})
    else:
        yield from toggle_qpu(ctx, qpu_id, True)
        record = yield from read_qpu(ctx, qpu_id)
    attached = bool(connected) if found is not None else bool(record.get("nng_command_port"))
    if record["status"] != "online" and attached:
        record = yield from set_qpu_status(ctx, qpu_id, "online")
    elif record["status"] == "maintenance":
        record = yield from set_qpu_status(ctx, qpu_id, "offline")
    if enabled:
        found = yield from _drivers(ctx, qpu_id)
    on = [driver for driver in found or () if driver.get("enabled") is not False]
    jobs = yield from _unfinished(ctx, qpu_id)
    return QPUStarted(
        record,
        "v0.0" if found is None else "v0.1",
        enabled=tuple(enabled),
        reconnect=tuple(driver for driver in on if driver.get("status") != "online"),
        connected=tuple(driver for driver in on if driver.get("status") == "online"),
        running=jobs["running"],
        queued=jobs["pending"],
    )


def _mark(ctx: Context, qpu_id: str, maintenance: bool, detaching: bool) -> Call[QPU]:
    """Mark a QPU as out of service. While drivers detach, repeat until the mark is stable."""
    if maintenance:
        record = yield from set_qpu_status(ctx, qpu_id, "maintenance")
        wanted: Record = {"status": "maintenance"}
    else:
        yield from toggle_qpu(ctx, qpu_id, False)
        record = yield from read_qpu(ctx, qpu_id)
        wanted = {"enabled": False}
    if detaching:
        record = yield from _hold(ctx, record, wanted, _SETTLES if maintenance else _SETTLES_DISABLED)
    return record


def _end_dispatch(ctx: Context, qpu_id: str, maintenance: bool) -> Call[QPU]:
    """On v0.0, disable a QPU in its record, which ends its dispatcher and closes its driver's connection."""
    record = yield from read_qpu(ctx, qpu_id)
    if record.get("enabled") is False and not (yield from _idle(ctx, qpu_id)):
        # Disabled by the toggle route, which does not stop the dispatcher: only a change of the record does.
        yield from patch_qpu(ctx, qpu_id, {"enabled": True})
    record = yield from patch_qpu(ctx, qpu_id, {"enabled": False})
    wanted: Record = {"enabled": False}
    if maintenance:
        wanted["status"] = "maintenance"
        record = yield from set_qpu_status(ctx, qpu_id, "maintenance")
    return (yield from _hold(ctx, record, wanted, _SETTLES if maintenance else _SETTLES_DISABLED))


def _idle(ctx: Context, qpu_id: str) -> Call[bool]:
    """Return whether jobs are queued and none is running, which means that nothing dispatches them."""
    jobs = yield from _unfinished(ctx, qpu_id)
    return jobs["pending"] > 0 and jobs["running"] == 0


def _drivers(ctx: Context, qpu_id: str) -> Call[list[Driver] | None]:
    """Return the drivers of a QPU; None on a server whose QPUs are their own drivers."""
    try:
        return (yield from list_drivers(ctx, qpu_id))
    except NotOnThisGeneration:
        return None


def _disable(ctx: Context, qpu_id: str, drivers: Sequence[Driver]) -> Call[list[Driver]]:
    """Disable every driver; return the previously enabled ones as they were."""
    disabled: dict[str, Driver] = {}
    for _ in range(_ROUNDS):
        enabled = [driver for driver in drivers if driver.get("enabled") is not False]
        if not enabled:
            return list(disabled.values())
        for driver in enabled:
            try:
                yield from toggle_driver(ctx, driver["id"], False)
            except QPIError as error:
                names = ", ".join(one["name"] for one in disabled.values()) or "none"
                error.add_note(f"The QPU is not stopped. Drivers disabled before this failure: {names}.")
                raise
            disabled.setdefault(driver["id"], driver)
        # A driver may have been added or enabled concurrently.
        drivers = yield from list_drivers(ctx, qpu_id)
    raise Conflict(409, "Somebody else enabled drivers of this QPU again, so it is not stopped")


def _hold(ctx: Context, record: QPU, wanted: Record, settles: float) -> Call[QPU]:
    """Set these fields again until disconnecting drivers no longer change them for ``settles`` seconds."""
    last = time.monotonic() + _LONGEST
    until = time.monotonic() + settles
    while time.monotonic() < min(until, last):
        yield Pause(_GAP)
        record = yield from read_qpu(ctx, record["id"])
        found: Record = dict(record)
        changed = {name: value for name, value in wanted.items() if found.get(name) != value}
        if changed:
            record = yield from patch_qpu(ctx, record["id"], changed)
            until = max(until, time.monotonic() + settles / 2)
    return record


def _wanted(found: Sequence[Driver], ids: Sequence[str] | None) -> list[Driver]:
    """Return the drivers to enable."""
    if ids is None:
        return list(found)
    known = {driver["id"]: driver for driver in found}
    for one in ids:
        if text(one, "A driver's id", 255) not in known:
            raise InvalidValue(f"{one!r} is not a driver of this QPU.")
    return [known[one] for one in ids]


def _unfinished(ctx: Context, qpu_id: str) -> Call[Counter[str]]:
    """Return the numbers of pending and running jobs of a QPU."""
    condition = every(either("status", ACTIVE_STATUSES), f"qpu_target = {quoted(qpu_id)}")
    jobs = yield from everything(ctx, Pager("quantum_jobs", by="-@rowid", filter=condition, fields=["status"]))
    return Counter(str(job.get("status")) for job in jobs)
