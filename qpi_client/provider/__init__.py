"""QPUs and jobs as Qiskit backends and jobs.

Needs Qiskit: ``pip install "qpi-tui[qiskit]"``. Without it, importing this package raises
`qpi_client.MissingOptionalLibraryError`, an `ImportError`.
"""

from __future__ import annotations

from qpi_client.missing import missing_library

try:
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
    from qpi_client.provider.monitor import job_monitor
    from qpi_client.provider.primitives import QPIEstimator, QPISampler
    from qpi_client.provider.reading import read_openqasm
    from qpi_client.provider.session import QPISession
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] == "qpi_client":
        raise
    raise missing_library(error, "qpi_client.provider") from error

__all__ = [
    "CircuitRefused",
    "QPIBackend",
    "QPIEstimator",
    "QPIJob",
    "QPIJobError",
    "QPIJobTimeoutError",
    "QPIProvider",
    "QPISampler",
    "QPISession",
    "QPIWarning",
    "QPUUnavailable",
    "UnknownOption",
    "job_monitor",
    "read_openqasm",
]
