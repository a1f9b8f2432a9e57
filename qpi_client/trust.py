"""TLS verification of a connection."""

from __future__ import annotations

import ssl
from pathlib import Path

from qpi_client import authorities
from qpi_client.errors import InvalidValue
from qpi_client.transport import Settings


def verification(settings: Settings, pem: str | None, *, anyone: bool = False) -> ssl.SSLContext:
    """Return whom to trust: default authorities, a CA file, one root certificate, or anything, to fetch that one."""
    if settings.base_url.startswith("http://"):
        # The connection is not encrypted. Loading the authorities takes longer than a sign-in, so none are loaded.
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
            raise InvalidValue(f"{settings.ca_file} contains no certificates in PEM format.") from None
    return authorities.usual()
