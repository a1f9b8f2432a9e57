"""The client of QPI servers: jobs, QPUs, users, time and telemetry over HTTP, blocking or awaited.

`QPIBackend`, `QPIJob` and `QPIProvider`, Qiskit's view of the same, are loaded, and Qiskit with them, on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qpi_client.client import QPIClient
from qpi_client.errors import (
    AlreadyHandled,
    AmbiguousName,
    APIError,
    BadRequest,
    CertificateMismatch,
    ClientClosed,
    Conflict,
    ConnectFailed,
    ConnectionLost,
    Forbidden,
    InvalidValue,
    MissingJobID,
    NotFound,
    NotOnThisGeneration,
    NotQPIServer,
    PayloadTooLarge,
    ProtocolError,
    QPIError,
    QPIWarning,
    QuotaExceeded,
    RateLimited,
    ReadOnly,
    ResultsUnavailable,
    ServerError,
    SessionExpired,
    SessionRequired,
    SubmitUncertain,
    TimedOut,
    TransportError,
    Unauthorized,
    UntargetedJobWarning,
    WaitTimedOut,
    WideResultWarning,
)
from qpi_client.realtime import ChangeEvent, ReadAgain
from qpi_client.session import Session
from qpi_client.transport import RequestSeen, ResponseSeen, Timeouts
from qpi_client.version import __version__

if TYPE_CHECKING:
    from qpi_client.aio import AsyncQPIClient
    from qpi_client.provider import QPIBackend, QPIJob, QPIProvider

_QISKIT = ("QPIBackend", "QPIJob", "QPIProvider")

__all__ = [
    "APIError",
    "AlreadyHandled",
    "AmbiguousName",
    "AsyncQPIClient",
    "BadRequest",
    "CertificateMismatch",
    "ChangeEvent",
    "ClientClosed",
    "Conflict",
    "ConnectFailed",
    "ConnectionLost",
    "Forbidden",
    "InvalidValue",
    "MissingJobID",
    "NotFound",
    "NotOnThisGeneration",
    "NotQPIServer",
    "PayloadTooLarge",
    "ProtocolError",
    "QPIBackend",
    "QPIClient",
    "QPIError",
    "QPIJob",
    "QPIProvider",
    "QPIWarning",
    "QuotaExceeded",
    "RateLimited",
    "ReadAgain",
    "ReadOnly",
    "RequestSeen",
    "ResponseSeen",
    "ResultsUnavailable",
    "ServerError",
    "Session",
    "SessionExpired",
    "SessionRequired",
    "SubmitUncertain",
    "TimedOut",
    "Timeouts",
    "TransportError",
    "Unauthorized",
    "UntargetedJobWarning",
    "WaitTimedOut",
    "WideResultWarning",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name == "AsyncQPIClient":
        # asyncio takes a third of the time that importing this package takes, and most programs do without.
        from qpi_client.aio import AsyncQPIClient

        return AsyncQPIClient
    if name in _QISKIT:
        from qpi_client import provider

        return getattr(provider, name)
    raise AttributeError(f"module 'qpi_client' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
