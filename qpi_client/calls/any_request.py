"""Any request of the server's interface, for what has no method of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from qpi_client import decoding
from qpi_client.checks import one_of
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotQPIServer
from qpi_client.exchange import prove_session, send
from qpi_client.steps import Call, Request

METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")
# Characters that are not quoted in a path; `%` is the beginning of what is quoted already.
_PATH: Final = "/%:@!$&'()*+,;=-._~"


def request(
    ctx: Context,
    method: str,
    path: str,
    *,
    query: Mapping[str, str | int | float | bool] | None = None,
    body: object = None,
) -> Call[Any]:
    """Send any request of the server's interface, signed in, and return its answer.

    It is for what has no method of its own. Nothing is checked but the address: the credentials go to this client's
    server and nowhere else, and a redirect is not followed. Requests that change something are sent once.

    Args:
        method: "GET", "POST", "PATCH", "PUT" or "DELETE".
        path: Path on the server, such as "/api/collections/users/records"; it may have a query. A whole address is
            taken if it is this server's.
        query: Further fields of the query.
        body: What to send as JSON; defaults to nothing.

    Returns:
        The answer's JSON; its text where it is something else; None where it is empty.

    Raises:
        InvalidValue: ``path`` leads to another host or is none, ``method`` is not known, or ``body`` is no JSON;
            nothing was sent.
        ReadOnly: The client is read-only, and ``method`` is not "GET"; nothing was sent.
        APIError: The server refuses.
        NotQPIServer: The path is not one of the interface, or something else answers there.
        ConnectionLost: The answer was lost. Look before you repeat what changes something.

    Examples:
        >>> client.request("GET", "/api/logs", query={"perPage": 5, "filter": "level >= 8"})["items"]
    """
    one_of(method, "The method", METHODS)
    target, given = _own_path(ctx, path)
    reads = method == "GET"
    asked = {quote(str(name), safe=""): value for name, value in {**given, **(query or {})}.items()}
    sent = Request(method, target, query=asked or None, json=body, repeat=reads, changes=not reads)
    # A session that is over is nobody, whose lists are empty.
    sent.session = "needed" if ctx.session is not None else "used"
    reply = yield from send(ctx, sent)
    if not reply.body:
        return None
    if decoding.is_page(reply.body, reply.headers):
        raise NotQPIServer(decoding.page_words(target))
    if not _is_json(reply.body, reply.headers.get("content-type", "")):
        return reply.body.decode("utf-8", "replace")
    answer = decoding.decode(reply.body, reply.headers, target)
    if reads and isinstance(answer, dict) and answer.get("items") == []:
        yield from prove_session(ctx)
    return answer


def _is_json(body: bytes, content_type: str) -> bool:
    return "json" in content_type or body.lstrip()[:1] in (b"{", b"[")


def _own_path(ctx: Context, path: str) -> tuple[str, dict[str, str]]:
    """The path on this server, and the fields of its query."""
    if not isinstance(path, str) or not path.strip() or not path.isprintable():
        raise InvalidValue("The path is empty, or has control characters in it.")
    if path.startswith(f"{ctx.base_url}/"):
        path = path.removeprefix(ctx.base_url)
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        raise InvalidValue(
            f"{path[:80]!r} is no path on this server. Give one that begins with a slash, such as /api/health; "
            "credentials are sent to no other host."
        )
    parts = urlsplit(path)
    return quote(parts.path, safe=_PATH), dict(parse_qsl(parts.query, keep_blank_values=True))
