"""QPUs: list, find by name or id, create, enable, change, delete."""

from __future__ import annotations

from typing import Any, cast

from qpi_client.calls.server import OLD, only_on
from qpi_client.calls.typed import fetch_as
from qpi_client.checks import given, one_of, part, quoted, text, whole, yes_or_no
from qpi_client.context import Context
from qpi_client.errors import AmbiguousName, InvalidValue, NotFound, ProtocolError
from qpi_client.exchange import fetch, fetch_dict, get, records, remove
from qpi_client.page_order import identified
from qpi_client.paging import Pager, everything
from qpi_client.records import QPU, QPU_STATUSES, NewQPU, QPUConnection, QPUStatus, QPUSwitch, Record
from qpi_client.steps import Call, Request

# A hash that servers of generation v0.0 show to everyone. No caller needs it.
_HIDDEN = ("access_token",)


def list_qpus(ctx: Context) -> Call[list[QPU]]:
    """List the online QPUs.

    Returns:
        The QPUs, in order of creation. Empty if none is online.

    Raises:
        TransportError: The server cannot be reached, or its answer cannot be read.
    """
    answer = yield from fetch(ctx, get("/api/qpus"))
    return [_shown(qpu) for qpu in rows(answer, "qpus")]


def list_all_qpus(ctx: Context) -> Call[list[QPU]]:
    """List all QPUs, whatever their status.

    Returns:
        The QPUs, in order of creation.

    Raises:
        TransportError: The server cannot be reached, or its answer cannot be read.
    """
    found = yield from everything(ctx, Pager("qpus", session=False))
    return [_shown(qpu) for qpu in found]


def get_qpu(ctx: Context, name: str) -> Call[QPU]:
    """Return one QPU.

    The server's own route finds a QPU by id only, so names are looked up in the collection.

    Args:
        name: Name or id.

    Returns:
        The QPU.

    Raises:
        NotFound: No such QPU.
        AmbiguousName: Several QPUs have this name; ``ids`` are theirs.
        InvalidValue: ``name`` is empty.
    """
    text(name, "The QPU", 255)
    missing = NotFound(404, f"There is no QPU {name!r}")
    try:
        return _shown((yield from fetch_dict(ctx, get(f"/api/qpus/{part(name, 'name')}"))))
    except NotFound as error:
        missing = error
    except InvalidValue:
        # A name that is not allowed in a path may still be valid.
        pass
    found = yield from _by_name(ctx, name)
    if found is None:
        raise missing
    return _shown(found)


def read_qpu(ctx: Context, qpu_id: str) -> Call[QPU]:
    """Return the current record of the QPU with this id."""
    return _shown((yield from fetch_dict(ctx, get(f"/api/qpus/{part(qpu_id)}"))))


def _by_name(ctx: Context, name: str) -> Call[Record | None]:
    """Return the QPU with this id or name from the collection; None if it does not exist."""
    condition = f"id = {quoted(name)} || name = {quoted(name)}"
    found = yield from everything(ctx, Pager("qpus", filter=condition, session=False))
    exact = [qpu for qpu in found if qpu.get("id") == name] or [qpu for qpu in found if qpu.get("name") == name]
    if len(exact) > 1:
        ids = [str(qpu.get("id")) for qpu in exact]
        raise AmbiguousName(f"{len(ids)} QPUs are named {name!r}: give one of the ids {', '.join(ids)}.", ids)
    return exact[0] if exact else None


def target(ctx: Context, name_or_id: str) -> Call[Record]:
    """Return a QPU by name or id, cached for up to 30 s."""
    text(name_or_id, "The QPU", 255)
    known = ctx.known_qpu(name_or_id)
    if known is None:
        known = yield from _by_name(ctx, name_or_id)
        if known is None:
            raise NotFound(404, f"There is no QPU {name_or_id!r}")
        ctx.remember_qpu(name_or_id, known)
    return known


def id_of(ctx: Context, name_or_id: str) -> Call[str]:
    """Return the id of a QPU given by name or id."""
    return str((yield from target(ctx, name_or_id))["id"])


def create_qpu(
    ctx: Context,
    name: str,
    executor_type: str | None = None,
    num_qubits: int | None = None,
    enabled: bool | None = None,
) -> Call[NewQPU]:
    """Create a QPU. Superusers only.

    The server accepts duplicate names; such QPUs differ only in id.

    Args:
        name: At most 255 characters.
        executor_type: Kind of the QPU's own driver, such as "mock". Required by v0.0, ignored by v0.1.
        num_qubits: Number of qubits, from 1 to 1,000,000.
        enabled: Whether it is enabled. The server's default is True.

    Returns:
        The new QPU. On v0.0 it includes ``access_token``, which is shown only once.

    Raises:
        Forbidden: The account is not a superuser.
        BadRequest: The server rejects a value.
        InvalidValue: A value is out of range; nothing was sent.
    """
    body = given({"name": text(name, "The name", 255), "executor_type": executor_type})
    if num_qubits is not None:
        body["num_qubits"] = _size(num_qubits)
    if enabled is not None:
        body["enabled"] = yes_or_no(enabled, "enabled")
    ctx.forget_qpus()
    return (yield from fetch_as(NewQPU, ctx, Request("POST", "/api/op/qpus/create", json=body, repeat=False)))


