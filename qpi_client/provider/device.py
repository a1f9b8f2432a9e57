"""What the server says of a QPU, in plain terms."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from qpi_client.errors import QPIError

if TYPE_CHECKING:
    from qpi_client.client import QPIClient

PADDING_KINDS = frozenset({"mock", "qiskit_aer", "quantify", "qblox"})
"""Kinds of driver that list all 2^n outcomes, zeros included; the server drops results over 1 MiB."""


@dataclass(frozen=True, slots=True)
class Device:
    """A QPU: its id (None where the server gives none), size, state, and its driver's kind and version."""

    name: str
    id: str | None
    num_qubits: int
    status: str | None = None
    enabled: bool | None = None
    kind: str | None = None
    driver_version: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why jobs will have to wait, in words; None when they will not."""
        if self.enabled is False:
            return f"QPU '{self.name}' is disabled: a job is accepted but waits until it is enabled."
        if self.status in ("offline", "maintenance"):
            state = "offline" if self.status == "offline" else "in maintenance"
            return f"QPU '{self.name}' is {state}: a job is accepted but waits until it is online."
        return None


def full_client(client: Any) -> QPIClient | None:
    """Return the client if it is our own, which can do more than the four methods; None for any other."""
    # Where the module was never loaded, nobody can hold one of its clients.
    module = sys.modules.get("qpi_client.client")
    # Not isinstance: a mock made to look like a client answers nonsense to what it was not told about.
    return client if module is not None and issubclass(type(client), module.QPIClient) else None


def is_superuser(client: QPIClient) -> bool:
    """Whether a superuser is signed in, who may see everybody's jobs."""
    return bool(client.session and client.session.is_superuser)


def read_device(client: Any, name: str, num_qubits: int | None = None, qpu_id: str | None = None) -> Device:
    """Ask for a QPU by id, else by name; ``RuntimeError`` when nobody says how many qubits it has."""
    record = client.get_qpu(qpu_id or name)
    fields: Mapping[str, Any] = record if isinstance(record, Mapping) else {}
    found = fields.get("num_qubits") if num_qubits is None else num_qubits
    try:
        if isinstance(found, bool) or int(cast("int", found)) < 1:
            raise ValueError
        size = int(cast("int", found))
    except (TypeError, ValueError):
        raise RuntimeError(f"QPU '{name}' has no valid num_qubits (got {found!r})") from None
    status, enabled, own_id, kind = (fields.get(key) for key in ("status", "enabled", "id", "executor_type"))
    return Device(
        name=name,
        id=own_id if isinstance(own_id, str) and own_id else None,
        num_qubits=size,
        status=status if isinstance(status, str) and status else None,
        enabled=enabled if isinstance(enabled, bool) else None,
        kind=kind if isinstance(kind, str) and kind else None,
    )


def with_driver(client: Any, device: Device) -> Device:
    """Add the kind and version of the driver that runs the jobs, where the server keeps drivers apart."""
    full = full_client(client)
    if device.kind is not None or full is None or device.id is None:
        return device
    for driver in _job_drivers(full, device.id):
        version = driver.get("version")
        return replace(device, kind=str(driver["kind"]), driver_version=version if isinstance(version, str) else None)
    return device


def _job_drivers(client: QPIClient, qpu_id: str) -> list[Mapping[str, Any]]:
    """The drivers of a QPU that take jobs, those that are on first."""
    try:
        drivers: list[Mapping[str, Any]] = [dict(driver) for driver in client.list_drivers(qpu=qpu_id)]
    except QPIError:
        # The older generation has no drivers; otherwise the portable gates will do.
        return []
    taking = [
        driver
        for driver in drivers
        if driver.get("kind")
        and "JobDispatch" in (driver.get("events") or ["JobDispatch"])
        and driver.get("kind") != "bluefors_gen1"
    ]
    return sorted(taking, key=lambda driver: (driver.get("status") != "online", driver.get("enabled") is False))
