"""How requests travel: limits, TLS, keep-alive, and what hooks see. Shared by both clients."""

from __future__ import annotations

import json
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.request import getproxies

import httpx

from qpi_client import authorities
from qpi_client.errors import (
    CertificateMismatch,
    ConnectFailed,
    ConnectionLost,
    InvalidValue,
    ProtocolError,
    QPIError,
    TimedOut,
)
from qpi_client.masking import masked, printable
from qpi_client.query import query_text
from qpi_client.steps import Reply, Request


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, of a request, for a free connection, and for it all."""

    connect: float = 5.0
    read: float = 30.0
    write: float = 30.0
    pool: float = 10.0
    total: float = 120.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
                raise InvalidValue(f"The timeout {name!r} must be a number of seconds above 0, not {value!r}.")


def timeouts_from(timeout: float | Timeouts | None) -> Timeouts:
    """The timeouts of a client: those given, the usual ones, or the usual ones with another `read`."""
    if timeout is None:
        return Timeouts()
    if isinstance(timeout, Timeouts):
        return timeout
    plain = replace(Timeouts(), read=timeout)
    return replace(plain, connect=min(plain.connect, timeout), total=max(plain.total, timeout))


@dataclass(frozen=True)
class RequestSeen:
    """A request as a hook sees it: nothing secret in it."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class ResponseSeen:
    """An answer as a hook sees it; `seconds` is how long it took."""

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


class Budget(Mapping[str, float]):
    """The timeouts of one request, as httpcore asks for them: what is allowed, and never more than is left in all."""

    __slots__ = ("_deadline", "_timeouts")

    def __init__(self, timeouts: Timeouts, deadline: float | None) -> None:
        self._timeouts = timeouts
        self._deadline = deadline

    def __getitem__(self, name: str) -> float:
        try:
            allowed: float = getattr(self._timeouts, name)
        except AttributeError:
            raise KeyError(name) from None
        if self._deadline is None:
            return allowed
        return max(0.001, min(allowed, self._deadline - time.monotonic()))

    def __iter__(self) -> Iterator[str]:
        return iter(("connect", "read", "write", "pool"))

    def __len__(self) -> int:
        return 4


class StreamBudget(Budget):
    """As `Budget`, but a stream may be silent until its deadline."""

    __slots__ = ()

    def __getitem__(self, name: str) -> float:
        if name == "read" and self._deadline is not None:
            return max(0.001, self._deadline - time.monotonic())
        return super().__getitem__(name)


def outgoing(settings: Settings, request: Request, budget: Budget) -> httpx.Request:
    """The request as httpx sends it."""
    url = settings.base_url + request.path
    if request.query:
        url += "?" + query_text(request.query)
    content = None
    headers = request.headers
    if request.json is not None:
        content = json.dumps(request.json, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
        headers = {**headers, "content-type": "application/json"}
    return httpx.Request(request.method, url, headers=headers, content=content, extensions={"timeout": budget})


def reply_from(response: httpx.Response, body: bytes) -> Reply:
    """An answer without its transport."""
    return Reply(response.status_code, response.headers, body)


def told_request(settings: Settings, sent: httpx.Request) -> None:
    """Show a request to the hook."""
    if settings.on_request is not None:
        settings.on_request(RequestSeen(sent.method, str(sent.url), masked(sent.headers)))


def told_response(settings: Settings, response: httpx.Response, began: float) -> None:
    """Show an answer to the hook."""
    if settings.on_response is not None:
        sent = response.request
        seconds = time.monotonic() - began
        headers = masked(response.headers)
        settings.on_response(ResponseSeen(sent.method, str(sent.url), response.status_code, headers, seconds))


def overdue(url: str, timeouts: Timeouts) -> TimedOut:
    """The error for an answer that never ends."""
    return TimedOut(f"The answer of {origin(url)} did not end in the time allowed ({timeouts.total:g} s at most).")


def origin(url: str) -> str:
    """The server in an address."""
    return url.split("/api/", 1)[0]


def failure(error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError, base_url: str) -> QPIError:
    """The error of ours for one of httpx's. It keeps no frame and no request of it: they hold the credentials."""
    where = origin(base_url)
    why = printable(str(error), 200)
    detail = f" ({why})" if why else ""
    if isinstance(error, httpx.ConnectTimeout):
        return ConnectFailed(f"No connection to {where} in the time allowed: is the address right, is it reachable?")
    if isinstance(error, httpx.PoolTimeout):
        return ConnectFailed("All connections of this client are busy; it may be shared by too many threads or tasks.")
    if isinstance(error, httpx.TimeoutException):
        return TimedOut(f"{where} did not answer in the time allowed.")
    if isinstance(error, httpx.ConnectError):
        if "CERTIFICATE" in why.upper() or "certificate" in why:
            return CertificateMismatch(f"The certificate of {where} {_doubt(why)} Nothing secret was sent.")
        return ConnectFailed(f"No connection to {where}{detail}: is the server running, is the address right?")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return ProtocolError(f"{where} cannot be asked{detail}.")
    if isinstance(error, httpx.DecodingError):
        return ProtocolError(f"The answer of {where} is damaged{detail}.")
    return ConnectionLost(f"The connection to {where} was lost before the whole answer was there{detail}.")


def _doubt(why: str) -> str:
    """Why a certificate is not trusted, in words, and what now."""
    said = why.lower()
    if "expired" in said:
        return "has expired: its administrator has to renew it."
    if "not yet valid" in said:
        return "is not valid yet: is the clock of this machine right?"
    if "mismatch" in said or "not valid for" in said:
        return "is made out for another name: is the address right, or is somebody in between?"
    return (
        f"is not to be trusted: no authority that is known here stands behind it ({why}). If the server has its own, "
        "give ca_file, or the fingerprint of its root certificate."
    )


def verification(settings: Settings, pem: str | None, *, anyone: bool = False) -> ssl.SSLContext:
    """Whom to trust: the usual authorities, a CA file, one root certificate, or, for fetching that one, anyone."""
    if settings.base_url.startswith("http://"):
        # Nothing is encrypted there. Loading the authorities takes longer than a sign-in, so there are none.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=pem)
        return context
    if anyone:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if settings.ca_file is not None:
        if not Path(settings.ca_file).is_file():
            raise InvalidValue(f"There is no CA file {settings.ca_file}.")
        try:
            return ssl.create_default_context(cafile=settings.ca_file)
        except ssl.SSLError:
            raise InvalidValue(f"{settings.ca_file} holds no certificates in PEM form.") from None
    return authorities.usual()


def socket_options() -> list[tuple[int, int, int]]:
    """Keep-alive probes, so that a stream on a connection that died silently ends within two minutes."""
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            options.append((socket.IPPROTO_TCP, getattr(socket, name), value))
    return options


def client_options(
    settings: Settings,
    pem: str | None,
    transport: type[httpx.HTTPTransport] | type[httpx.AsyncHTTPTransport],
    *,
    anyone: bool = False,
) -> dict[str, Any]:
    """The parameters of an httpx client. Where the environment names a proxy, httpx arranges that."""
    verify = verification(settings, pem, anyone=anyone)
    if getproxies():
        return {"verify": verify, "limits": LIMITS}
    return {
        "transport": transport(verify=verify, limits=LIMITS, socket_options=socket_options()),
        "trust_env": False,
    }


LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30)
