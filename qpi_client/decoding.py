"""Decode JSON. Large answers use msgspec, which is imported on first use."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from qpi_client.errors import NotQPIServer, ProtocolError
from qpi_client.masking import printable

# Below this size, importing msgspec (about 50 ms) costs more than it saves.
_LARGE = 64 * 1024
# Limits of nesting and digits, so that records can be processed safely.
_DEEPEST, _DIGITS = 200, 4000
# An unterminated string matches to the end of the text, which avoids quadratic time.
_MARKS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]|[^"\[\]{}]++', re.DOTALL)
Decoder = Callable[[bytes], Any]


def decode(body: bytes, headers: Mapping[str, str], where: str, large: Decoder | None = None) -> Any:
    """Decode an answer's JSON; `large` decodes large ones. `NotQPIServer` for HTML, `ProtocolError` for other data."""
    if not body:
        raise ProtocolError(f"The server's answer to {where} is empty instead of JSON.")
    try:
        if len(body) >= _LARGE:
            return (large or _any())(body)
    except (ValueError, RecursionError):
        # Lone surrogates and NaN: one such value in a name must not hide a whole list.
        pass
    for read in (json.loads, _forgiving):
        try:
            return read(body)
        except (ValueError, RecursionError):
            continue
    if is_page(body, headers):
        raise NotQPIServer(page_words(where))
    start = printable(body[:60].decode("utf-8", "replace"))
    if "token" in start or "auth" in where:
        # The start of a session token is a secret.
        start = "…"
    del body
    raise ProtocolError(f"The server's answer to {where} is not JSON; it starts with {start!r}.")


def _forgiving(body: bytes) -> Any:
    """Decode JSON with a value that Python rejects: too deep nesting, too many digits, bytes that are not UTF-8.

    The value is cut, so that the rest of the list is not lost.
    """
    depth = 0

    def shallow(found: re.Match[str]) -> str:
        nonlocal depth
        mark = found[0]
        if mark in "[{":
            depth += 1
            return mark if depth <= _DEEPEST else "null" if depth == _DEEPEST + 1 else ""
        if mark in "]}":
            depth -= 1
            return mark if depth < _DEEPEST else ""
        return mark if depth <= _DEEPEST else ""

    text = _MARKS.sub(shallow, body.decode("utf-8", "replace"))
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < _DIGITS else float(digits))


def is_page(body: bytes, headers: Mapping[str, str]) -> bool:
    """Return whether an answer is an HTML page."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(body) and (kind == "text/html" or body[:200].lstrip()[:1] == b"<")


def page_words(where: str) -> str:
    """Return the error message for an HTML page in place of an answer."""
    return f"A web page answers at {where}, not a QPI server. Check the address; a proxy may require a sign-in."


@cache
def _any() -> Decoder:
    from msgspec.json import Decoder as Msgspec

    return Msgspec().decode


@cache
def job_pages() -> Decoder:
    """Return a decoder for pages of jobs that reads only the fields of a list and skips payloads and results."""
    from msgspec import ValidationError
    from msgspec.json import Decoder as Msgspec

    from qpi_client.records import AnyJobPage, AnyJobRow

    whole, bare = Msgspec(AnyJobPage), Msgspec(list[AnyJobRow])

    def read(body: bytes) -> Any:
        try:
            return bare.decode(body) if body[:1] == b"[" else whole.decode(body)
        except ValidationError:
            # Another format than usual: keep it unchanged.
            return _any()(body)

    return read
