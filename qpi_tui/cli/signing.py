"""A signed-in client for a command, and the message and exit code of each error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from qpi_tui.cli.edit_port import CommandPort, check_last_run, make
from qpi_tui.cli.output import say
from qpi_tui.cli.problems import FAILED, NO_CONNECTION, NOT_ALLOWED, NOT_FOUND, TIMED_OUT, USAGE, Problem
from qpi_tui.cli.sources import settings_for, with_kept
from qpi_tui.cli.streams import about_output
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.edits.audit_log import AuditLog
from qpi_tui.files.paths import audit_log_file
from qpi_tui.session.connection import COLLECTIONS, explain, unencrypted
from qpi_tui.session.sources import unused_credentials
from qpi_tui.settings.accounts import Account, Kind, SignIn, normal_url, server_of, token_identity
from qpi_tui.settings.config import Settings

if TYPE_CHECKING:
    from qpi_client import QPIClient, RequestSeen, ResponseSeen
    from qpi_tui.cli.common import Server
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome

_NOBODY = "Not signed in. Run `qpi-tui login`, or set QPI_IDENTITY and QPI_PASSWORD, or QPI_API_TOKEN."
# Seconds from which an answer counts as slow.
_SLOW = 3.0


@dataclass(frozen=True)
class Signed:
    """A signed-in client, and its account."""

    client: QPIClient
    role: Role
    identity: str
    settings: Settings
    taps: list[Callable[[RequestSeen], None]] = field(default_factory=list)
    log: AuditLog = field(default_factory=lambda: AuditLog(audit_log_file()))

    @property
    def admin(self) -> bool:
        """Return whether the account is an administrator."""
        return self.role is Role.ADMIN

    @property
    def account(self) -> Account:
        """Return the account and server, as in the audit log."""
        return Account(server_of(self.client.base_url), self.role, self.identity)

    @property
    def port(self) -> CommandPort:
        """Return the edits' port to this command."""
        return CommandPort(self.client, self.account, self.taps)

    def make(self, edit: Edit, *, batch: str = "") -> Outcome:
        """Make a change, and return the outcome."""
        return make(self.port, self.log, edit, batch=batch)

    @property
    def user_id(self) -> str:
        """Return the id of the signed-in record; empty with an API token."""
        return self.client.session.user_id if self.client.session is not None else ""

    def need_admin(self, doing: str) -> None:
        """Reject a change that only administrators may make, before anything is sent."""
        if not self.admin:
            raise Problem(
                f"Only an administrator may {doing}. `qpi-tui login --role admin` signs in as one.", NOT_ALLOWED
            )

    def need_session(self, doing: str) -> None:
        """Reject what an API token cannot do, before anything is sent."""
        if self.role is Role.TOKEN:
            raise Problem(f"An API token cannot {doing}: sign in with e-mail and password.", NOT_ALLOWED)

    def need_user(self, doing: str) -> None:
        """Reject what only users can do."""
        if self.role is not Role.USER:
            raise Problem(f"Only a user may {doing}; {self.identity} is none. Sign in with `--role user`.", NOT_ALLOWED)


# The user that an administrator runs a command as, read-only.
LOOKS_AS: ContextVar[SignIn | None] = ContextVar("LOOKS_AS", default=None)


