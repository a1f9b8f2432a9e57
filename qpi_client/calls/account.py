"""One's own account: sign-up, password, name, and the mails that prove an address."""

from __future__ import annotations

import re
from dataclasses import replace

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
# The end of a link in a mail: `…/_/#/auth/confirm-password-reset/TOKEN`.
_LINK = re.compile(r"/confirm-[a-z-]+/([\w.-]+)/?\s*$")


def create_account(ctx: Context, email: str, password: str, name: str = "") -> Call[User]:
    """Sign up: create an account for yourself, where the server's rules allow it. Needs nobody signed in.

    Nobody is signed in by it. A superuser creates users with `create_user`.

    Args:
        email: E-mail address, at most 255 characters.
        password: 8 to 71 characters.
        name: Display name, at most 255 characters.

    Returns:
        The new user.

    Raises:
        Forbidden: The server does not let people sign up.
        BadRequest: The address is taken, the server's rules do not allow it, or it does not accept a value.
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
    """Return whether the server lets people sign up. Needs nobody signed in, and changes nothing.

    Only superusers may read the rule. So an account without any value is asked for: a server whose rule allows it names
    the values that are missing.

    Returns:
        Whether `create_account` may work.

    Raises:
        RateLimited: Too many tries.
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
        The user afterwards.

    Raises:
        SessionRequired: Nobody is signed in.
        SessionExpired: The session is over.
        InvalidValue: ``name`` is too long, or a superuser is signed in, who has none; nothing was sent.
    """
    session = ctx.need_session("Changing your name")
    if session.is_superuser:
        raise InvalidValue("A superuser has no name.")
    body = {"name": text(name, "The name", 255, empty=True)}
    user = yield from fetch_as(
        User, ctx, Request("PATCH", records(session.collection, session.user_id), json=body, session="needed")
    )
    if (now := ctx.session) is not None:
        ctx.renewed(now, replace(now, record={**now.record, "name": user.get("name", name)}))
    return user


def change_password(ctx: Context, old: str, new: str) -> Call[None]:
    """Change your own password. The server ends all sessions of the account; this client signs in again by itself.

    Who signed in by a provider has no password that they know: `request_password_reset` gives them one.

    Args:
        old: The present password.
        new: The new one, 8 to 71 characters.

    Raises:
        SessionRequired: Nobody is signed in.
        BadRequest: The present password is wrong, or the server does not accept the new one.
        MFARequired: The password is changed. To sign in again, the server wants a second factor.
        InvalidValue: A value is empty or out of range; nothing was sent.
    """
    before, secret = hidden(old), hidden(new)
    del old, new
    session = ctx.need_session("Changing the password")
    secret_text(before, "The present password", 1000)
    _new_password(secret)
    if session.is_superuser:
        # The server takes any password of a superuser without asking for the old one.
        yield from _prove_password(ctx, session, before)
    try:
        # Calls that find the old session over meanwhile wait for this one, and go on with the new session.
        yield Exclusive(_changed(ctx, session, before, secret))
    except NotFound:
        # The collections take a session that is no longer good for nobody at all.
        yield from prove_session(ctx, suspicious=True)
        raise


def _changed(ctx: Context, session: Session, before: Secret, secret: Secret) -> Call[None]:
    """Change the password, and take a session in place of the one that ends with it."""
    body = {"oldPassword": before, "password": secret, "passwordConfirm": secret}
    path = records(session.collection, session.user_id)
    request = Request("PATCH", path, json=body, repeat=False, signed=False, session="none", session_of=session)
    yield from send(ctx, request)
    identity = {"identity": session.identity, "password": secret}
    yield from begin_session(ctx, session.collection, "password", identity, hidden(None))


def _prove_password(ctx: Context, session: Session, password: Secret) -> Call[None]:
    """Try a password, and change nothing. `BadRequest` if it is wrong."""
    path = f"/api/collections/{part(session.collection)}/auth-with-password"
    body = {"identity": session.identity, "password": password}
    request = Request("POST", path, json=body, changes=False, signed=False, session="none")
    try:
        answer = yield from fetch_dict(ctx, request)
        del answer
    except MFARequired:
        # The password is right.
        return


def confirm_password_reset(ctx: Context, token: str, password: str, collection: str = USERS) -> Call[None]:
    """Set a new password with what a mail brought. All sessions of the account end.

    Args:
        token: The token from the mail, or the whole link.
        password: The new password, 8 to 71 characters.
        collection: "users" or "_superusers", as for `request_password_reset`.

    Raises:
        BadRequest: The token is wrong, used or expired, or the server does not accept the password.
        InvalidValue: A value is empty or out of range; nothing was sent.
    """
    given, secret = hidden(token), hidden(password)
    del token, password
    mailed = _mailed(given)
    _new_password(secret)
    body = {"token": mailed, "password": secret, "passwordConfirm": secret}
    yield from _post(ctx, collection, "confirm-password-reset", body)


def request_verification(ctx: Context, email: str | None = None, collection: str = USERS) -> Call[None]:
    """Have a mail sent that verifies an address.

    The server answers alike whether it knows the address or not, and whether it is verified already.

    Args:
        email: E-mail address of the account; defaults to that of who is signed in.
        collection: "users", the collection of the account.

    Raises:
        SessionRequired: No address was given, and nobody is signed in.
        RateLimited: Too many mails were requested.
        InvalidValue: ``email`` is not an address; nothing was sent.
    """
    if email is None:
        email = ctx.need_session("Verifying your own address").identity
    email_address(email)
    yield from _post(ctx, collection, "request-verification", {"email": email})


def confirm_verification(ctx: Context, token: str, collection: str = USERS) -> Call[None]:
    """Verify an address with what a mail brought.

    Args:
        token: The token from the mail, or the whole link.
        collection: "users", the collection of the account.

    Raises:
        BadRequest: The token is wrong or expired.
        InvalidValue: The token is empty or damaged; nothing was sent.
    """
    given = hidden(token)
    del token
    yield from _post(ctx, collection, "confirm-verification", {"token": _mailed(given)})


def _post(ctx: Context, collection: str, verb: str, body: Record) -> Call[None]:
    """Send something about an account that the server answers with nothing."""
    path = f"/api/collections/{part(collection, 'collection')}/{verb}"
    yield from send(ctx, Request("POST", path, json=body, repeat=False, signed=False, session="none"))


def _mailed(given: Secret) -> Secret:
    """The token in what was copied from a mail."""
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
