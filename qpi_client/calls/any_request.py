"""Send any request of the server's API that has no method of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

from qpi_client import decoding
from qpi_client.checks import one_of
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotQPIServer
from qpi_client.exchange import prove_session, send
from qpi_client.masking import masked_url
from qpi_client.steps import Call, Request

METHODS: Final = ("GET", "POST", "PATCH", "PUT", "DELETE")
# Characters that are not quoted in a path. `%` starts an escape that is already quoted.
_PATH: Final = "/%:@!$&'()*+,;=-._~"


def request(
    ctx: Context,
    method: str,
    path: str,
    *,
    query: Mapping[str, str | int | float | bool] | None = None,
    body: object = None,
) -> Call[Any]:
    """Send any request of the server's API with the client's credentials, and return its answer.

    Use it for requests that have no method of their own. Only the address is checked: credentials go to this client's
    server only, and redirects are not followed. Requests that change something are never repeated.

    Args:
        method: "GET", "POST", "PATCH", "PUT" or "DELETE".
        path: Path on the server, such as "/api/collections/users/records", optionally with a query. A full URL is
            accepted if it points to this server.
        query: Additional query parameters.
        body: JSON body. Default: none.

    Returns:
        The answer's JSON; its text if it is not JSON; None if it is empty.

    Raises:
        InvalidValue: ``path`` is not valid or points to another host, ``method`` is unknown, or ``body`` is not JSON;
            nothing was sent.
        ReadOnly: The client is read-only, and ``method`` is not "GET"; nothing was sent.
        APIError: The server rejects the request.
        NotQPIServer: The path is not part of the API, or something else answers there.
        ConnectionLost: The answer was lost. Before you repeat a change, check whether it was made.

    Examples:
        >>> client.request("GET", "/api/logs", query={"perPage": 5, "filter": "level >= 8"})["items"]
    """
    one_of(method, "The method", METHODS)
    target, given, problem = _own_path(ctx, path)
    if problem:
        del path, query, body
        raise InvalidValue(problem)
    reads = method == "GET"
    asked = {quote(str(name), safe=""): value for name, value in {**given, **(query or {})}.items()}
    sent = Request(method, target, query=asked or None, json=body, repeat=reads, changes=not reads)
    # They may contain a token or a password, which tracebacks with local variables would show.
    del path, given, query, asked, body
    # An expired session is treated as anonymous, whose lists are empty.
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


def _own_path(ctx: Context, path: str) -> tuple[str, dict[str, str], str]:
    """Return the path on this server, the query parameters, and what is wrong with them; "" if nothing is."""
    if not isinstance(path, str) or not path.strip() or not path.isprintable():
        return "", {}, "The path is empty or contains control characters."
    if path.startswith(f"{ctx.base_url}/"):
        path = path.removeprefix(ctx.base_url)
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return (
            "",
            {},
            f"{masked_url(path)[:80]!r} is not a path on this server. Give one that starts with a slash, such as "
            "/api/health. Credentials are sent to no other host.",
        )
    parts = urlsplit(path)
    return quote(parts.path, safe=_PATH), dict(parse_qsl(parts.query, keep_blank_values=True)), ""
