"""One TLS context for all httpx clients of the tests.

Each client loads the list of certificate authorities, even for `http://`: 25 ms of processor time. The tests make
thousands of clients.
"""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import Any

from httpx._transports import default


def share_tls_context() -> None:
    """Let httpx load the authorities once for each value of `SSL_CERT_FILE` and `SSL_CERT_DIR`."""
    create = default.create_ssl_context

    @cache
    def shared(trust_env: bool, file: str | None, folder: str | None) -> ssl.SSLContext:
        return create(trust_env=trust_env)

    def create_ssl_context(verify: Any = True, cert: Any = None, trust_env: bool = True) -> ssl.SSLContext:
        if verify is not True or cert is not None:
            return create(verify, cert, trust_env)
        return shared(trust_env, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))

    default.create_ssl_context = create_ssl_context  # type: ignore[attr-defined]