@contextmanager
def signed_in(server: Server) -> Iterator[Signed]:
    """Yield a signed-in client for a command. Errors become a `Problem` with an exit code."""
    settings = settings_for(server.profile, server.url, read_only=server.read_only)
    if not settings.sign_in.url:
        raise Problem("Which server? Give --url, set QPI_URL, or run `qpi-tui login --profile NAME`.", USAGE)
    user = LOOKS_AS.get()
    if user is not None:
        settings = replace(settings, sign_in=user, read_only=True)
    else:
        settings = replace(settings, sign_in=with_kept(settings.sign_in))
    if not settings.sign_in.complete:
        raise Problem(_nobody(settings.sign_in), NOT_ALLOWED)
    warn_unencrypted(settings.sign_in.url)
    with problems(settings):
        taps: list[Callable[[RequestSeen], None]] = []
        slowest = _Slowest()
        client = open_client(settings, taps, slowest)
        with client:
            clock.follow(_server_offset(client, taps))
            try:
                identity = open_session(client, settings.sign_in)
                with _logged(Signed(client, settings.sign_in.role, identity, settings, taps)) as signed:
                    yield signed
                if slowest.seconds >= _SLOW:
                    say(f"▲ The server is slow: {slowest.seconds:.0f} s for one answer. See `qpi-tui doctor`.")
            finally:
                clock.follow(timedelta)


@contextmanager
def _logged(signed: Signed) -> Iterator[Signed]:
    """Check the open changes of an earlier run first, and report failures of the audit log last."""
    try:
        check_last_run(signed.port, signed.log)
        yield signed
    finally:
        signed.log.close()
        if signed.log.problem:
            say(signed.log.problem)


def _server_offset(client: QPIClient, taps: list[Callable[[RequestSeen], None]]) -> Callable[[], timedelta]:
    """Return the offset of the server's clock. With an API token, request it now: nothing was requested before."""
    known = False

    def answered(_: RequestSeen) -> None:
        nonlocal known
        known = True

    taps.append(answered)

    def offset() -> timedelta:
        from qpi_client import QPIError

        if not known:
            with suppress(QPIError):
                client.health()
        return client.clock_offset

    return offset


def _nobody(sign_in: SignIn) -> str:
    """Return the message for a command without credentials; it names credentials for another account."""
    unused = unused_credentials(sign_in)
    if not unused:
        return _NOBODY
    return f"{unused} Set QPI_URL={normal_url(sign_in.url)} with QPI_ROLE and QPI_IDENTITY, or run `qpi-tui login`."


def warn_unencrypted(url: str) -> None:
    """Warn on each run that the connection is not encrypted."""
    if host := unencrypted(url):
        say(f"▲ NOT ENCRYPTED: others can read everything that is sent to {host}, passwords too. Use https://.")


class _Slowest:
    """Return the longest response time, except of changes, which may wait for a person or a driver."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, seen: ResponseSeen) -> None:
        if seen.method == "GET":
            self.seconds = max(self.seconds, seen.seconds)


def open_client(
    settings: Settings,
    taps: Sequence[Callable[[RequestSeen], None]] = (),
    answered: Callable[[ResponseSeen], object] | None = None,
) -> QPIClient:
    """Return a client of the settings' server, not signed in yet, except with an API token. `taps` see each request."""
    from qpi_client import QPIClient

    sign_in = settings.sign_in
    url = normal_url(sign_in.url)
    token = sign_in.secret_for(Kind.API_TOKEN, url) if sign_in.role is Role.TOKEN else None

    def seen(request: RequestSeen) -> None:
        for tap in taps:
            tap(request)

    client: QPIClient = QPIClient(
        url, token, read_only=settings.read_only, on_request=seen, on_response=answered, **settings.transport
    )
    return client


def open_session(client: QPIClient, sign_in: SignIn) -> str:
    """Sign a client in with the stored session or the password; return the account."""
    from qpi_client import SessionExpired

    if sign_in.role is Role.TOKEN:
        return token_identity(sign_in.secret_for(Kind.API_TOKEN, client.base_url))
    collection = COLLECTIONS[sign_in.role]
    kept = sign_in.secret_for(Kind.SESSION, client.base_url)
    if kept:
        try:
            client.resume_session(kept, collection)
            keep_fresh(client, sign_in)
        except SessionExpired:
            if not sign_in.has(Kind.PASSWORD):
                raise
    if client.session is None:
        client.auth_with_password(sign_in.identity, sign_in.secret_for(Kind.PASSWORD, client.base_url), collection)
        if kept:
            keep_fresh(client, sign_in)
    return client.session.identity if client.session is not None else sign_in.identity


