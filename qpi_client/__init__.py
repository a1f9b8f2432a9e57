"""The client of QPI servers: jobs, QPUs, users, time and telemetry over HTTP, blocking or awaited.

Everything is loaded on first use: a program that only catches errors does not wait for httpx, and only who asks for
`QPIBackend`, `QPIJob` or `QPIProvider`, Qiskit's view of the same, waits for Qiskit.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qpi_client.version import __version__

if TYPE_CHECKING:
    from qpi_client.aio import AsyncQPIClient
    from qpi_client.client import QPIClient
    from qpi_client.errors import (
        AlreadyHandled,
        AmbiguousName,
        AnswerTooLarge,
        APIError,
        BadRequest,
        CertificateMismatch,
        ClientClosed,
        Conflict,
        ConnectFailed,
        ConnectionLost,
        ConnectionsBusy,
        Forbidden,
        InvalidValue,
        MissingJobID,
        NotFound,
        NotOnThisGeneration,
        NotQPIServer,
        PayloadTooLarge,
        ProtocolError,
        ProxyFailed,
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
        WrongEventLoop,
    )
    from qpi_client.missing import MissingOptionalLibraryError
    from qpi_client.provider import QPIBackend, QPIJob, QPIProvider
    from qpi_client.realtime import ChangeEvent, ReadAgain
    from qpi_client.session import Session
    from qpi_client.transport import Limits, RequestSeen, ResponseSeen, Timeouts

__all__ = [
    "APIError",
    "AlreadyHandled",
    "AmbiguousName",
    "AnswerTooLarge",
    "AsyncQPIClient",
    "BadRequest",
    "CertificateMismatch",
    "ChangeEvent",
    "ClientClosed",
    "Conflict",
    "ConnectFailed",
    "ConnectionLost",
    "ConnectionsBusy",
    "Forbidden",
    "InvalidValue",
    "Limits",
    "MissingJobID",
    "MissingOptionalLibraryError",
    "NotFound",
    "NotOnThisGeneration",
    "NotQPIServer",
    "PayloadTooLarge",
    "ProtocolError",
    "ProxyFailed",
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
    "WrongEventLoop",
    "__version__",
]


# Where what is not an error is found.
_FOUND_IN = {
    "AsyncQPIClient": "aio",
    "ChangeEvent": "realtime",
    "MissingOptionalLibraryError": "missing",
    "QPIBackend": "optional",
    "QPIClient": "client",
    "QPIJob": "optional",
    "QPIProvider": "optional",
    "ReadAgain": "realtime",
    "Limits": "transport",
    "RequestSeen": "transport",
    "ResponseSeen": "transport",
    "Session": "session",
    "Timeouts": "transport",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        found = getattr(importlib.import_module(f"{__name__}.{_FOUND_IN.get(name, 'errors')}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
