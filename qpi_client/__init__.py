"""Client of QPI servers: jobs, QPUs, users, QPU time and telemetry over HTTP, blocking or awaited.

`QPIClient` waits for each answer; `AsyncQPIClient` has the same methods to be awaited. `QPIBackend`, `QPIJob` and
`QPIProvider` are Qiskit's view of a server and need Qiskit.

Every name is loaded on first use: a program that only catches errors does not wait for httpx, and only one that asks
for a backend waits for Qiskit.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qpi_client.version import __version__

if TYPE_CHECKING:
    from qpi_client.aio import (
        AsyncQPIClient,
    )
    from qpi_client.client import (
        QPIClient,
    )
    from qpi_client.collection import (
        AsyncCollection,
        Collection,
    )
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
        MFARequired,
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
        SignInFailed,
        SubmitUncertain,
        TimedOut,
        TransportError,
        Unauthorized,
        UntargetedJobWarning,
        WaitTimedOut,
        WideResultWarning,
        WrongEventLoop,
    )
    from qpi_client.missing import (
        MissingOptionalLibraryError,
    )
    from qpi_client.provider import (
        QPIBackend,
        QPIJob,
        QPIProvider,
    )
    from qpi_client.realtime import (
        ChangeEvent,
        ReadAgain,
    )
    from qpi_client.records import (
        QPU,
        AuthMethods,
        Cancelled,
        CodeSent,
        Dismissal,
        Driver,
        DriverEvent,
        DriverKind,
        DriverLanguage,
        DriverStatus,
        DriverSwitch,
        Event,
        Generation,
        Health,
        Job,
        JobRow,
        JobStatus,
        MeasLevel,
        MeasReturn,
        NewDriver,
        NewQPU,
        NewToken,
        Notification,
        QPUConnection,
        QPUStatus,
        QPUSwitch,
        Reading,
        RequestDecision,
        RequestStatus,
        SignIn,
        TimeRequest,
        TimeSlot,
        Token,
        User,
        UserHoldings,
    )
    from qpi_client.service import (
        QPUStarted,
        QPUStopped,
    )
    from qpi_client.session import (
        Session,
    )
    from qpi_client.transport import (
        Limits,
        RequestSeen,
        ResponseSeen,
        Timeouts,
    )

__all__ = [
    "QPU",
    "APIError",
    "AlreadyHandled",
    "AmbiguousName",
    "AnswerTooLarge",
    "AsyncCollection",
    "AsyncQPIClient",
    "AuthMethods",
    "BadRequest",
    "Cancelled",
    "CertificateMismatch",
    "ChangeEvent",
    "ClientClosed",
    "CodeSent",
    "Collection",
    "Conflict",
    "ConnectFailed",
    "ConnectionLost",
    "ConnectionsBusy",
    "Dismissal",
    "Driver",
    "DriverEvent",
    "DriverKind",
    "DriverLanguage",
    "DriverStatus",
    "DriverSwitch",
    "Event",
    "Forbidden",
    "Generation",
    "Health",
    "InvalidValue",
    "Job",
    "JobRow",
    "JobStatus",
    "Limits",
    "MFARequired",
    "MeasLevel",
    "MeasReturn",
    "MissingJobID",
    "MissingOptionalLibraryError",
    "NewDriver",
    "NewQPU",
    "NewToken",
    "NotFound",
    "NotOnThisGeneration",
    "NotQPIServer",
    "Notification",
    "PayloadTooLarge",
    "ProtocolError",
    "ProxyFailed",
    "QPIBackend",
    "QPIClient",
    "QPIError",
    "QPIJob",
    "QPIProvider",
    "QPIWarning",
    "QPUConnection",
    "QPUStarted",
    "QPUStatus",
    "QPUStopped",
    "QPUSwitch",
    "QuotaExceeded",
    "RateLimited",
    "ReadAgain",
    "ReadOnly",
    "Reading",
    "RequestDecision",
    "RequestSeen",
    "RequestStatus",
    "ResponseSeen",
    "ResultsUnavailable",
    "ServerError",
    "Session",
    "SessionExpired",
    "SessionRequired",
    "SignIn",
    "SignInFailed",
    "SubmitUncertain",
    "TimeRequest",
    "TimeSlot",
    "TimedOut",
    "Timeouts",
    "Token",
    "TransportError",
    "Unauthorized",
    "UntargetedJobWarning",
    "User",
    "UserHoldings",
    "WaitTimedOut",
    "WideResultWarning",
    "WrongEventLoop",
    "__version__",
]


# Where each name is defined; what is not here is an error.
_FOUND_IN = {
    "AsyncCollection": "collection",
    "AsyncQPIClient": "aio",
    "AuthMethods": "records",
    "Cancelled": "records",
    "ChangeEvent": "realtime",
    "CodeSent": "records",
    "Collection": "collection",
    "Dismissal": "records",
    "Driver": "records",
    "DriverEvent": "records",
    "DriverKind": "records",
    "DriverLanguage": "records",
    "DriverStatus": "records",
    "DriverSwitch": "records",
    "Event": "records",
    "Generation": "records",
    "Health": "records",
    "Job": "records",
    "JobRow": "records",
    "JobStatus": "records",
    "MeasLevel": "records",
    "MeasReturn": "records",
    "MissingOptionalLibraryError": "missing",
    "NewDriver": "records",
    "NewQPU": "records",
    "NewToken": "records",
    "Notification": "records",
    "QPIBackend": "optional",
    "QPIClient": "client",
    "QPIJob": "optional",
    "QPIProvider": "optional",
    "QPU": "records",
    "QPUConnection": "records",
    "QPUStarted": "service",
    "QPUStatus": "records",
    "QPUStopped": "service",
    "QPUSwitch": "records",
    "ReadAgain": "realtime",
    "Limits": "transport",
    "Reading": "records",
    "RequestDecision": "records",
    "RequestSeen": "transport",
    "RequestStatus": "records",
    "ResponseSeen": "transport",
    "Session": "session",
    "SignIn": "records",
    "TimeRequest": "records",
    "TimeSlot": "records",
    "Timeouts": "transport",
    "Token": "records",
    "User": "records",
    "UserHoldings": "records",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        found = getattr(importlib.import_module(f"{__name__}.{_FOUND_IN.get(name, 'errors')}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
