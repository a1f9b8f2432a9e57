"""Taking a QPU out of service and back.

Servers dispatch jobs to every connected driver of a QPU and look neither at its status nor at whether it is enabled.
So a QPU is stopped by disabling its drivers. The disconnection of a driver sets the QPU's status about a second later,
which is why the status is set after the drivers are disabled, and watched until it stays.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from qpi_client.calls.drivers import list_drivers, toggle_driver
from qpi_client.calls.qpus import id_of, read_qpu, set_qpu_status, toggle_qpu
from qpi_client.checks import either, every, quoted, text
from qpi_client.context import Context
from qpi_client.errors import Conflict, InvalidValue, NotOnThisGeneration, QPIError
from qpi_client.paging import Pager, everything
from qpi_client.records import QPU, Driver, QPUStatus
from qpi_client.service import QPUStarted, QPUStopped
from qpi_client.steps import Call, Pause

# Seconds within which the disconnection of a disabled driver changes the QPU's status; about 1 s was measured.
_SETTLES = 3.0
_LONGEST = 10.0
_GAP = 0.25
# How often drivers are disabled again that somebody else enabled meanwhile.
_ROUNDS = 3


def stop_qpu(ctx: Context, qpu: str, *, maintenance: bool = False, keep_drivers: bool = False) -> Call[QPUStopped]:
    """Take a QPU out of service, so that the server starts no more jobs on it. Superusers only.

    Every driver of the QPU is disabled, monitors included, because servers send jobs to any connected driver. Then the
    QPU is disabled, or put into maintenance. Jobs that are running still finish: wait until ``running`` jobs are over
    before you open anything. Pending jobs stay pending until the QPU is started.

    Servers of generation v0.0 cannot stop a driver: the result's ``stopped`` is False there, and the driver process
    has to be stopped by hand.

    Args:
        qpu: Name or id.
        maintenance: Set the status "maintenance" instead of disabling the QPU.
        keep_drivers: Leave the drivers as they are. Jobs then still start on the QPU.

    Returns:
        What was done, and how many jobs are still running and pending.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        NotFound: There is no such QPU.
        AmbiguousName: Several QPUs have this name.
        Conflict: Somebody else enabled the drivers again each time.

    Example:
        >>> stopped = client.stop_qpu("alice", maintenance=True)
        >>> if not stopped.stopped:
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
    if maintenance:
        record = yield from set_qpu_status(ctx, qpu_id, "maintenance")
        if any(driver.get("status") == "online" for driver in disabled):
            record = yield from _hold(ctx, record, "maintenance")
    else:
        yield from toggle_qpu(ctx, qpu_id, False)
        record = yield from read_qpu(ctx, qpu_id)
    jobs = yield from _unfinished(ctx, qpu_id)
    return QPUStopped(
        record,
        "v0.0" if drivers is None else "v0.1",
        stopped=drivers is not None and not kept,
        disabled=tuple(disabled),
        enabled=tuple(kept),
        running=jobs["running"],
        queued=jobs["pending"],
    )


def start_qpu(ctx: Context, qpu: str, *, drivers: Sequence[str] | None = None) -> Call[QPUStarted]:
    """Put a QPU back into service: enable it and its drivers, and end its maintenance. Superusers only.

    A driver that was disabled has lost its connection, and its process usually has to be restarted by an operator. The
    QPU's status becomes online when a driver connects. Where a driver is still connected, servers leave the status
    offline (v0.1 after disabling, both generations after maintenance); then it is set to online.

    Args:
        qpu: Name or id.
        drivers: Ids of the drivers to enable, such as those in ``QPUStopped.disabled``; defaults to all of the QPU's.

    Returns:
        What was done, and which drivers have to reconnect.

    Raises:
        SessionRequired: Nobody is signed in.
        Forbidden: The account is not a superuser.
        NotFound: There is no such QPU.
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


def _drivers(ctx: Context, qpu_id: str) -> Call[list[Driver] | None]:
    """The drivers of a QPU; None on a server whose QPUs are their own drivers."""
    try:
        return (yield from list_drivers(ctx, qpu_id))
    except NotOnThisGeneration:
        return None


def _disable(ctx: Context, qpu_id: str, drivers: Sequence[Driver]) -> Call[list[Driver]]:
    """Disable every driver; the ones that were enabled, as they were before."""
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
        # One may have been added or enabled meanwhile.
        drivers = yield from list_drivers(ctx, qpu_id)
    raise Conflict(409, "Drivers of this QPU are enabled again by somebody else, so it is not stopped")


def _hold(ctx: Context, record: QPU, wanted: QPUStatus) -> Call[QPU]:
    """Keep a status until the disconnections of disabled drivers no longer change it."""
    last = time.monotonic() + _LONGEST
    until = time.monotonic() + _SETTLES
    while time.monotonic() < min(until, last):
        yield Pause(_GAP)
        record = yield from read_qpu(ctx, record["id"])
        if record["status"] != wanted:
            record = yield from set_qpu_status(ctx, record["id"], wanted)
            until = max(until, time.monotonic() + _SETTLES / 2)
    return record


def _wanted(found: Sequence[Driver], ids: Sequence[str] | None) -> list[Driver]:
    """The drivers that are to be enabled."""
    if ids is None:
        return list(found)
    known = {driver["id"]: driver for driver in found}
    for one in ids:
        if text(one, "A driver's id", 255) not in known:
            raise InvalidValue(f"{one!r} is not a driver of this QPU.")
    return [known[one] for one in ids]


def _unfinished(ctx: Context, qpu_id: str) -> Call[Counter[str]]:
    """How many jobs of a QPU are pending and running."""
    condition = every(either("status", ("pending", "running")), f"qpu_target = {quoted(qpu_id)}")
    jobs = yield from everything(ctx, Pager("quantum_jobs", filter=condition, fields=["status"]))
    return Counter(str(job.get("status")) for job in jobs)
