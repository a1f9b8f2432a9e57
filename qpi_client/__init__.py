"""Client of QPI servers: jobs, QPUs, users, QPU time and telemetry over HTTP, blocking or awaited.

`QPIClient` blocks until each answer arrives; `AsyncQPIClient` has the same methods as coroutines. `QPIBackend`,
`QPIJob` and `QPIProvider` give Qiskit access to a server and need Qiskit.

Every name is imported lazily: a program that only catches errors does not load httpx, and only a program that uses a
backend loads Qiskit.
"""

from __future__ import annotations

from qpi_client.version import __version__

# Without `typing` and `importlib`, which take longer to load than a program that only asks for the version.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
        Backup,
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
        LogEntry,
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
        Theme,
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
    "Backup",
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
    "LogEntry",
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
    "Theme",
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


# Maps each public name to the module that defines it. Any other name raises AttributeError.
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
    "Backup": "records",
    "LogEntry": "records",
    "Theme": "records",
    "UserHoldings": "records",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        import importlib

        found = getattr(importlib.import_module(f"{__name__}.{_FOUND_IN.get(name, 'errors')}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
