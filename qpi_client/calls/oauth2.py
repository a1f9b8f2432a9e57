"""Sign-in with an identity provider (OAuth2, OpenID Connect), in a browser on any machine.

The server's answer arrives on its event stream. The stream's client id is the `state`: only the owner of the stream
gets the answer, and the browser does not have to reach this machine.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from qpi_client.calls.factors import begin_session
from qpi_client.calls.streaming import FIRST_WORD, PATH, open_events
from qpi_client.checks import part, text
from qpi_client.context import Context
from qpi_client.deadline import Deadline
from qpi_client.errors import (
    BadRequest,
    ConnectFailed,
    ConnectionLost,
    InvalidValue,
    QPIError,
    RateLimited,
    ServerError,
    SignInFailed,
    TimedOut,
    WaitTimedOut,
)
from qpi_client.exchange import ensure_pinned, fetch_dict, get, pause_before, send
from qpi_client.masking import Secret, hidden, printable
from qpi_client.realtime import EventParser
from qpi_client.records import SignIn
from qpi_client.session import USERS
from qpi_client.steps import Call, Pause, ReadStream, Request, Unbounded

_TOPIC = "@oauth2"
# Maximum size of an event in bytes; it contains a state and a code.
_LARGEST = 100_000
_LONGEST_URL, _LONGEST_CODE = 6_000, 8_000
# Minimum time in seconds for the browser's round trip to a provider.
_SHORTEST = 1.0
# Errors during a sign-in that are retried with a new stream.
_PASSING = (ConnectFailed, ConnectionLost, TimedOut, RateLimited, ServerError)


@dataclass(frozen=True)
class _Provider:
    """A provider with the parameters of one attempt."""

    name: str
    title: str
    address: str
    verifier: Secret = field(repr=False)


def auth_with_oauth2(
    ctx: Context,
    provider: str,
    *,
    open_url: Callable[[str], object],
    timeout: float = 300.0,
    collection: str = USERS,
    mfa_id: str | None = None,
) -> Call[SignIn]:
    """Sign in with an identity provider that the server offers. Later requests use the session.

    You can sign in with any browser on any machine, so this works over SSH. If the connection is lost, it is reopened,
    and ``open_url`` is called with a new URL; the previous one no longer works. To cancel, close the client or cancel
    the awaiting task.

    Args:
        provider: Name of the provider, such as "oidc", as `auth_methods` returns it.
        open_url: Called with the URL to visit: display it, or open a browser. It must not block.
        timeout: Time limit for the sign-in in seconds, from 1 to 3600.
        collection: The account's collection, "users".
        mfa_id: The id from `MFARequired`, if the provider is the second factor.

    Returns:
        The server's answer: the session's ``token``, the account's ``record``, and the provider's user data in
        ``meta``.

    Raises:
        SignInFailed: The user or the provider refused, the answer belongs to another sign-in, the server could not
            redeem the code, or the server does not offer this provider; ``reason`` states which.
        WaitTimedOut: Nobody signed in within ``timeout``.
        MFARequired: The provider's answer is valid, and the server requires a second factor.
        ConnectFailed: The server cannot be reached.
        InvalidValue: A value is empty or out of range; nothing was sent.

    Examples:
        >>> client.auth_with_oauth2("oidc", open_url=lambda url: print("Open", url))
    """
    factor = hidden(mfa_id)
    del mfa_id
    text(provider, "The provider", 100)
    part(collection, "collection")
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not _SHORTEST <= timeout <= 3600:
        raise InvalidValue(f"The timeout must be a number of seconds from 1 to 3600, not {timeout!r}.")
    yield Unbounded()
    end = time.monotonic() + timeout
    shown: list[str] = []

    def show(url: str) -> None:
        shown.append(url)
        open_url(url)

    failures = 0
    while True:
        try:
            offered, code = yield from _code(ctx, provider, collection, show, end)
            break
        except _PASSING as error:
            if time.monotonic() >= end:
                raise WaitTimedOut(f"Nobody signed in within {timeout:g} s. Try again.") from None
            if not shown:
                raise error from None
        failures += 1
        yield Pause(min(pause_before(failures), max(0.0, end - time.monotonic())))
    body = {
        "provider": offered.name, "code": code, "codeVerifier": offered.verifier, "redirectURL": _redirect(ctx),
    }  # fmt: skip
    try:
        return (yield from begin_session(ctx, collection, "oauth2", body, factor, repeat=False))
    except BadRequest as error:
        raise _not_redeemed(error, offered) from None


def _code(
    ctx: Context, name: str, collection: str, show: Callable[[str], None], end: float
) -> Call[tuple[_Provider, Secret]]:
    """Open a stream, call `open_url` with its URL, and return the code that arrives."""
    yield from ensure_pinned(ctx)
    offered = yield from _offered(ctx, name, collection)
    parser = EventParser(_LARGEST)
    deadline = Deadline(min(end, time.monotonic() + FIRST_WORD), endless=True)
    state, events = yield from open_events(ctx, parser, deadline)
    topics = {"clientId": state, "subscriptions": [_TOPIC]}
    yield from send(ctx, Request("POST", PATH, json=topics, changes=False, signed=False, session="none"))
    deadline.at = end
    show(sign_in_url(offered.address, state, _redirect(ctx), offered.title))
    while True:
        for event, data in events:
            if event == _TOPIC:
                code, problem = _answer(data, state, offered.title)
                del data, events
                if problem is not None:
                    raise problem
                return offered, code
        piece = yield ReadStream()
        if not piece:
            raise ConnectionLost("The server's event stream ended.")
        events = parser.feed(piece)


def _offered(ctx: Context, name: str, collection: str) -> Call[_Provider]:
    """Return the named provider with a verifier for one attempt."""
    path = f"/api/collections/{part(collection, 'collection')}/auth-methods"
    methods = yield from fetch_dict(ctx, get(path, signed=False))
    providers = _providers(methods)
    del methods
    if name not in providers:
        names = ", ".join(printable(each, 40) for each in list(providers)[:20]) or "none"
        del providers
        raise SignInFailed(
            f"The server does not offer the provider {printable(name, 60)!r}. It has: {names}.", "provider"
        )
    found = providers[name]
    title = printable(str(found.get("displayName") or name), 60)
    verifier = hidden(found.get("codeVerifier") or "")
    address, challenge = found.get("authURL") or found.get("authUrl"), found.get("codeChallenge") or ""
    del found, providers
    if not isinstance(address, str):
        address = ""
    if not isinstance(verifier.reveal(), str) or not _matches(verifier, challenge, address):
        raise SignInFailed(
            f"What the server offers for {title} does not fit together: its code verifier is for another address. "
            "Nothing was opened.",
            "provider",
        )
    return _Provider(name, title, address, verifier)


def _providers(methods: dict[str, Any]) -> dict[str, dict[str, Any]]:
    oauth2 = methods.get("oauth2")
    offered = oauth2.get("providers") if isinstance(oauth2, dict) and oauth2.get("enabled") is not False else None
    return {
        each["name"]: each
        for each in (offered if isinstance(offered, list) else [])
        if isinstance(each, dict) and isinstance(each.get("name"), str)
    }


def _matches(verifier: Secret, challenge: Any, address: str) -> bool:
    """Return whether a verifier matches the URL's challenge (RFC 7636); True if the provider does not use one."""
    try:
        sent = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    except ValueError:
        return False
    if not verifier.reveal():
        return "code_challenge" not in sent
    if sent.get("code_challenge_method", "S256") != "S256":
        return bool(sent.get("code_challenge") == verifier.reveal() == challenge)
    digest = hashlib.sha256(verifier.reveal().encode("utf-8", "replace")).digest()
    expected = urlsafe_b64encode(digest).decode().rstrip("=")
    return bool(expected == challenge == sent.get("code_challenge"))


