"""QPUs: found by name or id, made, switched, renamed, removed."""

from __future__ import annotations

from typing import Any

from qpi_client.calls.server import OLD, only_on
from qpi_client.checks import given, one_of, part, quoted, text, whole, yes_or_no
from qpi_client.context import Context
from qpi_client.errors import AmbiguousName, InvalidValue, NotFound, ProtocolError
from qpi_client.exchange import fetch, fetch_dict, get, records, remove
from qpi_client.paging import Pager, everything, identified
from qpi_client.records import Record
from qpi_client.steps import Call, Request

# A hash that the older generation shows to everyone, of use to nobody.
_HIDDEN = ("access_token",)


def list_qpus(ctx: Context) -> Call[list[Record]]:
    """The QPUs that are online."""
    answer = yield from fetch(ctx, get("/api/qpus"))
    return [_shown(qpu) for qpu in rows(answer, "qpus")]


def list_all_qpus(ctx: Context) -> Call[list[Record]]:
    """Every QPU, whatever its state, in the order in which they were made."""
    found = yield from everything(ctx, Pager("qpus", session=False))
    return [_shown(qpu) for qpu in found]


def get_qpu(ctx: Context, name: str) -> Call[Record]:
    """One QPU by name or id. `NotFound` if there is none, `AmbiguousName` with the ids if several have the name."""
    text(name, "The QPU", 255)
    missing = NotFound(404, f"There is no QPU {name!r}")
    try:
        return _shown((yield from fetch_dict(ctx, get(f"/api/qpus/{part(name, 'name')}"))))
    except NotFound as error:
        missing = error
    except InvalidValue:
        # A name that cannot stand in a path may still be one.
        pass
    found = yield from _by_name(ctx, name)
    if found is None:
        raise missing
    return _shown(found)


def _by_name(ctx: Context, name: str) -> Call[Record | None]:
    """The QPU of this id or name from the collection; None if there is none."""
    condition = f"id = {quoted(name)} || name = {quoted(name)}"
    found = yield from everything(ctx, Pager("qpus", filter=condition, session=False))
    exact = [qpu for qpu in found if qpu.get("id") == name] or [qpu for qpu in found if qpu.get("name") == name]
    if len(exact) > 1:
        ids = [str(qpu.get("id")) for qpu in exact]
        raise AmbiguousName(f"{len(ids)} QPUs are named {name!r}: say which by its id, {' or '.join(ids)}.", ids)
    return exact[0] if exact else None


def target(ctx: Context, name_or_id: str) -> Call[Record]:
    """The QPU that somebody names, from what was read just now or from the server."""
    text(name_or_id, "The QPU", 255)
    known = ctx.known_qpu(name_or_id)
    if known is None:
        known = yield from _by_name(ctx, name_or_id)
        if known is None:
            raise NotFound(404, f"There is no QPU {name_or_id!r}")
        ctx.remember_qpu(name_or_id, known)
    return known


def id_of(ctx: Context, name_or_id: str) -> Call[str]:
    """The id of a QPU given by name or id."""
    return str((yield from target(ctx, name_or_id))["id"])


def create_qpu(
    ctx: Context,
    name: str,
    executor_type: str | None = None,
    num_qubits: int | None = None,
    enabled: bool | None = None,
) -> Call[Record]:
    """Make a QPU (superusers). `executor_type` is of the older generation, whose answer holds `access_token`, once."""
    body = given({"name": text(name, "The name", 255), "executor_type": executor_type})
    if num_qubits is not None:
        body["num_qubits"] = whole(num_qubits, "num_qubits", 1, 1_000_000)
    if enabled is not None:
        body["enabled"] = yes_or_no(enabled, "enabled")
    ctx.forget_qpus()
    return (yield from fetch_dict(ctx, Request("POST", "/api/op/qpus/create", json=body, repeat=False)))


def connect_qpu(
    ctx: Context,
    name: str,
    access_token: str,
    executor_type: str | None = None,
    device_config: dict[str, Any] | None = None,
) -> Call[Record]:
    """Connect a QPU's executor (generation v0.0 only; drivers connect by themselves since)."""
    body = {"name": name, "access_token": access_token}
    body |= given({"executor_type": executor_type, "device_config": device_config})
    request = Request("POST", "/api/op/qpus/connect", json=body)
    return (yield from only_on(ctx, OLD, "Connecting a QPU", lambda: fetch_dict(ctx, request)))


def toggle_qpu(ctx: Context, qpu_id: str, enabled: bool) -> Call[Record]:
    """Enable or disable a QPU given by id or name (superusers). Jobs already sent to it go on."""
    wanted = yes_or_no(enabled, "enabled")
    body = {"id": (yield from id_of(ctx, qpu_id)), "enabled": wanted}
    answer = yield from fetch_dict(ctx, Request("POST", "/api/op/qpu/toggle", json=body))
    ctx.forget_qpus()
    return answer


def rename_qpu(ctx: Context, qpu: str, name: str) -> Call[Record]:
    """Give a QPU another name (superusers)."""
    return (yield from _patch(ctx, qpu, {"name": text(name, "The name", 255)}))


def set_qpu_status(ctx: Context, qpu: str, status: str) -> Call[Record]:
    """Take a QPU into maintenance, or back to offline, from where its driver brings it online (superusers)."""
    return (yield from _patch(ctx, qpu, {"status": one_of(status, "The status", ("maintenance", "offline"))}))


def delete_qpu(ctx: Context, qpu: str) -> Call[None]:
    """Remove a QPU (superusers). One that has a driver cannot be removed: `BadRequest`."""
    ctx.need_session("Removing a QPU")
    found = yield from id_of(ctx, qpu)
    yield from remove(ctx, "qpus", found)
    ctx.forget_qpus()


def _patch(ctx: Context, qpu: str, body: Record) -> Call[Record]:
    ctx.need_session("Changing a QPU")
    path = records("qpus", (yield from id_of(ctx, qpu)))
    answer = yield from fetch_dict(ctx, Request("PATCH", path, json=body, session="needed"))
    ctx.forget_qpus()
    return _shown(answer)


def rows(answer: Any, *names: str) -> list[Record]:
    """The records of an answer that is a list, or holds one under one of these names."""
    found = answer
    if isinstance(answer, dict):
        found = next((answer[name] for name in (*names, "items") if isinstance(answer.get(name), list)), None)
    if not isinstance(found, list):
        raise ProtocolError("The server's answer is no list.")
    return identified(found)


def _shown(qpu: Record) -> Record:
    return {name: value for name, value in qpu.items() if name not in _HIDDEN}