def connect_qpu(
    ctx: Context,
    name: str,
    access_token: str,
    executor_type: str | None = None,
    device_config: dict[str, Any] | None = None,
) -> Call[QPUConnection]:
    """Connect a QPU's driver. Generation v0.0 only; on v0.1, drivers connect by themselves.

    Args:
        name: Name of the QPU. The server identifies the QPU by the token only.
        access_token: The token from the QPU's creation.
        executor_type: Kind of the driver, such as "mock".
        device_config: Device settings, as a JSON object.

    Returns:
        Ports and credentials for the driver's connection.

    Raises:
        NotOnThisGeneration: The server is of generation v0.1.
        Unauthorized: The token is not valid.
    """
    body = {"name": name, "access_token": access_token}
    body |= given({"executor_type": executor_type, "device_config": device_config})
    request = Request("POST", "/api/op/qpus/connect", json=body)
    return (yield from only_on(ctx, OLD, "Connecting a QPU", lambda: fetch_as(QPUConnection, ctx, request)))


def toggle_qpu(ctx: Context, qpu_id: str, enabled: bool) -> Call[QPUSwitch]:
    """Enable or disable a QPU. Superusers only.

    This changes only the QPU's record. Jobs of a disabled QPU still start while one of its drivers is connected, on
    both generations (measured on v0.0.42 and v0.1.2): to stop them, use `stop_qpu`. Disabling sets the status to
    offline. On v0.1, enabling leaves it offline even if a driver is connected: use `start_qpu`.

    Args:
        qpu_id: Id or name.
        enabled: New state.

    Returns:
        The QPU's id, name, status and whether it is enabled.

    Raises:
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        AmbiguousName: Several QPUs have this name.
        InvalidValue: ``enabled`` is not a bool; nothing was sent.
    """
    wanted = yes_or_no(enabled, "enabled")
    body = {"id": (yield from id_of(ctx, qpu_id)), "enabled": wanted}
    answer = yield from fetch_as(QPUSwitch, ctx, Request("POST", "/api/op/qpu/toggle", json=body))
    ctx.forget_qpus()
    return answer


def update_qpu(ctx: Context, qpu: str, *, name: str | None = None, num_qubits: int | None = None) -> Call[QPU]:
    """Change a QPU's name or number of qubits. Superusers only.

    Args:
        qpu: Name or id.
        name: New name, at most 255 characters. The server accepts duplicate names.
        num_qubits: New number of qubits, from 1 to 1,000,000.

    Returns:
        The updated QPU.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        AmbiguousName: Several QPUs have this name.
        InvalidValue: A value is out of range, or there is nothing to change; nothing was sent.
    """
    body: Record = {}
    if name is not None:
        body["name"] = text(name, "The name", 255)
    if num_qubits is not None:
        body["num_qubits"] = _size(num_qubits)
    if not body:
        raise InvalidValue("Nothing to change: give name or num_qubits.")
    return (yield from patch_qpu(ctx, qpu, body))


def rename_qpu(ctx: Context, qpu: str, name: str) -> Call[QPU]:
    """Rename a QPU. Superusers only. The same as ``update_qpu(qpu, name=name)``.

    Args:
        qpu: Name or id.
        name: New name, at most 255 characters.

    Returns:
        The updated QPU.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        InvalidValue: ``name`` is empty or too long; nothing was sent.
    """
    return (yield from patch_qpu(ctx, qpu, {"name": text(name, "The name", 255)}))


def set_qpu_status(ctx: Context, qpu: str, status: QPUStatus) -> Call[QPU]:
    """Set a QPU's status. Superusers only.

    The status is informational: it neither stops nor starts jobs, and the next driver that connects or disconnects
    overwrites it. For maintenance that lasts, use `stop_qpu`, then `start_qpu`. "online" corrects the status of a QPU
    whose driver is connected, which servers leave offline after disabling (v0.1) and after maintenance (both).

    Args:
        qpu: Name or id.
        status: "online", "offline" or "maintenance".

    Returns:
        The updated QPU.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        InvalidValue: No such status; nothing was sent.
    """
    return (yield from patch_qpu(ctx, qpu, {"status": one_of(status, "The status", QPU_STATUSES)}))


def delete_qpu(ctx: Context, qpu: str) -> Call[None]:
    """Delete a QPU. Superusers only.

    Args:
        qpu: Name or id.

    Raises:
        SessionRequired: Not signed in.
        Forbidden: The account is not a superuser.
        NotFound: No such QPU.
        BadRequest: The QPU has a driver. Delete the driver first.
    """
    ctx.need_session("Removing a QPU")
    found = yield from id_of(ctx, qpu)
    yield from remove(ctx, "qpus", found)
    ctx.forget_qpus()


def patch_qpu(ctx: Context, qpu: str, body: Record) -> Call[QPU]:
    """Change fields of a QPU's record and return the updated record."""
    ctx.need_session("Changing a QPU")
    path = records("qpus", (yield from id_of(ctx, qpu)))
    answer = yield from fetch_dict(ctx, Request("PATCH", path, json=body, session="needed"))
    ctx.forget_qpus()
    return _shown(answer)


def _size(num_qubits: int) -> int:
    return whole(num_qubits, "num_qubits", 1, 1_000_000)


def rows(answer: Any, *names: str) -> list[Record]:
    """Return the records of an answer that is a list or contains one under one of these names."""
    found = answer
    if isinstance(answer, dict):
        found = next((answer[name] for name in (*names, "items") if isinstance(answer.get(name), list)), None)
    if not isinstance(found, list):
        raise ProtocolError("The server's answer is not a list.")
    return identified(found)


def _shown(qpu: Record) -> QPU:
    return cast("QPU", {name: value for name, value in qpu.items() if name not in _HIDDEN})
