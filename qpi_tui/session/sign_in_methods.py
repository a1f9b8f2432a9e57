"""The sign-in methods that a server offers, and the words for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean

# Maximum characters of a provider's title: a name, not a page.
_LONGEST_TITLE = 32
_MOST_PROVIDERS = 40

# How a session started, as `qpi_client.Session.method` names it.
WORDS = {"password": "password", "otp": "one-time code", "oauth2": "identity provider"}


class Provider(NamedTuple):
    """An identity provider: its name on the server, and its sanitized title."""

    name: str
    title: str


class SignInMethods(NamedTuple):
    """The server's methods for one role. Password only if it does not say."""

    password: bool = True
    codes: bool = False
    providers: tuple[Provider, ...] = ()


def methods_of(methods: object) -> SignInMethods:
    """Parse the methods in an answer of `auth-methods`, whatever it contains."""
    if not isinstance(methods, Mapping):
        return SignInMethods()
    password, otp, oauth2 = (_part(methods, name) for name in ("password", "otp", "oauth2"))
    offered = oauth2.get("providers") if oauth2.get("enabled") is True else None
    found: dict[str, Provider] = {}
    for each in offered if isinstance(offered, list) else []:
        name = each.get("name") if isinstance(each, Mapping) else None
        if isinstance(name, str) and name.strip() and len(found) < _MOST_PROVIDERS:
            found.setdefault(name, Provider(name, _title(each.get("displayName"), name)))
    return SignInMethods(password.get("enabled") is not False, otp.get("enabled") is True, tuple(found.values()))


def method_words(method: str, provider: str = "") -> str:
    """Return how an account is signed in, in words: `password`, `one-time code`, `identity provider oidc`."""
    return " ".join(word for word in (WORDS.get(method, method), clean(provider, _LONGEST_TITLE)) if word)


def offered(methods: Mapping[Role, SignInMethods], role: Role) -> SignInMethods:
    """Return the methods of a role; only a token for the token role."""
    return methods.get(role, SignInMethods(password=role is not Role.TOKEN))


def _part(methods: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = methods.get(name)
    return found if isinstance(found, Mapping) else {}


def _title(said: object, name: str) -> str:
    return clean(said if isinstance(said, str) else "", _LONGEST_TITLE).strip() or clean(name, _LONGEST_TITLE)
