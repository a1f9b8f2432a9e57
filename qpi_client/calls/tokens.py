"""API tokens: keys for programs, which open jobs and dismissals, but not the collections."""

from __future__ import annotations

from qpi_client.calls.qpus import rows
from qpi_client.checks import Moment, moment, part, sent_time, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotFound
from qpi_client.exchange import fetch, fetch_dict, get, send
from qpi_client.records import Record
from qpi_client.steps import Call, Request

_TOKENS = "/api/tokens"


def list_tokens(ctx: Context) -> Call[list[Record]]:
    """Your API tokens, newest first, without their secret part."""
    return rows((yield from fetch(ctx, get(_TOKENS))), "tokens")


def create_token(ctx: Context, name: str, expires_at: Moment | None = None) -> Call[Record]:
    """Make an API token; the answer holds it as `token`, this once.

    The server drops an expiry that it cannot read and makes a token for ever: so it is checked here.
    """
    body: Record = {"name": text(name, "The name", 255)}
    if expires_at is not None:
        if moment(expires_at, "expires_at") <= ctx.now():
            raise InvalidValue(f"expires_at {expires_at} is over: the token would be of no use.")
        body["expires_at"] = sent_time(expires_at, "expires_at")
    return (yield from fetch_dict(ctx, Request("POST", _TOKENS, json=body, repeat=False)))


def rename_token(ctx: Context, token_id: str, name: str) -> Call[Record]:
    """Give an API token another name."""
    body = {"name": text(name, "The name", 255)}
    return (yield from fetch_dict(ctx, Request("PATCH", f"{_TOKENS}/{part(token_id)}", json=body)))


def revoke_token(ctx: Context, token_id: str) -> Call[None]:
    """End an API token."""
    request = Request("DELETE", f"{_TOKENS}/{part(token_id)}")
    try:
        yield from send(ctx, request)
    except NotFound:
        if request.tries == 1:
            raise
