"""QPUs and jobs as Qiskit's backends and jobs: circuits in, right answers out."""

from __future__ import annotations

from qpi_client.provider.backend import QPIBackend
from qpi_client.provider.catalogue import QPIProvider
from qpi_client.provider.errors import (
    CircuitRefused,
    QPIJobError,
    QPIJobTimeoutError,
    QPIWarning,
    QPUUnavailable,
    UnknownOption,
)
from qpi_client.provider.job import QPIJob

__all__ = [
    "CircuitRefused",
    "QPIBackend",
    "QPIJob",
    "QPIJobError",
    "QPIJobTimeoutError",
    "QPIProvider",
    "QPIWarning",
    "QPUUnavailable",
    "UnknownOption",
]
