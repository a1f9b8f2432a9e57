"""Your own account: sign-up, password, name, and verification by e-mail."""

from __future__ import annotations

import re

from qpi_client.calls.factors import begin_session
from qpi_client.calls.typed import fetch_as
from qpi_client.calls.user_admin import email_address
from qpi_client.checks import part, secret_text, text
from qpi_client.context import Context
from qpi_client.errors import BadRequest, Forbidden, InvalidValue, MFARequired, NotFound
from qpi_client.exchange import fetch_dict, prove_session, records, send
from qpi_client.masking import Secret, hidden, travels
from qpi_client.records import Record, User
from qpi_client.session import USERS, Session
from qpi_client.steps import Call, Exclusive, Request

_SHORTEST, _LONGEST = 8, 71
# End of a link in an e-mail: `…/_/#/auth/confirm-password-reset/TOKEN`.
_LINK = re.compile(r"/confirm-[a-z-]+/([\w.-]+)/?\s*$")


def create_account(ctx: Context, email: str, password: str, name: str = "") -> Call[User]:
    """Sign up: create an account for yourself, if the server's rules allow it. Works without signing in.

    It does not sign you in. Superusers create users with `create_user`.

    Args:
        email: E-mail address, at most 255 characters.
        password: 8 to 71 characters.
        name: Display name, at most 255 characters.

    Returns:
        The new user.

    Raises:
        Forbidden: Sign-up is closed on this server.
        BadRequest: The address is taken, the server's rules forbid it, or the server rejects a value.
        InvalidValue: A value is out of range; nothing was sent.
    """
    secret = hidden(password)
    del password
    email_address(email)
    _new_password(secret)
    body: Record = {"email": email, "password": secret, "passwordConfirm": secret}
    body["name"] = text(name, "The name", 255, empty=True)
    request = Request("POST", records(USERS), json=body, repeat=False, signed=False, session="none")
    return (yield from fetch_as(User, ctx, request))


def can_sign_up(ctx: Context) -> Call[bool]:
    """Return whether sign-up is open. Works without signing in, and changes nothing.

    Only superusers may read the rule. So this call requests an account without any values: a server that allows sign-up
    answers with the list of missing values.

    Returns:
        Whether sign-up is open.

    Raises:
        RateLimited: Too many attempts.
    """
    request = Request("POST", records(USERS), json={}, repeat=False, changes=False, signed=False, session="none")
    try:
        yield from send(ctx, request)
    except BadRequest as error:
        return bool(error.fields)
    except Forbidden:
        return False
    return True


def update_me(ctx: Context, *, name: str) -> Call[User]:
    """Change your own name.

    Args:
        name: The new display name, at most 255 characters; may be empty.

    Returns:
        The updated user.

    Raises:
        SessionRequired: Not signed in.
        SessionExpired: The session expired.
        InvalidValue: ``name`` is too long, or the account is a superuser, which has no name; nothing was sent.
    """
    session = ctx.need_session("Changing your name")
    if session.is_superuser:
        raise InvalidValue("A superuser has no name.")
    body = {"name": text(name, "The name", 255, empty=True)}
    user = yield from fetch_as(
        User, ctx, Request("PATCH", records(session.collection, session.user_id), json=body, session="needed")
    )
    if (now := ctx.session) is not None:
        ctx.renewed(now, now._replace(record={**now.record, "name": user.get("name", name)}))
    return user


def change_password(ctx: Context, old: str, new: str) -> Call[None]:
    """Change your own password. The server ends all sessions of the account; the client then signs in again.

    If you signed in with an identity provider, you have no known password: use `request_password_reset`.

    Args:
        old: Current password.
        new: New password, 8 to 71 characters.

    Raises:
        SessionRequired: Not signed in.
        BadRequest: The current password is wrong, or the server rejects the new one.
        MFARequired: The password is changed, but signing in again requires a second factor.
        InvalidValue: A value is empty or out of range; nothing was sent.
    """
    before, secret = hidden(old), hidden(new)
    del old, new
    session = ctx.need_session("Changing the password")
    secret_text(before, "The current password", 1000)
    _new_password(secret)
    if session.is_superuser:
        # For superusers, the server changes the password without checking the old one.
        yield from _prove_password(ctx, session, before)
    try:
        # Concurrent calls whose session expires wait for this call and continue with the new session.
        yield Exclusive(_changed(ctx, session, before, secret))
    except NotFound:
        # The collections treat an expired session as anonymous.
        yield from prove_session(ctx, suspicious=True)
        raise


