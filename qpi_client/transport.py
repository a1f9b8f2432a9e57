"""Settings of a client: timeouts, limits, and what hooks receive. Shared by both clients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from qpi_client.errors import InvalidValue


@dataclass(frozen=True)
class Timeouts:
    """Timeouts, in seconds.

    Args:
        connect: Time to open a connection, including the TLS handshake.
        read: Longest pause between two chunks of an answer.
        write: Time to write one chunk of a request.
        pool: Time to wait for a free connection. None: as long as the call may take.
        total: Time for a whole call, including all requests, retries and the wait for a connection. No server can make
            a call last longer. An iterator has this time for each page. Waiting for a job and following changes last as
            long as requested; the limit applies to each of their requests. Creating and restoring a backup take as long
            as the server needs, without ``read`` and ``total``.
    """

    connect: float = 5.0
    read: float = 30.0
    write: float = 30.0
    pool: float | None = None
    total: float = 120.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (name == "pool" and value is None) and not _seconds(value):
                raise InvalidValue(f"The timeout {name!r} must be a number of seconds above 0, not {value!r}.")


def timeouts_from(timeout: float | Timeouts | None) -> Timeouts:
    """Return a client's timeouts: the given ones, the defaults, or a number of seconds for a whole call."""
    if timeout is None:
        return Timeouts()
    if isinstance(timeout, Timeouts):
        return timeout
    if not _seconds(timeout):
        raise InvalidValue(f"The timeout must be a number of seconds above 0, not {timeout!r}.")
    return Timeouts(connect=min(5.0, timeout), read=timeout, write=timeout, total=timeout)


def _seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


@dataclass(frozen=True)
class Limits:
    """Limits of a client.

    Args:
        connections: Maximum number of connections for calls. Further calls wait for a free one, within their own
            timeout. The event stream uses one more.
        answer: Maximum size of one decoded answer in bytes. A larger one raises `AnswerTooLarge`.
        event: Maximum size of one decoded change event in bytes. A larger one raises `AnswerTooLarge`.
    """

    connections: int = 100
    answer: int = 256 * 1024 * 1024
    event: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidValue(f"The limit {name!r} must be a whole number above 0, not {value!r}.")


class RequestSeen(NamedTuple):
    """A request as the ``on_request`` hook receives it. Secrets are masked.

    Attributes:
        method: The HTTP method.
        url: The full URL.
        headers: The headers.
    """

    method: str
    url: str
    headers: Mapping[str, str]


class ResponseSeen(NamedTuple):
    """An answer as the ``on_response`` hook receives it. Secrets are masked.

    Attributes:
        method: The request's HTTP method.
        url: The request's full URL.
        status: The HTTP status.
        headers: The answer's headers.
        seconds: Duration of the request.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    seconds: float


class Settings(NamedTuple):
    """Settings of a client, without secrets."""

    base_url: str
    timeouts: Timeouts = Timeouts()
    ca_file: str | None = None
    on_request: Callable[[RequestSeen], object] | None = None
    on_response: Callable[[ResponseSeen], object] | None = None
    limits: Limits = Limits()
