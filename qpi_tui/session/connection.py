"""The signed-in client behind the console, and error messages in words.

httpx and the client are imported here on first use, so that the first frame does not wait for them.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit

from qpi_tui import startup
from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.session.scheme import wrong_scheme
from qpi_tui.session.sign_in_methods import SignInMethods, methods_of
from qpi_tui.settings.accounts import Kind, SignIn, is_this_machine, normal_url, token_identity

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from qpi_client import AsyncQPIClient
    from qpi_client.early import EarlyRequests
    from qpi_client.transport import RequestSeen, ResponseSeen

    class Behind(Protocol):
        """The account behind a connection."""

        @property
        def connection(self) -> Connection: ...
        @property
        def sign_in(self) -> SignIn: ...
        @property
        def settings(self) -> Any: ...


__all__ = ["COLLECTIONS", "Connection", "SignIn", "normal_url"]
_log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

# Seconds for which the server's start time is cached while change events flow.
START_KNOWN = 600.0
COLLECTIONS = {Role.ADMIN: "_superusers", Role.USER: "users"}


class Connection:
    """A signed-in client, and what the console shows of it."""

    def __init__(self, client: AsyncQPIClient, role: Role, identity: str, *, read_only: bool = False) -> None:
        self.client = client
        self.role = role
        self.identity = identity
        self.read_only = read_only
        # Called with the method and address of every request.
        self.watchers: set[Callable[[str, str], None]] = set()
        self.requests = 0
        # The administrator's connection behind a user's view.
        self.behind: Behind | None = None
        # When the server last answered, in `time.monotonic()` seconds, and the callback for each answer.
        self.answered_at = time.monotonic()
        self.on_answer: Callable[[], None] = lambda: None
        # Empty until `learn_generation` has asked.
        self.generation = ""
        self._started: tuple[float, datetime | None] | None = None

    async def learn_generation(self) -> str:
        """Request the server's generation once; retry next time if it does not answer."""
        from qpi_client import QPIError

        if not self.generation:
            try:
                self.generation = await self.client.generation()
            except QPIError:
                _log.debug("the generation is not known yet", exc_info=True)
        return self.generation

    async def server_started(self) -> datetime | None:
        """Return when the server was started: requested by superusers only, and again after change events were lost."""
        from qpi_client import QPIError

        if self.role is not Role.ADMIN:
            return None
        if self._started is None or time.monotonic() - self._started[0] > START_KNOWN:
            found = None
            try:
                found = await self.client.server_started()
            except QPIError:
                _log.debug("the start of the server is not known", exc_info=True)
            self._started = (time.monotonic(), found)
        return self._started[1]

    def forget_start(self) -> None:
        """The server may have restarted."""
        self._started = None

    def saw(self, method: str, url: str) -> None:
        """A request is being sent."""
        self.requests += 1
        for watcher in tuple(self.watchers):
            watcher(method, url)

    def answered(self) -> None:
        """The server answered."""
        self.answered_at = time.monotonic()
        self.on_answer()

    @property
    def user_id(self) -> str:
        """The id of the signed-in record; empty with an API token only."""
        session = self.client.session
        return session.user_id if session is not None else ""

    @property
    def account(self) -> tuple[str, str, str]:
        """The server, the role and the account: of another one, nothing may be shown as this one's."""
        return self.client.base_url, self.role.value, self.user_id or self.identity

    async def close(self) -> None:
        """Close the sockets and discard the session, that of the connection behind it too."""
        await self.client.aclose()
        if self.behind is not None:
            await self.behind.connection.close()


async def connect(
    sign_in: SignIn,
    *,
    read_only: bool = False,
    early: EarlyRequests | None = None,
    enter: Callable[[AsyncQPIClient], Awaitable[object]] | None = None,
    **options: Any,
) -> Connection:
    """Sign in and verify that the session works.

    Raises the client's errors; `explain` turns them into a sentence. `early` has the preloaded answers; `enter` signs
    in otherwise than with the credentials of `sign_in`; `options` go to the client.
    """
    from qpi_client import AsyncQPIClient

    url = normal_url(sign_in.url)
    token = sign_in.secret_for(Kind.API_TOKEN, url) if sign_in.role is Role.TOKEN else None
    connection: Connection | None = None

    def seen(request: RequestSeen) -> None:
        if connection is not None:
            connection.saw(request.method, request.url)

    def answered(_: ResponseSeen) -> None:
        if connection is not None:
            connection.answered()

    hooks = {"on_request": seen, "on_response": answered}
    client = AsyncQPIClient(url, token, read_only=read_only, **{**hooks, **options})
    if early is not None:
        early.answer_for(client)
    try:
        identity = sign_in.identity
        if sign_in.role is Role.TOKEN:
            # A rejected token answers 401 here; the list itself is not needed.
            await client.job_page(limit=1)
            identity = token_identity(token or "")
        elif enter is not None:
            await enter(client)
        elif sign_in.has(Kind.SESSION) and await _resumed(client, sign_in):
            pass
        else:
            password = sign_in.secret_for(Kind.PASSWORD, client.base_url)
            await client.auth_with_password(sign_in.identity, password, COLLECTIONS[sign_in.role])
        if client.session is not None:
            identity = client.session.identity
    except BaseException as error:
        await client.aclose()
        if isinstance(error, Exception) and (better := await _in_thread(wrong_scheme, error, url)) is not None:
            raise better from None
        raise
    connection = Connection(client, sign_in.role, clean(identity), read_only=read_only)
    return connection


