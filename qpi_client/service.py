"""What taking a QPU out of service and back did."""

from __future__ import annotations

from dataclasses import dataclass

from qpi_client.records import QPU, Driver, Generation


@dataclass(frozen=True, slots=True)
class QPUStopped:
    """What `stop_qpu` did.

    Attributes:
        qpu: The QPU's record afterwards.
        generation: The server's generation. On v0.0 the driver process has to be stopped by hand besides.
        stopped: Whether the server starts no more jobs on the QPU.
        disabled: The drivers that this call disabled. They must reconnect after `start_qpu`.
        enabled: The drivers that are still enabled, because they were to be kept; jobs still start on them.
        running: The number of jobs that are running on the QPU. Their results are lost; they go back to pending after
            the server's job timeout.
        queued: The number of jobs that are pending for the QPU.
    """

    qpu: QPU
    generation: Generation
    stopped: bool
    disabled: tuple[Driver, ...]
    enabled: tuple[Driver, ...]
    running: int
    queued: int


@dataclass(frozen=True, slots=True)
class QPUStarted:
    """What `start_qpu` did.

    Attributes:
        qpu: The QPU's record afterwards. Its status is online only if a driver is connected.
        generation: The server's generation.
        enabled: The drivers that this call enabled.
        reconnect: The enabled drivers that are not connected; an operator restarts their processes.
        connected: The drivers that are connected. Always empty on v0.0, where a QPU is its own driver.
        running: The number of jobs that are running on the QPU.
        queued: The number of jobs that are pending for the QPU.
    """

    qpu: QPU
    generation: Generation
    enabled: tuple[Driver, ...]
    reconnect: tuple[Driver, ...]
    connected: tuple[Driver, ...]
    running: int
    queued: int
