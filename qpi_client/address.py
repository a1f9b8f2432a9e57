"""Validate a server's address."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from qpi_client.errors import InvalidValue
from qpi_client.masking import Secret

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_PATH = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_FORM = "A server's address looks like https://lab.example.org, with http:// or https:// in front."


def checked_url(url: Any) -> str:
    """Validate a server's address and return it without a trailing slash.

    Raises:
        InvalidValue: Not a valid server address. The message omits the address because it may contain a password.
    """
    found, problem = _examined(url.reveal() if isinstance(url, Secret) else url)
    del url
    if problem:
        raise InvalidValue(problem)
    return found


def _examined(url: Any) -> tuple[str, str]:
    """Return the address, or what is wrong with it. Raises nothing, so that no traceback shows the address."""
    if not isinstance(url, str):
        return "", _FORM
    url = url.strip().rstrip("/")
    if not url.isprintable() or " " in url:
        return "", _FORM
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", _FORM
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not _PATH.fullmatch(parts.path):
        return "", _FORM
    if parts.username is not None or parts.password is not None:
        return "", "A name and password in the address would end up in logs: leave them out, and sign in."
    if parts.query or parts.fragment:
        return "", "A server's address ends before ? and #."
    host = _host(parts)
    if not host:
        return "", _FORM
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path}", ""


def _host(parts: SplitResult) -> str:
    """Return the host as it is requested, internationalized names in punycode; "" if it is not valid."""
    host = parts.hostname or ""
    try:
        if ":" in host:
            return f"[{ipaddress.IPv6Address(host)}]" if "%" not in host else ""
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError:
        return ""
    labels = host.rstrip(".").split(".")
    return host if len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels) else ""
