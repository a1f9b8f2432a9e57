"""What a client is opened with: timeouts, limits, and what hooks see. Shared by both clients."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qpi_client.errors import InvalidValue


@dataclass(frozen=True)
class Timeouts:
    """Time limits, in seconds.

    Args:
        connect: To open a connection, the TLS handshake included.
        read: Between two pieces of an answer.
        write: To hand over a piece of a request.
        pool: For a free connection of the pool; None for as long as the call may take.
        total: For a whole call with all its requests and retries, waiting for a connection included. Whatever a server
            does, the call ends by then. An iterator has it anew for each page; waiting for a job and following changes
            last as long as they are asked to, and have it for each of their requests.
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
    """Return the timeouts of a client: those given, the usual ones, or, for a number, so many seconds for a call."""
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
    """How much a client takes at a time.

    Args:
        connections: Connections for calls. Further calls wait for a free one, within their own time limit. The event
            stream has a connection besides.
        answer: Bytes of one answer, decoded. More raises `AnswerTooLarge`.
        event: Bytes of one change event, decoded. More raises `AnswerTooLarge`.
    """

    connections: int = 100
    answer: int = 256 * 1024 * 1024
    event: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidValue(f"The limit {name!r} must be a whole number above 0, not {value!r}.")


@dataclass(frozen=True)
class RequestSeen:
    """A request as the hook ``on_request`` sees it, with secrets masked.

    Attributes:
        method: The HTTP method.
        url: The whole address.
        headers: The headers.
    """

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class ResponseSeen:
    """An answer as the hook ``on_response`` sees it, with secrets masked.

    Attributes:
        method: The request's HTTP method.
        url: The request's whole address.
        status: The HTTP status.
        headers: The answer's headers.
        seconds: How long the answer took.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    seconds: float


@dataclass(frozen=True)
class Settings:
    """What a client was opened with, apart from secrets."""

    base_url: str
    timeouts: Timeouts = field(default_factory=Timeouts)
    ca_file: str | None = None
    on_request: Callable[[RequestSeen], object] | None = None
    on_response: Callable[[ResponseSeen], object] | None = None
    limits: Limits = field(default_factory=Limits)