def _changed(ctx: Context, session: Session, before: Secret, secret: Secret) -> Call[None]:
    """Change the password and replace the session that ends with it."""
    body = {"oldPassword": before, "password": secret, "passwordConfirm": secret}
    path = records(session.collection, session.user_id)
    request = Request("PATCH", path, json=body, repeat=False, signed=False, session="none", session_of=session)
    yield from send(ctx, request)
    identity = {"identity": session.identity, "password": secret}
    yield from begin_session(ctx, session.collection, "password", identity, hidden(None))


def _prove_password(ctx: Context, session: Session, password: Secret) -> Call[None]:
    """Check a password without changing anything. `BadRequest` if it is wrong."""
    path = f"/api/collections/{part(session.collection)}/auth-with-password"
    body = {"identity": session.identity, "password": password}
    request = Request("POST", path, json=body, changes=False, signed=False, session="none")
    try:
        answer = yield from fetch_dict(ctx, request)
        del answer
    except MFARequired:
        # The password is correct.
        return


def confirm_password_reset(ctx: Context, token: str, password: str, collection: str = USERS) -> Call[None]:
    """Set a new password with the token from an e-mail. All sessions of the account end.

    Args:
        token: The token from the e-mail, or the whole link.
        password: The new password, 8 to 71 characters.
        collection: "users" or "_superusers", as for `request_password_reset`.

    Raises:
        BadRequest: The token is wrong, used or expired, or the server rejects the password.
        InvalidValue: A value is empty or out of range; nothing was sent.
    """
    given, secret = hidden(token), hidden(password)
    del token, password
    mailed = _mailed(given)
    _new_password(secret)
    body = {"token": mailed, "password": secret, "passwordConfirm": secret}
    yield from _post(ctx, collection, "confirm-password-reset", body)


def request_verification(ctx: Context, email: str | None = None, collection: str = USERS) -> Call[None]:
    """Request an e-mail that verifies an address.

    The server's answer does not reveal whether the address exists or is verified.

    Args:
        email: E-mail address of the account. Default: the signed-in account's address.
        collection: "users", the account's collection.

    Raises:
        SessionRequired: No address was given, and not signed in.
        RateLimited: Too many e-mails were requested.
        InvalidValue: ``email`` is not an address; nothing was sent.
    """
    if email is None:
        email = ctx.need_session("Verifying your address").identity
    email_address(email)
    yield from _post(ctx, collection, "request-verification", {"email": email})


def confirm_verification(ctx: Context, token: str, collection: str = USERS) -> Call[None]:
    """Verify an address with the token from an e-mail.

    Args:
        token: The token from the e-mail, or the whole link.
        collection: "users", the account's collection.

    Raises:
        BadRequest: The token is wrong or expired.
        InvalidValue: The token is empty or damaged; nothing was sent.
    """
    given = hidden(token)
    del token
    yield from _post(ctx, collection, "confirm-verification", {"token": _mailed(given)})


def _post(ctx: Context, collection: str, verb: str, body: Record) -> Call[None]:
    """Send an account request whose answer is empty."""
    path = f"/api/collections/{part(collection, 'collection')}/{verb}"
    yield from send(ctx, Request("POST", path, json=body, repeat=False, signed=False, session="none"))


def _mailed(given: Secret) -> Secret:
    """Return the token in a text copied from an e-mail."""
    value = given.reveal()
    found = _LINK.search(value) if isinstance(value, str) else None
    token = Secret(found[1] if found else value.strip() if isinstance(value, str) else "")
    good = travels(token.reveal()) and len(token.reveal()) <= 4000 and "/" not in token.reveal()
    del value, found
    if not good:
        raise InvalidValue("This is neither the token nor the link of a mail. Copy the whole link from the mail.")
    return token


def _new_password(secret: Secret) -> None:
    if not isinstance(secret.reveal(), str) or not _SHORTEST <= len(secret.reveal()) <= _LONGEST:
        raise InvalidValue(f"A password must have {_SHORTEST} to {_LONGEST} characters.")
