"""Authentication factors: start a session, and one-time codes by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from qpi_client.calls.typed import fetch_as
from qpi_client.checks import part, secret_text, text
from qpi_client.context import Context
from qpi_client.errors import MFARequired, ProtocolError, QPIError
from qpi_client.exchange import fetch_dict, get
from qpi_client.masking import Secret, hidden
from qpi_client.records import CodeSent, SignIn
from qpi_client.session import USERS, session_from
from qpi_client.steps import Call, Request

# Sign-in methods, as `auth-methods` names them.
METHODS = ("password", "otp", "oauth2")
# The provider's user data includes the provider's own tokens, which are not needed here.
_PROVIDER_TOKENS = frozenset({"accessToken", "refreshToken"})


def begin_session(
    ctx: Context, collection: str, method: str, body: Mapping[str, Any], factor: Secret, *, repeat: bool = True
) -> Call[SignIn]:
    """Sign in and store the session. `factor` receives the id of the first factor, or None."""
    path = f"/api/collections/{part(collection, 'collection')}/auth-with-{method}"
    sent = dict(body)
    if factor.reveal() is not None:
        secret_text(factor, "The id of the first factor", 100)
        sent["mfaId"] = factor
    request = Request("POST", path, json=sent, repeat=repeat, changes=False, signed=False, session="none")
    try:
        answer = yield from fetch_dict(ctx, request)
    except MFARequired as error:
        error.methods = yield from _other_methods(ctx, collection, method)
        raise
    try:
        session = session_from(answer, collection, ctx.now(), method)
    except ProtocolError:
        del answer
        raise
    ctx.signed_in(session)
    if isinstance(meta := answer.get("meta"), dict):
        answer["meta"] = {name: value for name, value in meta.items() if name not in _PROVIDER_TOKENS}
    return cast("SignIn", answer)


def _other_methods(ctx: Context, collection: str, used: str) -> Call[tuple[str, ...]]:
    """Return the methods that the server offers besides the one used; all others if it does not list them."""
    others = [method for method in METHODS if method != used]
    try:
        offered = yield from fetch_dict(ctx, get(f"/api/collections/{part(collection)}/auth-methods", signed=False))
    except QPIError:
        return tuple(others)
    return tuple(method for method in others if _is_on(offered.get(method)))


def _is_on(method: Any) -> bool:
    return isinstance(method, dict) and method.get("enabled") is True


def request_otp(ctx: Context, email: str, collection: str = USERS) -> Call[CodeSent]:
    """Request a one-time code by e-mail, for `auth_with_otp`.

    The server's answer does not reveal whether the address has an account.

    Args:
        email: E-mail address of the account.
        collection: "users", or "_superusers" for an administrator.

    Returns:
        The answer: ``otpId`` is the id of the code.

    Raises:
        Forbidden: One-time codes are disabled on the server.
        BadRequest: ``email`` is not an e-mail address.
        RateLimited: Too many codes were requested.
        InvalidValue: ``email`` is empty; nothing was sent.
    """
    text(email, "The e-mail address", 255)
    path = f"/api/collections/{part(collection, 'collection')}/request-otp"
    body = {"email": email}
    request = Request("POST", path, json=body, repeat=False, changes=False, signed=False, session="none")
    return (yield from fetch_as(CodeSent, ctx, request))


def auth_with_otp(
    ctx: Context, otp_id: str, code: str, collection: str = USERS, *, mfa_id: str | None = None
) -> Call[SignIn]:
    """Sign in with a one-time code from an e-mail. Later requests use the session.

    A correct code verifies the account's address. If the address was not verified before, the server invalidates the
    account's password, because somebody else may have set it.

    Args:
        otp_id: The id from `request_otp`.
        code: The code from the e-mail.
        collection: "users" or "_superusers", as for `request_otp`.
        mfa_id: The id from `MFARequired`, if the code is the second factor.

    Returns:
        The server's answer: the session's ``token`` and the ``record`` of the account.

    Raises:
        BadRequest: The code is wrong or expired.
        MFARequired: The code is correct, and the server requires a second factor.
        InvalidValue: A value is empty; nothing was sent.

    Examples:
        >>> sent = client.request_otp("alice@example.com")
        >>> client.auth_with_otp(sent["otpId"], input("Code from the mail: "))
    """
    secret, factor = hidden(code), hidden(mfa_id)
    del code, mfa_id
    text(otp_id, "The id of the code", 100)
    secret_text(secret, "The code", 100)
    body = {"otpId": otp_id, "password": secret}
    return (yield from begin_session(ctx, collection, "otp", body, factor, repeat=False))
