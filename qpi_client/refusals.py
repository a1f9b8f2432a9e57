"""The error for an answer that says no."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import islice

from qpi_client.errors import (
    APIError,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RateLimited,
    ServerError,
    Unauthorized,
)
from qpi_client.http import httpx
from qpi_client.masking import printable

_BY_STATUS: dict[int, Callable[..., APIError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: PayloadTooLarge,
    429: RateLimited,
}


def api_error(
    method: str,
    url: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    retry_after: float | None = None,
    sent: Mapping[str, str] | None = None,
) -> APIError:
    """The error for an answer that says no; `request` and `response` of it hold no secret."""
    message, fields = _words(body)
    request = httpx.Request(method, url, headers=sent)
    # The body is decoded already, whatever the headers say about how it travelled.
    kept = {name: value for name, value in headers.items() if name.lower() == "content-type"}
    response = httpx.Response(status, headers=kept, content=body, request=request)
    kind = _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequest)
    if kind is Forbidden and "QPU seconds" in message:
        kind = QuotaExceeded
    error = kind(status, message, fields, request=request, response=response)
    if isinstance(error, (RateLimited, ServerError)):
        error.retry_after = retry_after
    return error


# What a server says of more fields than these is left out.
_MOST_FIELDS = 50


def _words(body: bytes) -> tuple[str, dict[str, str]]:
    """The server's message, and what it says of each field."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return "", {}
    if not isinstance(answer, dict):
        return "", {}
    data = answer.get("data")
    fields: dict[str, str] = {}
    for name, word in islice(data.items(), _MOST_FIELDS) if isinstance(data, dict) else ():
        text = word.get("message") if isinstance(word, dict) else word
        fields[printable(name, 80)] = printable(text if isinstance(text, str) else json.dumps(text)[:300], 300)
    return printable(str(answer.get("message") or "")), fields
