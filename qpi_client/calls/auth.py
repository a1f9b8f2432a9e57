"""Signing in and out."""

from __future__ import annotations

from qpi_client.checks import part, secret_text, text
from qpi_client.context import Context
from qpi_client.errors import InvalidValue
from qpi_client.exchange import fetch_dict, get, renew, renewed
from qpi_client.masking import hidden, travels
from qpi_client.records import Record
from qpi_client.session import USERS, Session, session_from
from qpi_client.steps import Alone, Call, Request


def auth_with_password(ctx: Context, identity: str, password: str, collection: str = USERS) -> Call[Record]:
    """Sign in, as a user or with `collection="_superusers"` as an administrator; later requests carry the session.

    The answer holds `token` and `record`. `BadRequest`: the server does not know this name with this password.
    """
    # A traceback that shows local variables should find no password here.
    secret = hidden(password)
    del password
    text(identity, "The e-mail address", 255)
    secret_text(secret, "The password", 1000)
    path = f"/api/collections/{part(collection, 'collection')}/auth-with-password"
    body = {"identity": identity, "password": secret}
    request = Request("POST", path, json=body, changes=False, signed=False, session="none")
    answer = yield from fetch_dict(ctx, request)
    ctx.signed_in(session_from(answer, collection, ctx.now()))
    return answer


def refresh_session(ctx: Context) -> Call[Record]:
    """Get a new session for the present one, and the record of who is signed in.

    Several threads or tasks that ask at once cause one request. `SessionExpired`: too late, sign in again.
    """
    session = ctx.need_session("Refreshing a session")
    yield Alone(renew(ctx, session.token))
    return dict(ctx.need_session("Refreshing a session").record)


def resume_session(ctx: Context, token: str, collection: str = USERS) -> Call[Record]:
    """Go on with a session kept from before: it is renewed, which proves it; gives the record of who is signed in."""
    secret = hidden(token)
    del token
    if not travels(secret.reveal()):
        raise InvalidValue("The session that was kept is empty or damaged: sign in with the password.")
    part(collection, "collection")
    fresh = yield Alone(renewed(ctx, Session(collection, {}, secret)))
    ctx.signed_in(fresh)
    return dict(fresh.record)


def sign_out(ctx: Context) -> Call[None]:
    """Forget the session. The server keeps no list of sessions: a token that somebody copied ends by itself."""
    ctx.signed_out()
    yield from ()


def auth_methods(ctx: Context, collection: str = USERS) -> Call[Record]:
    """Which ways of signing in the server offers."""
    path = f"/api/collections/{part(collection, 'collection')}/auth-methods"
    return (yield from fetch_dict(ctx, get(path, signed=False)))
