"""Create the error for an unsuccessful answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import islice

from qpi_client.errors import (
    APIError,
    BadRequest,
    Conflict,
    Forbidden,
    MFARequired,
    NotFound,
    PayloadTooLarge,
    QuotaExceeded,
    RateLimited,
    ServerError,
    Unauthorized,
)
from qpi_client.http import httpx
from qpi_client.masking import Secret, printable

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
    """Return the error for an unsuccessful answer. Its `request` and `response` contain no secret."""
    message, fields = _words(body)
    request = httpx.Request(method, url, headers=sent)
    if status == 401 and (mfa_id := _mfa_id(body)):
        # The id is as secret as the first factor: no error shows it.
        return _mfa_required(mfa_id, request)
    # The body is already decoded, whatever the headers say about its encoding.
    kept = {name: value for name, value in headers.items() if name.lower() == "content-type"}
    response = httpx.Response(status, headers=kept, content=body, request=request)
    kind = _BY_STATUS.get(status) or (ServerError if status >= 500 else BadRequest)
    if kind is Forbidden and "QPU seconds" in message:
        kind = QuotaExceeded
    error = kind(status, message, fields, request=request, response=response)
    if isinstance(error, (RateLimited, ServerError)):
        error.retry_after = retry_after
    return error


def _mfa_required(mfa_id: Secret, request: httpx.Request) -> MFARequired:
    """Return the error for a correct first factor when a second one is required."""
    message = "The server asks for a second factor"
    error = MFARequired(401, message, request=request, response=httpx.Response(401, request=request))
    error._mfa_id = mfa_id
    return error


def _mfa_id(body: bytes) -> Secret | None:
    """Return the id of the first factor from an answer."""
    if b"mfaId" not in body:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = answer.get("mfaId") if isinstance(answer, dict) else None
    return Secret(found) if isinstance(found, str) and 0 < len(found) <= 100 else None


# Further fields of the server's message are omitted.
_MOST_FIELDS = 50


def _words(body: bytes) -> tuple[str, dict[str, str]]:
    """Return the server's message, and its messages for each field."""
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
