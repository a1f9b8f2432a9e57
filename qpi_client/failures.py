"""Convert errors of the HTTP library to errors of this package.

They are recognized by class name, which httpx, httpcore and their successors share. None of them is kept as a cause,
because their frames contain the credentials.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from qpi_client.errors import (
    CertificateMismatch,
    ConnectFailed,
    ConnectionLost,
    ConnectionsBusy,
    ProtocolError,
    ProxyFailed,
    TimedOut,
    TransportError,
)
from qpi_client.http import httpx
from qpi_client.masking import masked, masked_url, printable
from qpi_client.transport import Settings

if TYPE_CHECKING:
    from qpi_client.proxies import Proxy

_LOG = logging.getLogger("qpi_client")


def failure(error: Exception, settings: Settings, proxy: Proxy | None = None) -> TransportError:
    """Return our error for one of the HTTP library's."""
    names = {kind.__name__ for kind in type(error).__mro__}
    where = origin(settings.base_url)
    # A given transport may put the URL into its message.
    why = masked_url(printable(str(error), 200))
    detail = f" ({why})" if why else ""
    if "ProxyError" in names or (proxy is not None and names & {"ConnectError", "ConnectTimeout"}):
        certificate = "certificate" in why.lower()
        if proxy is not None and not certificate:
            return _proxy_failure("ProxyError" in names, proxy, where, detail)
    if "ConnectTimeout" in names:
        return ConnectFailed(f"No connection to {where} in the time allowed. Check the address and the network.")
    if "PoolTimeout" in names:
        return ConnectionsBusy(busy(settings))
    if "TimeoutException" in names:
        return TimedOut(f"{where} did not answer in the time allowed.")
    if "ConnectError" in names:
        if "certificate" in why.lower():
            return CertificateMismatch(f"The certificate of {where} {_distrust(why)} Nothing secret was sent.")
        return ConnectFailed(
            f"No connection to {where}{detail}. Check that the server is running and the address is right."
        )
    if names & {"NetworkError", "StreamError"} or ("ProtocolError" in names and _ended(why)):
        return ConnectionLost(f"The connection to {where} was lost before the whole answer arrived{detail}.")
    if "LocalProtocolError" in names:
        # The original message repeats the header, which may be a credential.
        return ProtocolError(f"This request cannot be sent to {where}: it is not valid HTTP.")
    if names & {"ProtocolError", "DecodingError"}:
        return ProtocolError(f"The answer of {where} is not valid HTTP{detail}.")
    if names & {"UnsupportedProtocol", "InvalidURL"}:
        return ProtocolError(f"{where} cannot be asked{detail}.")
    _LOG.debug("unexpected %s from the HTTP library", type(error).__name__)
    return ConnectionLost(f"The exchange with {where} failed unexpectedly ({type(error).__name__}).")


def busy(settings: Settings) -> str:
    """Return the message for a call that found no free connection."""
    return (
        f"All connections busy: each of the {settings.limits.connections} of this client was in use until the call "
        "timed out. Start fewer calls at once, or open the client with larger Limits(connections=…)."
    )


def overdue(settings: Settings) -> str:
    """Return the message for an answer that never ends."""
    where, total = origin(settings.base_url), settings.timeouts.total
    return f"The answer of {where} did not end in the time allowed ({total:g} s at most)."


def origin(url: str) -> str:
    """Return the origin of a URL: scheme, host and port."""
    return url.split("/api/", 1)[0]


def masked_request(settings: Settings, method: str, path: str, headers: Mapping[str, str]) -> httpx.Request:
    """Return a request for display in errors: no secret in its headers, no body."""
    return httpx.Request(method, settings.base_url + path, headers=masked(headers))


def _ended(why: str) -> bool:
    """Return whether the server closed the connection mid-answer, as opposed to sending malformed data."""
    return "disconnected" in why or "closed connection" in why


def _proxy_failure(refused: bool, proxy: Proxy, where: str, detail: str) -> ProxyFailed:
    happened = "refuses the connection" if refused else "does not answer"
    return ProxyFailed(
        f"The proxy {proxy.url} from the environment {happened}{detail}. Nothing was sent to {where}. "
        "Set NO_PROXY to bypass it."
    )


def _distrust(why: str) -> str:
    """Return why a certificate is not trusted, and the remedy."""
    said = why.lower()
    if "expired" in said:
        return "has expired. The server's administrator must renew it."
    if "not yet valid" in said:
        return "is not valid yet. Check the clock of this machine."
    if "mismatch" in said or "not valid for" in said:
        return "is for another name. Check the address; otherwise somebody may be intercepting the connection."
    return (
        f"is not trusted: no known authority signed it ({why}). If the server has its own authority, "
        "give ca_file, or the fingerprint of its root certificate."
    )
