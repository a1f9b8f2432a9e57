"""Default certificate authorities."""

from __future__ import annotations

import os
import ssl


def usual() -> ssl.SSLContext:
    """Return the authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, otherwise those of certifi, as httpx does.

    Raises:
        InvalidValue: The variable does not name a file or folder with certificates.
    """
    for variable, parameter in (("SSL_CERT_FILE", "cafile"), ("SSL_CERT_DIR", "capath")):
        if place := os.environ.get(variable):
            try:
                return ssl.create_default_context(**{parameter: place})  # type: ignore[arg-type]  # two of its names
            except (OSError, ValueError):
                break
    else:
        import certifi

        return ssl.create_default_context(cafile=certifi.where())
    # Importing the errors imports httpx, and the preloaded sign-in does not wait for it.
    from qpi_client.errors import InvalidValue

    raise InvalidValue(
        f"{variable} names {place[:200]!r}, which does not exist or contains no certificates in PEM format."
    )
