"""The errors and warnings of this package.

Every error is a `QPIError`. Errors of communication are also `httpx.HTTPError`: `APIError` and its subclasses if the
server rejects a request, `TransportError` and its subclasses if it cannot be reached or understood. Errors that are
raised before a request is sent are not, nor is `SignInFailed`, which an identity provider causes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from qpi_client.http import httpx
from qpi_client.masking import Secret, clipped

# Maximum length of an error message in bytes.
_LONGEST = 2000


class QPIError(Exception):
    """Base class of all errors of this package.

    `str()` of an error is one or more sentences, at most 2,000 bytes, without secrets.
    """

    def __str__(self) -> str:
        return clipped(super().__str__(), _LONGEST)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __copy__(self) -> QPIError:
        other = type(self).__new__(type(self), *self.args)
        other.args = self.args
        other.__dict__.update(self.__dict__)
        return other

    def __reduce__(self) -> tuple[Any, ...]:
        # httpx's errors require keyword arguments, which pickle cannot pass. Requests and answers are not pickled.
        state = {name: value for name, value in self.__dict__.items() if name not in ("_request", "response")}
        return (_rebuild, (type(self), str(self), state))


def _rebuild(cls: type[QPIError], message: str, state: dict[str, Any]) -> QPIError:
    error = cls.__new__(cls, message)
    error.args = (message,)
    error.__dict__.update(state)
    if isinstance(error, httpx.HTTPError):
        error._request = httpx.Request("GET", NOWHERE)
    if isinstance(error, APIError):
        error.response = httpx.Response(error.status, request=error._request)
    return error


# Errors of communication.


class TransportError(QPIError, httpx.TransportError):
    """The server cannot be reached, or its answer cannot be read.

    Attributes:
        request: The request as an `httpx.Request` with secrets masked.
    """

    @property
    def request(self) -> httpx.Request:
        """The request, with secrets masked; a request to `NOWHERE` if no single request caused the error."""
        return self._request or httpx.Request("GET", NOWHERE)

    @request.setter
    def request(self, request: httpx.Request) -> None:
        self._request = request

    def restated(self, more: str) -> TransportError:
        """Return the same error with a further sentence.

        Args:
            more: The sentence.

        Returns:
            The new error.
        """
        other = type(self)(f"{self} {more}")
        other._request = self._request
        return other


class ConnectFailed(TransportError, httpx.ConnectError):
    """No connection to the server could be opened. Nothing was sent."""


class ProxyFailed(ConnectFailed, httpx.ProxyError):
    """The proxy from the environment does not answer or refuses. Nothing was sent to the server."""


class TimedOut(TransportError, httpx.TimeoutException):
    """The server did not answer in time."""


class ConnectionsBusy(TimedOut, httpx.PoolTimeout):
    """All connections of the client were busy until the call timed out. Nothing was sent.

    `Limits.connections` sets the number of connections.
    """


class WaitTimedOut(TimedOut, TimeoutError):
    """The awaited event did not happen in time. It is also a `TimeoutError`.

    Attributes:
        record: The record as last read, or None.
    """

    def __init__(self, message: str, record: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.record = record


class ConnectionLost(TransportError, httpx.NetworkError):
    """The connection closed before the whole answer arrived."""


class ProtocolError(TransportError, httpx.RemoteProtocolError):
    """The answer violates the protocol: malformed HTTP, invalid JSON, or JSON of an unexpected shape."""


class NotQPIServer(ProtocolError):
    """The address belongs to something other than a QPI server: a web page, a redirect, another service."""


class AnswerTooLarge(TransportError):
    """An answer or an event exceeds the client's `Limits`."""


class MissingJobID(ProtocolError, ValueError):
    """The server accepted a job, but its answer contains no id. It is also a `ValueError`."""


class CertificateMismatch(TransportError, httpx.ConnectError):
    """The server's certificate is not trusted, or does not match the given fingerprint. No credentials were sent."""


class Sought(NamedTuple):
    """A job whose answer was lost, with the data that identifies it.

    Attributes:
        body: The submitted body.
        since: Earliest time, in UTC, at which the server may have received it.
        besides: Ids of other jobs with the same content.
    """

    body: Mapping[str, Any]
    since: datetime
    besides: tuple[str, ...] = ()


class SubmitUncertain(TransportError):
    """A job was sent, its answer was lost, and a search could not tell whether the server has it.

    Search again with `QPIClient.find_submission`.

    Attributes:
        candidates: Ids of recent jobs with the same content.
        sought: The data that identifies the job.
    """

    def __init__(self, message: str, candidates: Iterable[str] = (), sought: Sought | None = None) -> None:
        super().__init__(message)
        self.candidates = list(candidates)
        self.sought = sought


# Error responses.


