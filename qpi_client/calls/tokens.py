"""API tokens: credentials for programs, which open jobs and dismissals, but not the collections."""

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
        Unauthorized: Nobody is signed in, or the session is over.
    """
    return cast("list[Token]", rows((yield from fetch(ctx, get(_TOKENS))), "tokens"))


def create_token(ctx: Context, name: str, expires_at: Moment | None = None) -> Call[NewToken]:
    """Create an API token.

    Servers drop an expiry that they cannot read and make a token that never expires (recorded on v0.0.42 and v0.1.2),
    so the time is checked before it is sent.

    Args:
        name: At most 255 characters.
        expires_at: When the token ends, as RFC 3339 text with an offset or an aware datetime; defaults to never.

    Returns:
        The new token. ``token`` is the secret, which is shown only once.

    Raises:
        Unauthorized: Nobody is signed in, or the session is over.
        InvalidValue: ``expires_at`` cannot be read or is in the past; nothing was sent.
    """
    body: Record = {"name": text(name, "The name", 255)}
    if expires_at is not None:
        body["expires_at"] = _coming(ctx, expires_at)
    return (yield from fetch_as(NewToken, ctx, Request("POST", _TOKENS, json=body, repeat=False)))


def _coming(ctx: Context, expires_at: Moment) -> str:
    """An end that is still to come, as it is sent."""
    if moment(expires_at, "expires_at") <= ctx.now():
        raise InvalidValue(f"expires_at {expires_at} is in the past.")
    return sent_time(expires_at, "expires_at")


def set_token_expiry(ctx: Context, token_id: str, expires_at: Moment | None) -> Call[Token]:
    """Change when an API token ends.

    Servers take an expiry that they cannot read for "never" (measured on v0.1.2), so the time is checked before it is
    sent. To end a token at once, revoke it.

    Args:
        token_id: Id of the token.
        expires_at: When the token ends, as RFC 3339 text with an offset or an aware datetime; None for never.

    Returns:
        The token afterwards, without its secret.

    Raises:
        Unauthorized: Nobody is signed in, or the session is over.
        NotFound: There is no such token, or it is not yours.
        InvalidValue: ``expires_at`` cannot be read or is in the past; nothing was sent.
    """
    body = {"expires_at": "" if expires_at is None else _coming(ctx, expires_at)}
    return (yield from fetch_as(Token, ctx, Request("PATCH", f"{_TOKENS}/{part(token_id)}", json=body)))


def rename_token(ctx: Context, token_id: str, name: str) -> Call[Token]:
    """Rename an API token.

    Args:
        token_id: Id of the token.
        name: The new name, at most 255 characters.

    Returns:
        The token afterwards, without its secret.

    Raises:
        Unauthorized: Nobody is signed in, or the session is over.
        NotFound: There is no such token, or it is not yours.
        InvalidValue: ``name`` is empty or too long; nothing was sent.
    """
    body = {"name": text(name, "The name", 255)}
    return (yield from fetch_as(Token, ctx, Request("PATCH", f"{_TOKENS}/{part(token_id)}", json=body)))


def revoke_token(ctx: Context, token_id: str) -> Call[None]:
    """Revoke an API token. It ends at once.

    Args:
        token_id: Id of the token.

    Raises:
        Unauthorized: Nobody is signed in, or the session is over.
        NotFound: There is no such token, or it is not yours.
    """
    request = Request("DELETE", f"{_TOKENS}/{part(token_id)}")
    try:
        yield from send(ctx, request)
    except NotFound:
        if request.tries == 1:
            raise
