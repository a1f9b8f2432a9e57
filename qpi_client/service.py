"""Results of taking a QPU out of service and putting it back."""

from __future__ import annotations

from dataclasses import dataclass

from qpi_client.records import QPU, Driver, Generation


@dataclass(frozen=True, slots=True)
class QPUStopped:
    """Result of `stop_qpu`.

    Attributes:
        qpu: The updated record of the QPU.
        generation: The server's generation. On v0.0 you also have to stop the driver process by hand.
        stopped: Whether the server dispatches no more jobs to the QPU.
        disabled: The drivers that this call disabled. They must reconnect after `start_qpu`.
        enabled: The drivers that are still enabled because you asked to keep them. Jobs still start on them.
        running: Number of running jobs on the QPU. Their results are lost; they return to pending after the server's
            job timeout.
        queued: Number of pending jobs for the QPU.
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
    """Result of `start_qpu`.

    Attributes:
        qpu: The updated record of the QPU. Its status is online only if a driver is connected.
        generation: The server's generation.
        enabled: The drivers that this call enabled.
        reconnect: The enabled drivers that are not connected. Restart their processes.
        connected: The drivers that are connected. Always empty on v0.0, where a QPU is its own driver.
        running: Number of running jobs on the QPU.
        queued: Number of pending jobs for the QPU.
    """

    qpu: QPU
    generation: Generation
    enabled: tuple[Driver, ...]
    reconnect: tuple[Driver, ...]
    connected: tuple[Driver, ...]
    running: int
    queued: int