class APIError(QPIError, httpx.HTTPStatusError):
    """The server rejected a request.

    Attributes:
        status: The HTTP status.
        message: The server's message; may be empty.
        fields: The server's message for each rejected field.
        request: The request, with secrets masked.
        response: The response.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        fields: Mapping[str, str] | None = None,
        *,
        request: httpx.Request | None = None,
        response: httpx.Response | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.fields = dict(fields or {})
        request = request or httpx.Request("GET", NOWHERE)
        response = response or httpx.Response(status, request=request)
        httpx.HTTPStatusError.__init__(self, self._sentence(), request=request, response=response)

    def _sentence(self) -> str:
        said = self.message or f"The server answered with status {self.status} and no explanation"
        parts = [said if said.endswith((".", "!", "?")) else f"{said}."]
        parts += [f"{name}: {word.rstrip('.')}." for name, word in self.fields.items()]
        return " ".join(parts)


# URL of errors that no single request caused.
NOWHERE = "http://server.invalid/"


class BadRequest(APIError):
    """The server rejects the request (400, or another 4xx without a class of its own)."""


class Unauthorized(APIError):
    """The server requires credentials, or rejects those that were sent (401)."""


class SessionExpired(Unauthorized):
    """The session expired and could not be renewed (401). Sign in again."""


class MFARequired(Unauthorized):
    """The first factor is correct, and the server requires a second one (401). Not signed in yet.

    Next, sign in by one of `methods` with ``mfa_id``. The server forgets the first factor after 30 minutes by default.

    Attributes:
        mfa_id: Id of the first factor, to send with the second.
        methods: Methods for the second factor: "password", "otp" or "oauth2".
    """

    methods: tuple[str, ...] = ()
    _mfa_id = Secret("")

    @property
    def mfa_id(self) -> str:
        """Id of the first factor. `repr` and pickles omit it."""
        return self._mfa_id.reveal()


class Forbidden(APIError):
    """The account lacks the permission (403)."""


class QuotaExceeded(Forbidden):
    """The user's balance of QPU time is insufficient (403)."""


class NotFound(APIError):
    """Not found, or not visible to this account (404)."""


class Conflict(APIError):
    """The record's state does not allow the change (409)."""


class AlreadyHandled(Conflict):
    """The time request is already approved or rejected.

    Attributes:
        record: The current request.
    """

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(409, message)
        self.record = record


class PayloadTooLarge(APIError):
    """The request exceeds the server's size limit (413)."""


class RateLimited(APIError):
    """Too many requests (429).

    Attributes:
        retry_after: Seconds to wait as requested by the server, or None.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """Server error (500 or above).

    Attributes:
        retry_after: Seconds to wait as requested by the server, or None.
    """

    retry_after: float | None = None


# Rejected by the client; nothing was sent.


class InvalidValue(QPIError, ValueError):
    """A value is not valid. Nothing was sent. It is also a `ValueError`."""


class ReadOnly(QPIError, RuntimeError):
    """The client was opened with ``read_only=True`` and rejects changes. Nothing was sent."""


class SignInFailed(QPIError, RuntimeError):
    """The sign-in with an identity provider failed. Try again.

    Attributes:
        reason: "denied": the user or the provider refused. "state": the answer belongs to another sign-in. "code": no
            code arrived, or the server could not redeem it. "provider": the server does not offer the provider, or the
            provider's address is not safe to open.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class SessionRequired(QPIError, RuntimeError):
    """The call requires a session; an API token is not enough. Nothing was sent."""


class NotOnThisGeneration(QPIError, RuntimeError):
    """The server's generation does not support this.

    Attributes:
        generation: The server's generation, "v0.0" or "v0.1".
    """

    def __init__(self, message: str, generation: str) -> None:
        super().__init__(message)
        self.generation = generation


class AmbiguousName(QPIError, LookupError):
    """Several records have this name.

    Attributes:
        ids: Ids of the records.
    """

    def __init__(self, message: str, ids: Iterable[str]) -> None:
        super().__init__(message)
        self.ids = list(ids)


class ResultsUnavailable(QPIError, RuntimeError):
    """The job has finished, but an API token cannot read its results.

    Attributes:
        record: The job, without its results.
    """

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(message)
        self.record = record


class ClientClosed(QPIError, RuntimeError):
    """The client was closed, before or during the call."""


class WrongEventLoop(QPIError, RuntimeError):
    """The asynchronous client was used outside asyncio, the only supported event loop."""


class QPIWarning(UserWarning):
    """Something works, but perhaps not as intended."""


class UntargetedJobWarning(QPIWarning):
    """A job names no QPU. The server accepts such a job and never runs it."""


class WideResultWarning(QPIWarning):
    """A circuit has more than 14 classical bits. Servers lose such results (measured on v0.1.2)."""
