"""Whose signature under a server's certificate counts, where nothing else is said."""

from __future__ import annotations

import os
import ssl


def usual() -> ssl.SSLContext:
    """The authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, else those that certifi collects, as httpx has it.

    Raises:
        InvalidValue: The variable names no file or folder, or one without certificates.
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
    # The errors bring httpx along, and the early sign-in does not wait for it.
    from qpi_client.errors import InvalidValue

    raise InvalidValue(f"{variable} names {place[:200]!r}, which holds no certificates in PEM form, or is not there.")
