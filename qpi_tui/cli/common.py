"""What every command takes: which server, as whom, in which form to answer, whether to ask."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

from qpi_tui.actions import Role
from qpi_tui.cli.problems import NO_CONNECTION, NOT_ALLOWED, NOT_FOUND, USAGE, Problem
from qpi_tui.config import ConfigError, Settings, merge, read_config
from qpi_tui.connection import COLLECTIONS, explain, normal_url

if TYPE_CHECKING:
    from qpi_client import QPIClient

_SERVER = Group("Server", sort_key=80)
_OUTPUT = Group("Output", sort_key=81)
_CHANGES = Group("Changes", sort_key=82)


@Parameter(name="*")
@dataclass(frozen=True)
class Server:
    """Which server, and as whom."""

    url: Annotated[str, Parameter(group=_SERVER, help="the server's address (QPI_URL)")] = ""
    profile: Annotated[str, Parameter(group=_SERVER, help="a profile of the configuration (QPI_PROFILE)")] = ""
    read_only: Annotated[bool, Parameter(group=_SERVER, negative="", help="refuse every change (QPI_READ_ONLY)")] = (
        False
    )


@Parameter(name="*")
@dataclass(frozen=True)
class Output:
    """In which form to answer."""

    json: Annotated[bool, Parameter(group=_OUTPUT, negative="", help="one JSON array or object")] = False
    jsonl: Annotated[bool, Parameter(group=_OUTPUT, negative="", help="one JSON object a line")] = False
    csv: Annotated[bool, Parameter(group=_OUTPUT, negative="", help="comma-separated values")] = False
    template: Annotated[str, Parameter(group=_OUTPUT, help="a line for each, such as '{id} {status}'")] = ""

    def __post_init__(self) -> None:
        """At most one form."""
        if sum((self.json, self.jsonl, self.csv, bool(self.template))) > 1:
            raise ValueError("choose one of --json, --jsonl, --csv and --template")


@Parameter(name="*")
@dataclass(frozen=True)
class Change:
    """Whether to ask before a change, or only to say what would be done."""

    yes: Annotated[bool, Parameter(group=_CHANGES, negative="", name=["--yes", "-y"], help="do not ask")] = False
    dry_run: Annotated[bool, Parameter(group=_CHANGES, negative="", help="say what would be done; change nothing")] = (
        False
    )


@dataclass(frozen=True)
class Signed:
    """A client that is signed in, and as what."""

    client: QPIClient
    role: Role
    identity: str
    settings: Settings

    @property
    def admin(self) -> bool:
        """Whether everything is open."""
        return self.role is Role.ADMIN

    @property
    def user_id(self) -> str:
        """The id of the record that is signed in; empty with an API token."""
        return self.client.session.user_id if self.client.session is not None else ""

    def need_admin(self, doing: str) -> None:
        """Refuse what only administrators may do, before anything is sent."""
        if not self.admin:
            raise Problem(
                f"Only an administrator may {doing}: sign in as one (`qpi-tui login --role admin`).", NOT_ALLOWED
            )


def settings_for(server: Server, **given: Any) -> Settings:
    """The configuration for a command line; mistakes in it are usage errors."""
    from qpi_tui.paths import config_file

    try:
        return merge(
            read_config(config_file()),
            profile=server.profile,
            url=server.url,
            read_only=server.read_only or None,
            **given,
        )
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None


def with_session(settings: Settings) -> Settings:
    """The same, with the session that `login` kept, where nothing better was given."""
    from dataclasses import replace

    from qpi_tui.vault import Vault, VaultError, account_of

    sign_in = settings.sign_in
    if not sign_in.url or sign_in.password or sign_in.api_token or not sign_in.identity:
        return settings
    try:
        session = Vault().get(account_of(normal_url(sign_in.url), sign_in.role.value, sign_in.identity))
    except VaultError as error:
        raise Problem(str(error), NOT_ALLOWED) from None
    return replace(settings, sign_in=replace(sign_in, session=session))


@contextmanager
def signed_in(server: Server) -> Iterator[Signed]:
    """A client for a command, signed in; what goes wrong with it becomes a `Problem` with its exit code."""
    settings = with_session(settings_for(server))
    sign_in = settings.sign_in
    if not sign_in.url:
        raise Problem("Which server? Give --url, QPI_URL, or a profile: `qpi-tui login --profile NAME`.", USAGE)
    if not sign_in.complete:
        raise Problem(
            "Nobody is signed in. Run `qpi-tui login`, or set QPI_IDENTITY and QPI_PASSWORD, or QPI_API_TOKEN.",
            NOT_ALLOWED,
        )
    from qpi_client import QPIClient

    with problems():
        token = sign_in.api_token if sign_in.role is Role.TOKEN else None
        client = QPIClient(normal_url(sign_in.url), token, read_only=settings.read_only, **settings.transport)
        with client:
            identity = sign_in.identity
            if sign_in.role is not Role.TOKEN:
                if sign_in.session and not sign_in.password:
                    client.resume_session(sign_in.session, COLLECTIONS[sign_in.role])
                else:
                    client.auth_with_password(sign_in.identity, sign_in.password, COLLECTIONS[sign_in.role])
                if client.session is not None:
                    identity = client.session.identity
            yield Signed(client, sign_in.role, identity or "API token", settings)


@contextmanager
def problems() -> Iterator[None]:
    """Errors of the client → a sentence with an exit code."""
    import httpx

    try:
        yield
    except Problem:
        raise
    except (httpx.HTTPError, ValueError, OSError) as error:
        raise problem_of(error) from None


def problem_of(error: BaseException) -> Problem:
    """The sentence and exit code for an error of the client."""
    from qpi_client import errors as e

    if isinstance(error, Problem):
        return error
    said = explain(error)
    if isinstance(error, (e.Unauthorized, e.Forbidden, e.SessionRequired, e.SessionExpired, e.ReadOnly)):
        return Problem(said, NOT_ALLOWED)
    if isinstance(error, e.NotFound):
        return Problem(said, NOT_FOUND)
    if isinstance(error, e.BadRequest) and "authenticate" in said.lower():
        return Problem("The server does not know this name with this password.", NOT_ALLOWED)
    if isinstance(error, e.APIError):
        return Problem(said)
    if isinstance(error, (e.TransportError, e.ProtocolError, OSError)):
        return Problem(said, NO_CONNECTION)
    return Problem(said, USAGE) if isinstance(error, ValueError) else Problem(said)


def read_ids(words: Sequence[str]) -> list[str]:
    """Ids or names as given; `-` reads them from standard input, one a line or separated by blanks."""
    found: list[str] = []
    for word in words:
        found += sys.stdin.read().split() if word == "-" else [word]
    if not found:
        raise Problem("Nothing was named: give names or ids, or `-` to read them from standard input.", USAGE)
    return list(dict.fromkeys(found))


def ask(question: str, change: Change) -> bool:
    """Ask on the terminal; without one, refuse and say what to add."""
    if change.yes:
        return True
    if not sys.stdin.isatty():
        raise Problem(f"{question} Without a terminal nothing is asked: add --yes.", USAGE)
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def secret_from_terminal(prompt: str) -> str:
    """Read a secret without showing it; `QPI_PASSWORD` answers where there is no terminal."""
    if given := os.environ.get("QPI_PASSWORD", ""):
        return given
    if not sys.stdin.isatty():
        raise Problem("The password is asked for on a terminal; without one, set QPI_PASSWORD.", USAGE)
    return getpass.getpass(prompt, stream=sys.stderr)
