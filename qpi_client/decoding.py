"""Bytes → JSON. Large answers go through msgspec, which is imported when the first of them arrives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from qpi_client.errors import NotQPIServer, ProtocolError
from qpi_client.masking import printable

# Below this size importing msgspec (some 50 ms) costs more than it saves.
_LARGE = 64 * 1024
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
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        pass
    if is_page(body, headers):
        raise NotQPIServer(page_words(where))
    start = printable(body[:60].decode("utf-8", "replace"))
    raise ProtocolError(f"The server's answer to {where} is not JSON; it begins with {start!r}.")


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

    from qpi_client.records import JobPage, JobRow

    whole, bare = Msgspec(JobPage), Msgspec(list[JobRow])

    def read(body: bytes) -> Any:
        try:
            return bare.decode(body) if body[:1] == b"[" else whole.decode(body)
        except ValidationError:
            # Another shape than the one that is usual: take it as it is.
            return _any()(body)

    return read
