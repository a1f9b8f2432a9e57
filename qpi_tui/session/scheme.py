"""Detects wrong schemes: http:// for a TLS port, https:// for a port without TLS."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from qpi_tui.domain.sanitize import clean
from qpi_tui.settings.accounts import normal_url, server_of

# Seconds for the handshake, which is tried only after another failure.
_PATIENCE = 3.0


def wrong_scheme(error: BaseException, url: str) -> Exception | None:
    """Return a clearer error if the scheme of `url` caused `error`, otherwise None. Blocks for at most 3 s."""
    from qpi_client import errors as e

    server = server_of(url)
    where = clean(server.partition("://")[2], 120)
    if server.startswith("http://"):
        odd = isinstance(error, (e.ConnectionLost, e.ProtocolError)) or (
            isinstance(error, e.APIError) and error.status in {400, 403, 426, 497} and not error.message
        )
        if odd and speaks_tls(server):
            return e.NotQPIServer(
                f"{where} is an HTTPS port, and the address begins with http://. Use https://{where}."
            )
    elif isinstance(error, e.ConnectFailed) and _no_tls(str(error)):
        return e.NotQPIServer(
            f"{where} does not speak HTTPS. Check the port, or use http://{where} if you trust the network."
        )
    return None


def speaks_tls(url: str) -> bool:
    """Return whether a TLS handshake succeeds, with any certificate. Sends no data."""
    parts = urlsplit(normal_url(url))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname),
        ):
            return True
    except (OSError, ValueError):
        return False


def _no_tls(said: str) -> bool:
    said = said.upper().replace(" ", "_")
    return "WRONG_VERSION_NUMBER" in said or "RECORD_LAYER_FAILURE" in said or "HTTP_REQUEST" in said
