"""Signing in and out."""

from __future__ import annotations

from qpi_client.calls.factors import begin_session
from qpi_client.calls.typed import fetch_as
from qpi_client.checks import part, secret_text, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import get, renew, renewed
from qpi_client.masking import hidden, travels
from qpi_client.records import AuthMethods, Record, SignIn
from qpi_client.session import USERS, Session
from qpi_client.steps import Call, Exclusive


def auth_with_password(
    ctx: Context, identity: str, password: str, collection: str = USERS, *, mfa_id: str | None = None
) -> Call[SignIn]:
    """Sign in with an e-mail address and a password. Later requests carry the session.

    The session is renewed by itself before it ends (after 5 days for users, 1 day for superusers).

    Args:
        identity: E-mail address.
        password: Password.
        collection: "users", or "_superusers" to sign in as an administrator.
        mfa_id: The id that `MFARequired` carried, where the password is the second factor.

    Returns:
        The server's answer: the session's ``token`` and the ``record`` of who is signed in.

    Raises:
        BadRequest: The server does not know this address with this password.
        MFARequired: The password is right, and the server wants a second factor.
        RateLimited: Too many tries.
        InvalidValue: A value is empty; nothing was sent.

    Examples:
        >>> client.auth_with_password("admin@example.com", password, collection="_superusers")
        >>> client.session.expires_at
    """
    # A traceback that shows local variables should find no password here.
    secret, factor = hidden(password), hidden(mfa_id)
    del password, mfa_id
    text(identity, "The e-mail address", 255)
    secret_text(secret, "The password", 1000)
    body = {"identity": identity, "password": secret}
    return (yield from begin_session(ctx, collection, "password", body, factor))


def refresh_session(ctx: Context) -> Call[Record]:
    """Renew the session. Several threads or tasks that ask at once cause one request.

    Returns:
        The record of who is signed in.

    Raises:
        SessionRequired: Nobody is signed in.
        SessionExpired: The session is over: sign in again.
    """
    session = ctx.need_session("Refreshing a session")
    yield Exclusive(renew(ctx, session.token))
    return dict(ctx.need_session("Refreshing a session").record)


def resume_session(ctx: Context, token: str, collection: str = USERS) -> Call[Record]:
    """Sign in with the token of a session that was kept. It is renewed, which proves that it is still good.

    Args:
        token: The token, as `session_token` returned it.
        collection: The collection that it was signed in to: "users" or "_superusers".

    Returns:
        The record of who is signed in.

    Raises:
        SessionExpired: The session is over: sign in with the password. Whoever was signed in before still is.
        InvalidValue: The token is empty or damaged; nothing was sent.
    """
    secret = hidden(token)
    del token
    if not travels(secret.reveal()):
        raise InvalidValue("The stored session is empty or damaged. Sign in with the password.")
    part(collection, "collection")
    fresh = yield Exclusive(renewed(ctx, Session(collection, {}, secret)))
    ctx.signed_in(fresh)
    return dict(fresh.record)


def sign_out(ctx: Context) -> Call[None]:
    """Forget the session.

    The server keeps no list of sessions: a token that somebody copied stays good until it ends by itself.
    """
    ctx.signed_out()
    yield from ()


def auth_methods(ctx: Context, collection: str = USERS) -> Call[AuthMethods]:
    """Return the ways of signing in that the server offers. Needs nobody signed in.

    Args:
        collection: "users" or "_superusers".

    Returns:
        What the server says of passwords, OAuth2 providers, one-time codes and second factors.

    Raises:
        NotFound: There is no such collection.
    """
    path = f"/api/collections/{part(collection, 'collection')}/auth-methods"
    return (yield from fetch_as(AuthMethods, ctx, get(path, signed=False)))
