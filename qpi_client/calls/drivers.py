"""Drivers: the programs that run a QPU's jobs or read its cryostat. Records of their own since generation v0.1."""

from __future__ import annotations

from collections.abc import Sequence

from qpi_client.calls.qpus import id_of
from qpi_client.calls.server import NEW, only_on
from qpi_client.checks import part, quoted, text, yes_or_no
from qpi_client.context import Context
from qpi_client.exchange import fetch_dict, remove
from qpi_client.paging import Pager, everything
from qpi_client.records import Record
from qpi_client.steps import Call, Request

_WHAT = "Drivers as records of their own"


def list_drivers(ctx: Context, qpu: str | None = None) -> Call[list[Record]]:
    """All drivers, or those of one QPU (name or id), with their QPU's record in `expand`."""
    condition = None if qpu is None else f"qpu = {quoted((yield from id_of(ctx, qpu)))}"
    pager = Pager("drivers", filter=condition, expand="qpu", session=False)
    return (yield from only_on(ctx, NEW, _WHAT, lambda: everything(ctx, pager)))


def create_driver(
    ctx: Context,
    name: str,
    qpu: str,
    kind: str,
    language: str = "python",
    events: Sequence[str] | None = None,
) -> Call[Record]:
    """Make a driver for a QPU, by name or id (superusers).

    `kind`: mock, qiskit_aer, quantify, qblox, presto, bluefors_gen1, custom; `language`: python, typescript, go;
    `events`: what a custom driver is sent. The answer holds the driver's `token` and set-up `snippets`, this once.
    """
    text(name, "The name", 255)
    body: Record = {"name": name, "qpu": (yield from id_of(ctx, qpu)), "kind": kind, "language": language}
    if events is not None:
        body["events"] = list(events)
    request = Request("POST", "/api/op/drivers/create", json=body, repeat=False)
    return (yield from only_on(ctx, NEW, _WHAT, lambda: fetch_dict(ctx, request)))


def toggle_driver(ctx: Context, driver_id: str, enabled: bool) -> Call[Record]:
    """Enable or disable a driver (superusers): disabled, it gets no jobs; enabled again, it must connect anew."""
    part(driver_id)
    body = {"id": driver_id, "enabled": yes_or_no(enabled, "enabled")}
    request = Request("POST", "/api/op/drivers/toggle", json=body)
    return (yield from only_on(ctx, NEW, _WHAT, lambda: fetch_dict(ctx, request)))


def delete_driver(ctx: Context, driver_id: str) -> Call[None]:
    """Remove a driver (superusers)."""
    yield from only_on(ctx, NEW, _WHAT, lambda: remove(ctx, "drivers", driver_id))
