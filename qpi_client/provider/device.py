"""A QPU's properties as read from the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

from qpi_client.driver_kinds import HARDWARE_KINDS, MONITOR_KINDS
from qpi_client.errors import QPIError
from qpi_client.records import QPU, Driver, JobRow, JobStatus
from qpi_client.session import Session

SIMULATED_QUBITS = {"mock": 24, "qiskit_aer": 34}
"""Qubits that simulators take at most, whatever size their QPU has: Qiskit's own has this limit, Aer needs the memory.

Aer's limit is that of its machine's memory, which is not known here: 34 qubits take 256 GiB.
"""


@dataclass(frozen=True, slots=True)
class Device:
    """A QPU: id (None if the server returns none), size, state, and its driver's kind and version."""

    name: str
    id: str | None
    num_qubits: int
    status: str | None = None
    enabled: bool | None = None
    kind: str | None = None
    driver_version: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why the QPU may not run jobs, as a sentence; None if it should.

        Servers ignore both fields when they dispatch: only a connected driver counts.
        """
        runs = "The server still accepts a job, and starts it as soon as a driver is connected."
        if self.enabled is False:
            return f"QPU '{self.name}' is disabled. {runs}"
        if self.status == "maintenance":
            return f"QPU '{self.name}' is in maintenance. {runs}"
        if self.status == "offline":
            return f"QPU '{self.name}' is offline. {runs}"
        return None


class FullClient(Protocol):
    """The methods of `QPIClient` that the provider uses in addition to the four methods of any client.

    A client declares them with ``lists_resources = True`` in its class. The presence of the methods is not enough: a
    mock has every method, and returns meaningless values from those that are not configured.
    """

    lists_resources: bool

    @property
    def session(self) -> Session | None:
        """The session, or None."""

    def list_all_qpus(self) -> list[QPU]:
        """List all QPUs."""

    def list_drivers(self, qpu: str | None = None) -> list[Driver]:
        """List drivers."""

    def list_jobs(
        self,
        *,
        status: JobStatus | Sequence[JobStatus] | None = None,
        qpu: str | None = None,
        among: int | None = None,
        everyone: bool = False,
    ) -> list[JobRow]:
        """List jobs."""


def full_client(client: Any) -> FullClient | None:
    """Return the client if it is a full client; None otherwise."""
    return cast("FullClient", client) if getattr(type(client), "lists_resources", None) is True else None


def takes_jobs(driver: Mapping[str, Any]) -> bool:
    """Return whether a driver runs jobs. A monitor also receives jobs, and loses them."""
    kind = driver.get("kind")
    return bool(kind) and kind not in MONITOR_KINDS and "JobDispatch" in (driver.get("events") or ["JobDispatch"])


def is_superuser(client: FullClient) -> bool:
    """Return whether the account is a superuser, which can see everybody's jobs."""
    return bool(client.session and client.session.is_superuser)


def read_device(client: Any, name: str, num_qubits: int | None = None, qpu_id: str | None = None) -> Device:
    """Read a QPU by id, or by name; ``RuntimeError`` if its number of qubits is unknown."""
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
    named = fields.get("name")
    return Device(
        # The name in the record counts, even if the QPU is read by id.
        name=named if own_id == name and isinstance(named, str) and named else name,
        id=own_id if isinstance(own_id, str) and own_id else None,
        num_qubits=size,
        status=status if isinstance(status, str) and status else None,
        enabled=enabled if isinstance(enabled, bool) else None,
        kind=kind if isinstance(kind, str) and kind else None,
    )


def width_problem(wanted: int, size: int, kind: str | None, name: str) -> tuple[str, str]:
    """Return why a circuit of this width is rejected, and what to warn about; "" for neither.

    Simulators run circuits that are wider than their QPU, devices do not. For other drivers it is unknown.
    """
    if wanted <= size:
        return "", ""
    said = f"has {wanted} qubits and QPU '{name}' has {size}"
    if kind in HARDWARE_KINDS:
        return f"{said}: choose another QPU.", ""
    limit = SIMULATED_QUBITS.get(kind or "")
    if limit is not None and wanted > limit:
        return f"{said}; its simulator takes at most {limit}: choose another QPU, or use fewer qubits.", ""
    runs = "its simulator may still run it" if limit else "it is unknown whether its driver runs it"
    return "", f"{said}: {runs}. The job is sent anyway. To be safe, choose another QPU."


def with_driver(client: Any, device: Device) -> Device:
    """Add the kind and version of the driver that runs the jobs, if the server has driver records."""
    full = full_client(client)
    if device.kind is not None or full is None or device.id is None:
        return device
    for driver in _job_drivers(full, device.id):
        version = driver.get("version")
        return replace(device, kind=str(driver["kind"]), driver_version=version if isinstance(version, str) else None)
    return device


def _job_drivers(client: FullClient, qpu_id: str) -> list[Driver]:
    """Return the drivers of a QPU that run jobs, connected ones first."""
    try:
        drivers = client.list_drivers(qpu=qpu_id)
    except QPIError:
        # Servers of generation v0.0 have no drivers. For other errors, the portable gates suffice.
        return []
    taking = [driver for driver in drivers if takes_jobs(driver)]
    return sorted(taking, key=lambda driver: (driver.get("status") != "online", driver.get("enabled") is False))