def keep_fresh(client: QPIClient, sign_in: SignIn) -> None:
    """Store the renewed session once it lasts an hour longer than the stored one, unless that was deleted since."""
    from qpi_tui.session.credentials import CredentialStore, CredentialStoreError, account_of, session_end

    new = client.session
    old = session_end(sign_in.secret_for(Kind.SESSION, client.base_url))
    if new is None or new.expires_at is None or (old and new.expires_at.timestamp() - old < 3600):
        return
    try:
        account = account_of(client.base_url, sign_in.role.value, sign_in.identity)
        CredentialStore().replace(account, client.session_token())
    except CredentialStoreError:
        # The command can continue: the old session stays valid for a while.
        return


@contextmanager
def problems(settings: Settings | None = None) -> Iterator[None]:
    """Turn errors of the client into a message with an exit code. `settings` are those of the server."""
    import httpx

    from qpi_client import QPIError

    try:
        yield
    except Problem:
        raise
    except OSError as error:
        if isinstance(error, BrokenPipeError) or about_output(error):
            raise
        raise problem_of(better_error(error, settings)) from None
    except (QPIError, httpx.HTTPError, ValueError) as error:
        raise problem_of(better_error(error, settings)) from None


def better_error(error: Exception, settings: Settings | None) -> Exception:
    """Return the error, or a more specific one: a wrong scheme, a private certificate's fingerprint."""
    import httpx

    from qpi_client import CertificateMismatch, QPIError
    from qpi_tui.session.certificates import offered_fingerprint, spelled
    from qpi_tui.session.scheme import wrong_scheme

    if settings is None or not isinstance(error, QPIError):
        return error
    url = settings.sign_in.url
    if (better := wrong_scheme(error, url)) is not None:
        return better
    if not isinstance(error, CertificateMismatch) or {"ca_file", "fingerprint"} & settings.transport.keys():
        return error
    try:
        offered = spelled(offered_fingerprint(url))
    except (httpx.HTTPError, QPIError, OSError):
        return error
    return CertificateMismatch(
        f"{server_of(url)} has a private certificate with the fingerprint {offered}. Nothing secret was sent. "
        "Compare it with the administrator's, then trust it: `qpi-tui login --fingerprint …`."
    )


def problem_of(error: BaseException) -> Problem:
    """Return the message and exit code for an error of the client."""
    from qpi_client import errors as e

    if isinstance(error, Problem):
        return error
    if isinstance(error, e.MFARequired):
        return Problem("The server asks for a second factor. Run `qpi-tui login`, which asks for it.", NOT_ALLOWED)
    said = explain(error)
    kinds: tuple[tuple[tuple[type[BaseException], ...], int], ...] = (
        ((e.QuotaExceeded,), FAILED),
        ((e.Unauthorized, e.Forbidden, e.SessionRequired, e.ReadOnly, e.SignInFailed), NOT_ALLOWED),
        ((e.NotFound,), NOT_FOUND),
        ((e.WaitTimedOut,), TIMED_OUT),
        ((e.AmbiguousName, e.InvalidValue), USAGE),
        ((e.ResultsUnavailable, e.NotOnThisGeneration), FAILED),
    )
    if isinstance(error, e.BadRequest) and "authenticate" in str(error).lower():
        return Problem("Wrong e-mail or password for this role.", NOT_ALLOWED)
    for types, code in kinds:
        if isinstance(error, types):
            return Problem(said, code)
    if isinstance(error, e.APIError):
        return Problem(said)
    if isinstance(error, (e.TransportError,)):
        return Problem(said, NO_CONNECTION)
    if isinstance(error, OSError):
        return Problem(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", FAILED)
    return Problem(said, USAGE if isinstance(error, ValueError) else FAILED)
