"""An account on a server, and its secrets.

A `Credential` is bound to the server, the role and the identity that it was given for. It is revealed only to that
account, so code that mixes up two servers gets an error, never another server's password.
"""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass, replace
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from qpi_tui.domain.roles import Role

_DEFAULT_PORTS = {"http": 80, "https": 443}


def normal_url(url: str) -> str:
    """Add a scheme to a typed address: http for this machine, https elsewhere."""
    url = url.strip().rstrip("/")
    if "://" in url or not url:
        return url
    host = url.split("/", 1)[0].rsplit(":", 1)[0].strip("[]")
    scheme = "http" if is_this_machine(host) else "https"
    return f"{scheme}://{url}"


def is_this_machine(host: str) -> bool:
    """Whether a host name is a loopback address."""
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def server_of(url: str) -> str:
    """Return the server of an address: scheme, host and port, in lower case, without the default port."""
    url = normal_url(url)
    try:
        parts = urlsplit(url.lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if not parts.hostname:
        return "/".join(url.lower().split("/", 3)[:3])
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{port}")


class Account(NamedTuple):
    """An account: `server` is scheme, host and port."""

    server: str
    role: Role
    identity: str = ""

    def __str__(self) -> str:
        who = self.identity or ("an API token" if self.role is Role.TOKEN else "no account")
        return f"{who} ({self.role.value}) on {self.server}"


def token_identity(token: str) -> str:
    """Return an identity for an API token, which the server does not tell: the same each time."""
    # The first frame does not wait for this import: 11 ms.
    from hashlib import sha256

    # Tokens are long and random: a part of their digest identifies one and reveals nothing of it.
    return f"API token {sha256(token.encode()).hexdigest()[:8]}"


class Kind(StrEnum):
    """The kind of a credential."""

    PASSWORD = "password"  # noqa: S105  # a word for the screen
    API_TOKEN = "API token"  # noqa: S105
    SESSION = "session"


class WrongAccount(ValueError):
    """A credential was about to be used for another account."""


@dataclass(frozen=True, eq=False, slots=True)
class Credential:
    """A secret and its account. The secret is not in `repr`."""

    account: Account
    kind: Kind
    _value: str

    def reveal_to(self, account: Account) -> str:
        """Return the secret for sending it to `account`.

        Raises:
            WrongAccount: The secret was given for another server, role or identity.
        """
        if account != self.account:
            raise WrongAccount(f"The {self.kind.value} was given for {self.account}. Not sent to {account}.")
        return self._value

    def __repr__(self) -> str:
        return f"Credential({self.account}, {self.kind.value}, ***)"


@dataclass(frozen=True)
class SignIn:
    """The input of a sign-in: an account and credentials.

    `password`, `api_token` and `session` are bound to the account when given. A copy for another account, made by
    `dataclasses.replace`, still has them, but they do not count there.
    """

    url: str = ""
    role: Role = Role.USER
    identity: str = ""
    password: InitVar[str] = ""
    api_token: InitVar[str] = ""
    session: InitVar[str] = ""
    credentials: tuple[Credential, ...] = ()

    def __post_init__(self, password: str, api_token: str, session: str) -> None:
        """Bind the given credentials."""
        given = ((Kind.PASSWORD, password), (Kind.API_TOKEN, api_token), (Kind.SESSION, session))
        bound = [Credential(self.account, kind, value) for kind, value in given if value]
        if bound:
            object.__setattr__(self, "credentials", (*bound, *self.credentials))

    @property
    def account(self) -> Account:
        """The account, with its server."""
        return Account(server_of(self.url), self.role, "" if self.role is Role.TOKEN else self.identity)

    def credential(self, kind: Kind) -> Credential | None:
        """Return the credential of a kind for this account, or None."""
        mine = self.account
        return next((each for each in self.credentials if each.kind is kind and each.account == mine), None)

    def has(self, kind: Kind) -> bool:
        """Whether there is such a credential for this account."""
        return self.credential(kind) is not None

    def secret_for(self, kind: Kind, url: str) -> str:
        """Return a secret for a client of `url`, or an empty text.

        Raises:
            WrongAccount: `url` is on another server than this sign-in.
        """
        found = self.credential(kind)
        return "" if found is None else found.reveal_to(self.account._replace(server=server_of(url)))

    @property
    def complete(self) -> bool:
        """Whether it is complete, so that nothing must be asked."""
        if not self.url:
            return False
        if self.role is Role.TOKEN:
            return self.has(Kind.API_TOKEN)
        return self.has(Kind.SESSION) or bool(self.identity and self.has(Kind.PASSWORD))

    @property
    def missing(self) -> str:
        """Return the message for what is missing, or nothing."""
        if not self.url:
            return "Which server? Type its address, such as https://lab.example.org."
        if self.role is Role.TOKEN:
            return "" if self.has(Kind.API_TOKEN) else "Paste the API token to sign in with it."
        if not self.identity:
            return "Type the e-mail address of your account."
        return "" if self.has(Kind.PASSWORD) or self.has(Kind.SESSION) else "Type the password."

    def without_secrets(self) -> SignIn:
        """Return it without secrets."""
        return replace(self, credentials=())
