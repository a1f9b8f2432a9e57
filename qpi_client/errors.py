"""One tree of errors. `QPIError` is above all of them; what comes from talking to a server is an `httpx.HTTPError`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from qpi_client.http import httpx
from qpi_client.masking import clipped, printable

# No text of an error is longer, in bytes.
_LONGEST = 2000


class QPIError(Exception):
    """Anything this package raises. `str()` of it is a sentence."""

    def __str__(self) -> str:
        return clipped(super().__str__(), _LONGEST)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        # httpx's errors want keyword arguments, which pickle cannot give; and requests and answers do not travel.
        state = {name: value for name, value in self.__dict__.items() if name not in ("_request", "response")}
        return (_rebuild, (type(self), str(self), state))


def _rebuild(cls: type[QPIError], message: str, state: dict[str, Any]) -> QPIError:
    error = cls.__new__(cls, message)
    error.args = (message,)
    error.__dict__.update(state)
    if isinstance(error, httpx.HTTPError):
        error._request = None
    return error


# Not reaching the server, or not understanding it.


class TransportError(QPIError, httpx.TransportError):
    """Something went wrong on the way to the server or back. `request` is what was asked, with secrets masked."""

    def restated(self, more: str) -> TransportError:
        """Return the same error with another sentence behind its own."""
        other = type(self)(f"{self} {more}")
        other._request = self._request
        return other


class ConnectFailed(TransportError, httpx.ConnectError):
    """No connection to the server: nothing was sent."""


class ProxyFailed(ConnectFailed, httpx.ProxyError):
    """The proxy that the environment names does not answer, or refuses: nothing was sent to the server."""


class TimedOut(TransportError, httpx.TimeoutException):
    """The server did not answer in the time allowed."""


class ConnectionsBusy(TimedOut, httpx.PoolTimeout):
    """All connections of the client were busy for as long as the call may take: nothing was sent."""


class WaitTimedOut(TimedOut, TimeoutError):
    """What was waited for did not happen in the time given; `record` is what was last seen of it, or None."""

    def __init__(self, message: str, record: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.record = record


class ConnectionLost(TransportError, httpx.NetworkError):
    """The connection ended before the whole answer was there."""


class ProtocolError(TransportError, httpx.RemoteProtocolError):
    """An answer that cannot be understood."""


class NotQPIServer(ProtocolError):
    """Something answers at this address that is not a QPI server: a web page, a redirect, another service."""


class AnswerTooLarge(TransportError):
    """An answer or an event that is larger than the client's `Limits` allow."""


class MissingJobID(ProtocolError, ValueError):
    """A job was taken, but its id is missing in the answer."""


class CertificateMismatch(TransportError, httpx.ConnectError):
    """The server's certificate is not the one that was asked for; nothing secret was sent."""


@dataclass(frozen=True)
class Sought:
    """A job whose answer was lost: what was sent, since when it may be there, and which like it were there before."""

    body: Mapping[str, Any]
    since: datetime
    besides: tuple[str, ...] = ()


class SubmitUncertain(TransportError):
    """A job was sent, no answer came, and looking did not settle whether the server has it.

    `candidates`: ids of recent jobs with the same content. `find_submission` looks again for the job that was `sought`.
    """

    def __init__(self, message: str, candidates: Iterable[str] = (), sought: Sought | None = None) -> None:
        super().__init__(message)
        self.candidates = list(candidates)
        self.sought = sought


# Answers that say no.


class APIError(QPIError, httpx.HTTPStatusError):
    """The server refused. `status`, the server's `message`, and its word on each field in `fields`."""

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
    """400, 405, 422 and the like: the server does not accept what was sent."""


class Unauthorized(APIError):
    """401: the server wants to know who asks, or does not believe it."""


class SessionExpired(Unauthorized):
    """The session is over; sign in again."""


class Forbidden(APIError):
    """403: this account may not."""


class QuotaExceeded(Forbidden):
    """403 for want of QPU seconds."""


class NotFound(APIError):
    """404: there is no such thing, or not for this account."""


class Conflict(APIError):
    """409, or a state that does not allow the change."""


class AlreadyHandled(Conflict):
    """A time request that was approved or rejected before; `record` is the request as it is now."""

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(409, message)
        self.record = record


class PayloadTooLarge(APIError):
    """413: more than the server takes at once."""


class RateLimited(APIError):
    """429: too many requests; `retry_after` is the number of seconds the server asks for, or None."""

    retry_after: float | None = None


class ServerError(APIError):
    """500 and above: the server failed. `retry_after` as in `RateLimited`."""

    retry_after: float | None = None


# Refused here, before anything was sent.


class InvalidValue(QPIError, ValueError):
    """A value that no server should get."""


class ReadOnly(QPIError, RuntimeError):
    """A change, asked of a client that only reads."""


class SessionRequired(QPIError, RuntimeError):
    """This needs somebody signed in; an API token does not open it."""


class NotOnThisGeneration(QPIError, RuntimeError):
    """The server's generation does not have this; `generation` names it."""

    def __init__(self, message: str, generation: str) -> None:
        super().__init__(message)
        self.generation = generation


class AmbiguousName(QPIError, LookupError):
    """Several records have this name; `ids` are theirs."""

    def __init__(self, message: str, ids: Iterable[str]) -> None:
        super().__init__(message)
        self.ids = list(ids)


class ResultsUnavailable(QPIError, RuntimeError):
    """A job is over, but this sign-in cannot read its results; `record` is the job without them."""

    def __init__(self, message: str, record: dict[str, Any]) -> None:
        super().__init__(message)
        self.record = record


class ClientClosed(QPIError, RuntimeError):
    """The client was closed."""


class WrongEventLoop(QPIError, RuntimeError):
    """The awaited client was used outside asyncio."""


class QPIWarning(UserWarning):
    """Something that works, but perhaps not as the user thinks."""


class UntargetedJobWarning(QPIWarning):
    """A job without a QPU: the server takes it and never runs it."""


class WideResultWarning(QPIWarning):
    """More than 14 classical bits: the results may be too large for the server to keep."""


_BY_STATUS: dict[int, Callable[..., APIError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: PayloadTooLarge,
    429: RateLimited,
}


def api_error(
    method: str,
    url: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    retry_after: float | None = None,
    sent: Mapping[str, str] | None = None,
) -> APIError:
    """The error for an answer that says no; `request` and `response` of it hold no secret."""
    message, fields = _words(body)
    request = httpx.Request(method, url, headers=sent)
    # The body is decoded already, whatever the headers say about how it travelled.
    kept = {name: value for name, value in headers.items() if name.lower() == "content-type"}
    response = httpx.Response(status, headers=kept, content=body, request=request)
    kind = _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequest)
    if kind is Forbidden and "QPU seconds" in message:
        kind = QuotaExceeded
    error = kind(status, message, fields, request=request, response=response)
    if isinstance(error, (RateLimited, ServerError)):
        error.retry_after = retry_after
    return error


# What a server says of more fields than these is left out.
_MOST_FIELDS = 50


def _words(body: bytes) -> tuple[str, dict[str, str]]:
    """The server's message, and what it says of each field."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return "", {}
    if not isinstance(answer, dict):
        return "", {}
    data = answer.get("data")
    fields: dict[str, str] = {}
    for name, word in islice(data.items(), _MOST_FIELDS) if isinstance(data, dict) else ():
        text = word.get("message") if isinstance(word, dict) else word
        fields[printable(name, 80)] = printable(text if isinstance(text, str) else json.dumps(text)[:300], 300)
    return printable(str(answer.get("message") or "")), fields
