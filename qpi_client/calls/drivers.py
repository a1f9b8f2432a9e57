"""Drivers: programs that run a QPU's jobs or report its readings; records of their own since generation v0.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from qpi_client.calls.qpus import id_of
from qpi_client.calls.server import NEW, only_on
from qpi_client.calls.typed import fetch_as, list_as
from qpi_client.checks import given, part, quoted, text, yes_or_no
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import records, remove
from qpi_client.paging import Pager
from qpi_client.records import (
    Driver,
    DriverEvent,
    DriverKind,
    DriverLanguage,
    DriverSwitch,
    NewDriver,
    Record,
)
from qpi_client.steps import Call, Request

_WHAT = "Drivers as separate records"


def list_drivers(ctx: Context, qpu: str | None = None) -> Call[list[Driver]]:
    """List drivers, with their QPU's record in ``expand``.

    Args:
        qpu: Name or id of the QPU whose drivers to list. Default: all QPUs.

    Returns:
        The drivers, in order of creation.

    Raises:
        NotOnThisGeneration: The server is of generation v0.0, where a QPU is its own driver.
        NotFound: No such QPU.
        AmbiguousName: Several QPUs have this name.
    """
    condition = None if qpu is None else f"qpu = {quoted((yield from id_of(ctx, qpu)))}"
    pager = Pager("drivers", filter=condition, expand="qpu", session=False)
    return [_shown(driver) for driver in (yield from only_on(ctx, NEW, _WHAT, lambda: list_as(Driver, ctx, pager)))]


def create_driver(
    ctx: Context,
    name: str,
    qpu: str,
    kind: DriverKind,
    language: DriverLanguage = "python",
    events: Sequence[DriverEvent] | None = None,
) -> Call[NewDriver]:
    """Create a driver for a QPU. Superusers only.

    Args:
        name: At most 255 characters.
        qpu: Name or id of the QPU.
        kind: "mock", "qiskit_aer", "quantify", "qblox", "presto", "bluefors_gen1" (a cryostat monitor) or "custom".
        language: "python", "typescript" or "go".
        events: Events that a custom driver exchanges: "JobDispatch", "JobResult", "CryostatReading". Ignored for other
            kinds.

    Returns:
        The new driver with its ``token`` and setup ``snippets``, both shown only once.

    Raises:
        NotOnThisGeneration: The server is of generation v0.0.
        Forbidden: The account is not a superuser.
        BadRequest: The server does not know the kind, the language or an event.
        NotFound: No such QPU.
        InvalidValue: ``name`` is empty or too long; nothing was sent.
    """
    text(name, "The name", 255)
    body: Record = {"name": name, "qpu": (yield from id_of(ctx, qpu)), "kind": kind, "language": language}
    if events is not None:
        body["events"] = list(events)
    request = Request("POST", "/api/op/drivers/create", json=body, repeat=False)
    return (yield from only_on(ctx, NEW, _WHAT, lambda: fetch_as(NewDriver, ctx, request)))


def toggle_driver(ctx: Context, driver_id: str, enabled: bool) -> Call[DriverSwitch]:
    """Enable or disable a driver. Superusers only.

    Disabling ends dispatch at once and closes the driver's connection; about 1 s later the QPU's status becomes offline
    (measured on v0.1.2). Enabling only permits a connection: restart the driver's process to reconnect.

    Args:
        driver_id: Id of the driver.
        enabled: New state.

    Returns:
        The driver's id, name, status and whether it is enabled.

    Raises:
        NotOnThisGeneration: The server is of generation v0.0.
        Forbidden: The account is not a superuser.
        NotFound: No such driver.
        InvalidValue: ``enabled`` is not a bool; nothing was sent.
    """
    part(driver_id)
    body = {"id": driver_id, "enabled": yes_or_no(enabled, "enabled")}
    request = Request("POST", "/api/op/drivers/toggle", json=body)
    return (yield from only_on(ctx, NEW, _WHAT, lambda: fetch_as(DriverSwitch, ctx, request)))


def update_driver(
    ctx: Context,
    driver_id: str,
    *,
    name: str | None = None,
    qpu: str | None = None,
    kind: DriverKind | None = None,
    language: DriverLanguage | None = None,
    events: Sequence[DriverEvent] | None = None,
) -> Call[Driver]:
    """Change a driver's record. Superusers only.

    This changes the record, not the running program. A connected driver serves its previous QPU until it reconnects.
    Its token does not change.

    Args:
        driver_id: Id of the driver.
        name: New name, at most 255 characters.
        qpu: Name or id of the QPU that it then belongs to.
        kind: New kind; see `create_driver`.
        language: New language; see `create_driver`.
        events: Events that it exchanges; see `create_driver`.

    Returns:
        The updated driver.

    Raises:
        SessionRequired: Not signed in.
        NotOnThisGeneration: The server is of generation v0.0.
        Forbidden: The account is not a superuser.
        NotFound: No such driver, or no such QPU.
        AmbiguousName: Several QPUs have this name.
        BadRequest: The server does not know the kind or the language.
        InvalidValue: A value is out of range, or there is nothing to change; nothing was sent.
    """
    ctx.need_session("Changing a driver")
    body = given({"kind": kind, "language": language, "events": None if events is None else list(events)})
    if name is not None:
        body["name"] = text(name, "The name", 255)
    if qpu is not None:
        body["qpu"] = yield from id_of(ctx, qpu)
    if not body:
        raise InvalidValue("Nothing to change: give name, qpu, kind, language or events.")
    request = Request("PATCH", records("drivers", driver_id), json=body, session="needed")
    return _shown((yield from only_on(ctx, NEW, _WHAT, lambda: fetch_as(Driver, ctx, request))))


def _shown(driver: Driver) -> Driver:
    """Return a driver without its token's hash, which servers show to superusers."""
    return cast("Driver", {name: value for name, value in driver.items() if name != "token"})


def delete_driver(ctx: Context, driver_id: str) -> Call[None]:
    """Delete a driver. Superusers only.

    Args:
        driver_id: Id of the driver.

    Raises:
        SessionRequired: Not signed in.
        NotOnThisGeneration: The server is of generation v0.0.
        Forbidden: The account is not a superuser.
        NotFound: No such driver.
    """
    yield from only_on(ctx, NEW, _WHAT, lambda: remove(ctx, "drivers", driver_id))