def sign_in_url(address: str, state: str, redirect: str, title: str) -> str:
    """Return the URL for the browser, with our state and redirect replacing those in the provider's URL."""
    problem = SignInFailed(
        f"The server gives {title} an address that no browser should open. Nothing was opened.", "provider"
    )
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise problem from None
    if parts.scheme not in ("https", "http") or not host or "@" in parts.netloc or not parts.netloc.isascii():
        raise problem
    kept = [(name, value) for name, value in query if name not in ("state", "redirect_uri")]
    asked = urlencode([*kept, ("state", state), ("redirect_uri", redirect)], safe=":/")
    url = urlunsplit((parts.scheme, parts.netloc, quote(parts.path, safe="/%:@!$&'()*+,;=~-._"), asked, ""))
    if not (url.isascii() and url.isprintable() and " " not in url and len(url) <= _LONGEST_URL):
        raise problem
    return url


def _redirect(ctx: Context) -> str:
    """Return the redirect URL: the server's own page, which forwards the answer to the stream."""
    return f"{ctx.base_url}/api/oauth2-redirect"


def _answer(data: str, state: str, title: str) -> tuple[Secret, QPIError | None]:
    """Return the code in an answer, and what is wrong with it."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        said = {}
    given, error, code = said.get("state"), said.get("error"), said.get("code")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode("utf-8", "replace"), state.encode()):
        return Secret(""), SignInFailed(
            "The answer belongs to another sign-in: its state is not ours. Not signed in. Try again.", "state"
        )
    if error:
        why = printable(error if isinstance(error, str) else "", 100).replace("_", " ")
        said_so = f" ({why})" if why else ""
        return Secret(""), SignInFailed(
            f"{title} rejected the sign-in{said_so}. Try again, or use another sign-in method.", "denied"
        )
    if not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE:
        return Secret(""), SignInFailed(f"{title} answered without a code. Try again.", "code")
    return Secret(code), None


def _not_redeemed(error: BadRequest, offered: _Provider) -> QPIError:
    """Return a sentence that explains why the server did not redeem the code."""
    if error.message.startswith("Failed to fetch OAuth2") or not error.fields:
        return SignInFailed(
            f"The server could not finish the sign-in with {offered.title}: {error.message or 'no explanation'} "
            "The server may not reach the provider, or the code has expired. Try again.",
            "code",
        )
    return error
