"""Common code of both clients' connections: outgoing requests, incoming answers, creation of connections."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qpi_client.deadline import Deadline
from qpi_client.errors import InvalidValue
from qpi_client.http import httpx
from qpi_client.masking import masked, masked_url, revealed
from qpi_client.query import query_text
from qpi_client.steps import Request
from qpi_client.transport import RequestSeen, ResponseSeen, Settings
from qpi_client.trust import verification

if TYPE_CHECKING:
    from qpi_client.http import httpcore
    from qpi_client.proxies import Proxy

# Idle connections are closed after this many seconds.
_IDLE = 30.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outgoing:
    """A request as sent. `where` is its path, for errors; `repr` omits the rest."""

    method: str
    where: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    measured: bool = False


def outgoing(request: Request) -> Outgoing:
    """Return a request as sent; `InvalidValue` if JSON or a URL cannot represent it."""
    problem: str | None = None
    target, content, headers = request.path, None, request.headers
    try:
        if request.query:
            target = f"{target}?{query_text(request.query)}"
        if request.files:
            content, kind = _with_files(request)
            headers = {**headers, "content-type": kind}
        elif request.json is not None:
            content = json.dumps(
                revealed(request.json), separators=(",", ":"), ensure_ascii=False, allow_nan=False
            ).encode()
            headers = {**headers, "content-type": "application/json"}
    except UnicodeEncodeError:
        problem = "A text contains a lone surrogate (half a character), which cannot be sent."
    except (TypeError, ValueError, RecursionError):
        problem = "A value cannot be sent as JSON. Use texts, finite numbers, True, False, None, lists and dicts."
    if problem is not None:
        raise InvalidValue(problem)
    return Outgoing(request.method, request.path, target, headers, content, request.measured)


def _with_files(request: Request) -> tuple[bytes, str]:
    """Return a body with files, and its type. PocketBase accepts the fields as JSON next to the files."""
    fields = json.dumps(revealed(request.json), ensure_ascii=False, allow_nan=False)
    made = httpx.Request("POST", "http://files", data={"@jsonPayload": fields}, files=dict(request.files or {}))
    return made.read(), made.headers["content-type"]


class Address:
    """A server's address in httpcore's form."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self.scheme = parts.scheme.encode()
        self.host = (parts.hostname or "").encode("ascii")
        self.port = parts.port
        self.prefix = parts.path.rstrip("/")
        shown = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        standard = parts.port in (None, {"http": 80, "https": 443}[parts.scheme])
        self.name = (shown if standard else f"{shown}:{parts.port}").encode("ascii")
        self.origin = self.url("/").origin

    def url(self, target: str) -> httpcore.URL:
        """Return the URL of a path on the server."""
        from qpi_client.http import httpcore

        return httpcore.URL(scheme=self.scheme, host=self.host, port=self.port, target=(self.prefix + target).encode())

    def request(self, sent: Outgoing, timeouts: Mapping[str, float]) -> httpcore.Request:
        """Return a request in httpcore's form."""
        from qpi_client.http import httpcore

        headers = [(b"host", self.name)]
        headers += [(name.encode("ascii"), value.encode("latin-1")) for name, value in sent.headers.items()]
        content = sent.content
        if content is not None:
            headers.append((b"content-length", b"%d" % len(content)))
        elif sent.method in ("POST", "PUT", "PATCH"):
            headers.append((b"content-length", b"0"))
        extensions = {"timeout": timeouts}
        return httpcore.Request(
            sent.method, self.url(sent.target), headers=headers, content=content or b"", extensions=extensions
        )


def httpx_request(settings: Settings, sent: Outgoing, timeouts: Mapping[str, float]) -> httpx.Request:
    """Return a request in the form of httpx's transports."""
    # The transports take None for no limit.
    limits = {name: None if seconds == math.inf else seconds for name, seconds in timeouts.items()}
    extensions = {"timeout": {**limits, "pool": limits["connect"]}}
    url = settings.base_url + sent.target
    return httpx.Request(sent.method, url, headers=dict(sent.headers), content=sent.content, extensions=extensions)


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name; repeated ones are joined."""
    found: dict[str, str] = {}
    for key, value in raw:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def notify_request(settings: Settings, sent: Outgoing) -> None:
    """Call the hook with a request."""
    if settings.on_request is not None:
        settings.on_request(RequestSeen(sent.method, _shown(settings, sent), masked(sent.headers)))


def _shown(settings: Settings, sent: Outgoing) -> str:
    """Return the URL of a request for logs and hooks."""
    return settings.base_url + masked_url(sent.target)


def notify_response(settings: Settings, sent: Outgoing, status: int, headers: Mapping[str, str], began: float) -> None:
    """Log an answer and call the hook with it. Neither headers nor bodies are logged because they contain secrets."""
    seconds = time.monotonic() - began
    url = _shown(settings, sent)
    _log.debug("%s %s: %d in %.0f ms", sent.method, url, status, seconds * 1000)
    if settings.on_response is not None:
        settings.on_response(ResponseSeen(sent.method, url, status, masked(headers), seconds))


def connection_factory(
    settings: Settings, pem: str | None, proxy: Proxy | None, backend: Any, *, anyone: bool, awaited: bool
) -> Callable[[], Any]:
    """Return a factory of httpcore connections to the server. `Connections` pools them."""
    from qpi_client.http import httpcore

    options: dict[str, Any] = {
        "ssl_context": verification(settings, pem, anyone=anyone),
        "keepalive_expiry": _IDLE,
        "network_backend": backend,
    }
    origin = Address(settings.base_url).origin
    if proxy is None:
        kind = httpcore.AsyncHTTPConnection if awaited else httpcore.HTTPConnection
        return lambda: kind(origin=origin, **options)
    if proxy.auth is not None:
        options["proxy_auth"] = tuple(part.encode() for part in proxy.auth)
    name = "SOCKSProxy" if proxy.scheme.startswith("socks") else "HTTPProxy"
    pool = getattr(httpcore, f"Async{name}" if awaited else name)
    maker = pool(proxy_url=proxy.url, **options)
    return lambda: maker.create_connection(origin)


def deadline_for(settings: Settings, request: Request, until: float | None) -> Deadline:
    """Return the deadline of one exchange: the request's, the call's, or from the total timeout of the settings.

    A patient request whose call has no limit has none either.
    """
    moments = [moment for moment in (request.deadline, until) if moment is not None]
    if not moments:
        moments.append(math.inf if request.patient else time.monotonic() + settings.timeouts.total)
    return Deadline(min(moments), patient=request.patient)
