"""The errors and warnings of this package.

All errors are `QPIError`. Those that come from talking to a server are `httpx.HTTPError` too: `APIError` and its
subclasses where the server refused, `TransportError` and its subclasses where it cannot be reached or understood. Those
that are raised before anything is sent are not, nor is `SignInFailed`, which an identity provider causes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qpi_client.http import httpx
from qpi_client.masking import Secret, clipped

# No text of an error is longer, in bytes.
_LONGEST = 2000


class QPIError(Exception):
    """The base of every error that this package raises.

    `str()` of it is one or more sentences, at most 2,000 bytes, without secrets.
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
        # httpx's errors want keyword arguments, which pickle cannot give; and requests and answers do not travel.
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


# Not reaching the server, or not understanding it.


class TransportError(QPIError, httpx.TransportError):
    """The server cannot be reached, or its answer cannot be read.

    Attributes:
        request: What was sent, an `httpx.Request` with secrets masked.
    """

    @property
    def request(self) -> httpx.Request:
        """What was asked, with secrets masked; where no single request caused the error, one to `NOWHERE`."""
        return self._request or httpx.Request("GET", NOWHERE)

    @request.setter
    def request(self, request: httpx.Request) -> None:
        self._request = request

    def restated(self, more: str) -> TransportError:
        """Return the same error with another sentence behind its own.

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
    """The proxy that the environment names does not answer, or refuses. Nothing was sent to the server."""


class TimedOut(TransportError, httpx.TimeoutException):
    """The server did not answer in the time allowed."""


class ConnectionsBusy(TimedOut, httpx.PoolTimeout):
    """All connections of the client were busy for as long as the call may take. Nothing was sent.

    `Limits.connections` sets how many there are.
    """


class WaitTimedOut(TimedOut, TimeoutError):
    """What was waited for did not happen in the time given. It is a `TimeoutError` too.

    Attributes:
        record: The record as last seen, or None.
    """

    def __init__(self, message: str, record: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.record = record


class ConnectionLost(TransportError, httpx.NetworkError):
    """The connection ended before the whole answer was there."""


class ProtocolError(TransportError, httpx.RemoteProtocolError):
    """The answer is not what the protocol allows: malformed HTTP, broken JSON, or JSON of another shape."""


class NotQPIServer(ProtocolError):
    """Something answers at this address that is not a QPI server: a web page, a redirect, another service."""


class AnswerTooLarge(TransportError):
    """An answer or an event that is larger than the client's `Limits` allow."""


class MissingJobID(ProtocolError, ValueError):
    """The server accepted a job, but its answer holds no id. It is a `ValueError` too."""


class CertificateMismatch(TransportError, httpx.ConnectError):
    """The server's certificate is not trusted, or not the one with the given fingerprint. Nothing secret was sent."""


@dataclass(frozen=True)
class Sought:
    """A job whose answer was lost, and what identifies it.

    Attributes:
        body: What was submitted.
        since: The time, in UTC, from which on the server may have it.
        besides: Ids of jobs like it that are other jobs.
    """

    body: Mapping[str, Any]
    since: datetime
    besides: tuple[str, ...] = ()


class SubmitUncertain(TransportError):
    """A job was sent, its answer was lost, and a search did not settle whether the server has it.

    `QPIClient.find_submission` searches again.

    Attributes:
        candidates: Ids of recent jobs with the same content.
        sought: What identifies the job.
    """

    def __init__(self, message: str, candidates: Iterable[str] = (), sought: Sought | None = None) -> None:
        super().__init__(message)
        self.candidates = list(candidates)
        self.sought = sought


# Answers that say no.


class APIError(QPIError, httpx.HTTPStatusError):
    """The server refused a request.

    Attributes:
        status: The HTTP status.
        message: The server's message; may be empty.
        fields: The server's message on each field that it does not accept.
        request: What was sent, with secrets masked.
        response: The answer.
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


# The address in errors that no single request caused.
NOWHERE = "http://server.invalid/"


class BadRequest(APIError):
    """The server does not accept what was sent (400, and any other 4xx that has no class of its own)."""


class Unauthorized(APIError):
    """The server wants credentials, or does not accept those that were sent (401)."""


class SessionExpired(Unauthorized):
    """The session is over and could not be renewed (401). Sign in again."""


class MFARequired(Unauthorized):
    """The first factor is right, and the server wants a second one (401). Nobody is signed in yet.

    Sign in by one of `methods` next, with ``mfa_id``, before the server forgets it (after 30 minutes by default).

    Attributes:
        mfa_id: The id of the first factor, to be sent with the second.
        methods: Methods that can carry on: "password", "otp" or "oauth2".
    """

    methods: tuple[str, ...] = ()
    _mfa_id = Secret("")

    @property
    def mfa_id(self) -> str:
        """The id of the first factor; neither `repr` nor a pickle shows it."""
        return self._mfa_id.reveal()


class Forbidden(APIError):
    """This account may not do this (403)."""


class QuotaExceeded(Forbidden):
    """The user's balance of QPU seconds is used up (403)."""


class NotFound(APIError):
    """There is no such thing, or this account may not see it (404)."""


class Conflict(APIError):
    """The state of the thing does not allow the change (409)."""


class AlreadyHandled(Conflict):
    """A time request was approved or rejected before.

    Attributes:
        record: The request as it is now.
    """

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(409, message)
        self.record = record


class PayloadTooLarge(APIError):
    """The request is larger than the server accepts (413)."""


class RateLimited(APIError):
    """The server receives too many requests (429).

    Attributes:
        retry_after: Seconds to wait that the server asks for, or None.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """The server failed (500 and above).

    Attributes:
        retry_after: Seconds to wait that the server asks for, or None.
    """

    retry_after: float | None = None


# Refused here, before anything was sent.


class InvalidValue(QPIError, ValueError):
    """A value that no server should get. Nothing was sent. It is a `ValueError` too."""


class ReadOnly(QPIError, RuntimeError):
    """A change was asked of a client that was opened with ``read_only=True``. Nothing was sent."""


class SignInFailed(QPIError, RuntimeError):
    """A sign-in by an identity provider came to an end without a session. Try again.

    Attributes:
        reason: "denied" where the person or the provider said no, "state" where the answer belongs to another sign-in,
            "code" where the server could not redeem the code or none came, "provider" where the provider is not
            offered or its address is none that a browser should open.
    """

    def __init__(self, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class SessionRequired(QPIError, RuntimeError):
    """The call needs somebody signed in; an API token does not open it. Nothing was sent."""


class NotOnThisGeneration(QPIError, RuntimeError):
    """The server's generation does not have this.

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
    """A job is over, but an API token cannot read its results.

    Attributes:
        record: The job without its results.
    """

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(message)
        self.record = record


class ClientClosed(QPIError, RuntimeError):
    """The client was closed, before the call or while it waited."""


class WrongEventLoop(QPIError, RuntimeError):
    """The awaited client was used outside asyncio, which is the only event loop that it supports."""


class QPIWarning(UserWarning):
    """Something that works, but perhaps not as intended."""


class UntargetedJobWarning(QPIWarning):
    """A job names no QPU: the server accepts it and never runs it."""


class WideResultWarning(QPIWarning):
    """A circuit has more than 14 classical bits: servers lose such results (measured on v0.1.2)."""
