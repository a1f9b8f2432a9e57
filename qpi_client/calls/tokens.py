"""API tokens: credentials for programs. They give access to jobs and dismissals, but not to the collections."""

from __future__ import annotations

from typing import cast

from qpi_client.calls.qpus import rows
from qpi_client.calls.typed import fetch_as
from qpi_client.checks import Moment, moment, part, sent_time, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue, NotFound
from qpi_client.exchange import fetch, get, send
from qpi_client.records import NewToken, Record, Token
from qpi_client.steps import Call, Request

_TOKENS = "/api/tokens"


def list_tokens(ctx: Context) -> Call[list[Token]]:
    """List your API tokens.

    Returns:
        The tokens, newest first, without their secrets.

    Raises:
        Unauthorized: Not signed in, or the session expired.
    """
    return cast("list[Token]", rows((yield from fetch(ctx, get(_TOKENS))), "tokens"))


def create_token(ctx: Context, name: str, expires_at: Moment | None = None) -> Call[NewToken]:
    """Create an API token.

    Servers ignore an expiry that they cannot parse and create a token without expiry (recorded on v0.0.42 and v0.1.2),
    so the client validates it first.

    Args:
        name: At most 255 characters.
        expires_at: Expiry, as RFC 3339 text with an offset or an aware datetime. Default: never.

    Returns:
        The new token. ``token`` is the secret, shown only once.

    Raises:
        Unauthorized: Not signed in, or the session expired.
        InvalidValue: ``expires_at`` is not valid or in the past; nothing was sent.
    """
    body: Record = {"name": text(name, "The name", 255)}
    if expires_at is not None:
        body["expires_at"] = _coming(ctx, expires_at)
    return (yield from fetch_as(NewToken, ctx, Request("POST", _TOKENS, json=body, repeat=False)))


def _coming(ctx: Context, expires_at: Moment) -> str:
    """Validate an expiry in the future and return it as sent."""
    if moment(expires_at, "expires_at") <= ctx.now():
        raise InvalidValue(f"expires_at {expires_at} is in the past.")
    return sent_time(expires_at, "expires_at")


def set_token_expiry(ctx: Context, token_id: str, expires_at: Moment | None) -> Call[Token]:
    """Change the expiry of an API token.

    Servers interpret an expiry that they cannot parse as "never" (measured on v0.1.2), so the client validates it
    first. To invalidate a token immediately, revoke it.

    Args:
        token_id: Id of the token.
        expires_at: Expiry, as RFC 3339 text with an offset or an aware datetime; None for never.

    Returns:
        The updated token, without its secret.

    Raises:
        Unauthorized: Not signed in, or the session expired.
        NotFound: No such token, or it is not yours.
        InvalidValue: ``expires_at`` is not valid or in the past; nothing was sent.
    """
    body = {"expires_at": "" if expires_at is None else _coming(ctx, expires_at)}
    return (yield from fetch_as(Token, ctx, Request("PATCH", f"{_TOKENS}/{part(token_id)}", json=body)))


def rename_token(ctx: Context, token_id: str, name: str) -> Call[Token]:
    """Rename an API token.

    Args:
        token_id: Id of the token.
        name: New name, at most 255 characters.

    Returns:
        The updated token, without its secret.

    Raises:
        Unauthorized: Not signed in, or the session expired.
        NotFound: No such token, or it is not yours.
        InvalidValue: ``name`` is empty or too long; nothing was sent.
    """
    body = {"name": text(name, "The name", 255)}
    return (yield from fetch_as(Token, ctx, Request("PATCH", f"{_TOKENS}/{part(token_id)}", json=body)))


def revoke_token(ctx: Context, token_id: str) -> Call[None]:
    """Revoke an API token. It becomes invalid immediately.

    Args:
        token_id: Id of the token.

    Raises:
        Unauthorized: Not signed in, or the session expired.
        NotFound: No such token, or it is not yours.
    """
    request = Request("DELETE", f"{_TOKENS}/{part(token_id)}")
    try:
        yield from send(ctx, request)
    except NotFound:
        if request.tries == 1:
            raise