async def _in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    # Commands import this module too, and none of them awaits anything.
    import asyncio

    return await asyncio.to_thread(work, *args, **kwargs)


async def learn_methods(url: str, **options: Any) -> tuple[dict[Role, SignInMethods], Exception | None]:
    """Return the server's sign-in methods, and the problem with its address or certificate.

    Passwords for everybody if the server does not say. `options` go to the client.
    """
    from qpi_client import AsyncQPIClient, CertificateMismatch

    try:
        await _in_thread(startup.load_connections)
        async with AsyncQPIClient(normal_url(url), **options) as client:
            return {role: methods_of(await client.auth_methods(name)) for role, name in COLLECTIONS.items()}, None
    except Exception as error:
        _log.debug("the sign-in methods could not be read", exc_info=True)
        # Signing in reports any other problem of this server.
        better = await _in_thread(wrong_scheme, error, url)
        return {}, better or (error if isinstance(error, CertificateMismatch) else None)


async def anonymously(url: str, call: Callable[[AsyncQPIClient], Awaitable[T]], **options: Any) -> T:
    """Send a request without credentials. Raises the client's errors."""
    from qpi_client import AsyncQPIClient

    async with AsyncQPIClient(normal_url(url), **options) as client:
        return await call(client)


async def _resumed(client: AsyncQPIClient, sign_in: SignIn) -> bool:
    """Resume a stored session; return False if it expired and the password is known."""
    from qpi_client import SessionExpired

    try:
        await client.resume_session(sign_in.secret_for(Kind.SESSION, client.base_url), COLLECTIONS[sign_in.role])
    except SessionExpired:
        if not sign_in.has(Kind.PASSWORD):
            raise
        return False
    return True


def unencrypted(url: str) -> str:
    """Return the host to which data, passwords too, is sent unencrypted; empty if there is none."""
    try:
        parts = urlsplit(normal_url(url))
    except ValueError:  # Half typed.
        return ""
    host = parts.hostname or ""
    return "" if parts.scheme != "http" or is_this_machine(host) or not host else clean(host, 80)


def explain(error: BaseException, *, doing: str = "") -> str:
    """Return what failed and what to do, in a safe sentence."""
    from qpi_client import errors as e

    said = clean(str(error), limit=400) or type(error).__name__
    hint = ""
    if isinstance(error, (e.CertificateMismatch, e.NotQPIServer, e.ReadOnly, e.InvalidValue, e.WaitTimedOut)):
        hint = ""
    elif isinstance(error, (e.SessionExpired, e.SessionRequired, e.Unauthorized)):
        hint = "Sign in again."
    elif isinstance(error, e.Forbidden):
        hint = "This account may not do that."
    elif isinstance(error, e.TimedOut):
        hint = "The server is slow or unreachable. The console retries."
    elif isinstance(error, e.ServerError):
        hint = "The server has a problem. Try again in a moment."
    elif not isinstance(error, e.QPIError) and not isinstance(error, (ValueError, OSError)):
        said = f"{type(error).__name__}: {said}"
    if hint.rstrip(".").lower() in said.lower():
        hint = ""
    notes = [clean(note, limit=400) for note in getattr(error, "__notes__", ())]
    parts = [part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in (said, *notes, hint) if part]
    return f"{doing}: {' '.join(parts)}" if doing else " ".join(parts)


def session_over(error: BaseException) -> bool:
    """Whether the server no longer knows the session; the request was rejected then."""
    from qpi_client import errors as e

    return isinstance(error, (e.SessionExpired, e.SessionRequired, e.Unauthorized))


def passwords_off(error: BaseException) -> bool:
    """Whether the server accepts no passwords for this role."""
    from qpi_client import errors as e

    return isinstance(error, e.Forbidden) and "password authentication" in str(error)


def sign_in_failed(error: BaseException, role: Role = Role.USER) -> str:
    """Return the message for a failed sign-in."""
    from qpi_client import errors as e

    if passwords_off(error):
        return "This server does not accept passwords for this role. Choose another role."
    if isinstance(error, e.MFARequired):
        return "First factor accepted, but this server asks for a second one that cannot be given here."
    if isinstance(error, (e.BadRequest, e.Unauthorized, e.Forbidden)) and not isinstance(error, e.QuotaExceeded):
        if role is Role.TOKEN:
            return "Unknown API token. It may be mistyped, revoked or expired."
        return "Wrong e-mail or password for this role."
    return explain(error)
