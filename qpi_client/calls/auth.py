"""Sign-in and sign-out."""

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
    """Sign in with an e-mail address and a password. Later requests use the session.

    The client renews the session before it expires (5 days for users, 1 day for superusers).

    Args:
        identity: E-mail address.
        password: Password.
        collection: "users", or "_superusers" to sign in as an administrator.
        mfa_id: The id from `MFARequired`, if the password is the second factor.

    Returns:
        The server's answer: the session's ``token`` and the ``record`` of the account.

    Raises:
        BadRequest: Wrong e-mail address or password.
        MFARequired: The password is correct, and the server requires a second factor.
        RateLimited: Too many attempts.
        InvalidValue: A value is empty; nothing was sent.

    Examples:
        >>> client.auth_with_password("admin@example.com", password, collection="_superusers")
        >>> client.session.expires_at
    """
    # Keeps the password out of tracebacks that show local variables.
    secret, factor = hidden(password), hidden(mfa_id)
    del password, mfa_id
    text(identity, "The e-mail address", 255)
    secret_text(secret, "The password", 1000)
    body = {"identity": identity, "password": secret}
    return (yield from begin_session(ctx, collection, "password", body, factor))


def refresh_session(ctx: Context) -> Call[Record]:
    """Renew the session. Concurrent calls of several threads or tasks share one request.

    Returns:
        The account's record.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired. Sign in again.
    """
    session = ctx.need_session("Refreshing a session")
    yield Exclusive(renew(ctx, session.token))
    return dict(ctx.need_session("Refreshing a session").record)


def resume_session(ctx: Context, token: str, collection: str = USERS) -> Call[Record]:
    """Sign in with a saved session token. The session is renewed, which checks that it is still valid.

    Args:
        token: The token from `session_token`.
        collection: The account's collection: "users" or "_superusers".

    Returns:
        The account's record.

    Raises:
        SessionExpired: The session expired: sign in again. The client's previous session, if any, is kept.
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

    The server keeps no list of sessions: a copied token stays valid until it expires.
    """
    ctx.signed_out()
    yield from ()


def auth_methods(ctx: Context, collection: str = USERS) -> Call[AuthMethods]:
    """Return the sign-in methods that the server offers. Works without signing in.

    Args:
        collection: "users" or "_superusers".

    Returns:
        The server's settings for passwords, OAuth2 providers, one-time codes and second factors.

    Raises:
        NotFound: No such collection.
    """
    path = f"/api/collections/{part(collection, 'collection')}/auth-methods"
    return (yield from fetch_as(AuthMethods, ctx, get(path, signed=False)))
