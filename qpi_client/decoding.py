"""Bytes → JSON. Large answers go through msgspec, which is imported when the first of them arrives."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from qpi_client.errors import NotQPIServer, ProtocolError
from qpi_client.masking import printable

# Below this size importing msgspec (some 50 ms) costs more than it saves.
_LARGE = 64 * 1024
# Levels and digits that everybody who handles a record can bear.
_DEEPEST, _DIGITS = 200, 4000
# A string without an end reaches to the end of the text, so that nothing is read twice.
_MARKS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]|[^"\[\]{}]++', re.DOTALL)
Decoder = Callable[[bytes], Any]


def decode(body: bytes, headers: Mapping[str, str], where: str, large: Decoder | None = None) -> Any:
    """The JSON of an answer; `large` reads large ones. `NotQPIServer` for a page, `ProtocolError` for other bytes."""
    if not body:
        raise ProtocolError(f"The server's answer to {where} is empty where JSON is due.")
    try:
        if len(body) >= _LARGE:
            return (large or _any())(body)
    except (ValueError, RecursionError):
        # Half a surrogate, NaN: one such value in a name must not hide a whole list.
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
        # The beginning of a session is a secret.
        start = "…"
    del body
    raise ProtocolError(f"The server's answer to {where} is not JSON; it begins with {start!r}.")


def _forgiving(body: bytes) -> Any:
    """JSON in which one value is beyond Python: nested too deep, a number without end, bytes that are no text.

    That value is cut, so that it does not take the rest of a list with it.
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
    """Whether an answer is a web page."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return bool(body) and (kind == "text/html" or body[:200].lstrip()[:1] == b"<")


def page_words(where: str) -> str:
    """The sentence for a web page at the place of an answer."""
    return f"A web page answers at {where}, not a QPI server: check the address; a proxy may want a sign-in first."


@cache
def _any() -> Decoder:
    from msgspec.json import Decoder as Msgspec

    return Msgspec().decode


@cache
def job_pages() -> Decoder:
    """Decodes a page of jobs into the fields that a list shows, stepping over payloads and results."""
    from msgspec import ValidationError
    from msgspec.json import Decoder as Msgspec

    from qpi_client.records import AnyJobPage, AnyJobRow

    whole, bare = Msgspec(AnyJobPage), Msgspec(list[AnyJobRow])

    def read(body: bytes) -> Any:
        try:
            return bare.decode(body) if body[:1] == b"[" else whole.decode(body)
        except ValidationError:
            # Another shape than the one that is usual: take it as it is.
            return _any()(body)

    return read
