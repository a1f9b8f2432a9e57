"""Common base of both clients: constructor, properties, copying."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from qpi_client.address import checked_url
from qpi_client.context import Context, checked_token
from qpi_client.errors import ClientClosed, QPIError, TransportError
from qpi_client.failures import masked_request
from qpi_client.masking import hidden
from qpi_client.pinning import checked_fingerprint
from qpi_client.session import Session
from qpi_client.steps import Request
from qpi_client.transport import Limits, RequestSeen, ResponseSeen, Settings, Timeouts, timeouts_from

_PARAMETERS = (
    "base_url",
    "read_only",
    "timeout",
    "ca_file",
    "fingerprint",
    "on_request",
    "on_response",
    "transport",
    "limits",
)


class Core:
    """A client's address, session and settings."""

    def __init__(
        self,
        base_url: str,
        api_token: str | None = None,
        *,
        read_only: bool = False,
        timeout: float | Timeouts | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        fingerprint: str | None = None,
        on_request: Callable[[RequestSeen], object] | None = None,
        on_response: Callable[[ResponseSeen], object] | None = None,
        transport: Any = None,
        limits: Limits | None = None,
    ) -> None:
        """Open a client. No request is sent yet.

        Args:
            base_url: The server's address, such as "https://lab.example.org". A trailing slash is removed.
            api_token: API token for every request. It gives access to jobs and dismissals, but not to the collections.
            read_only: Reject all changes with `ReadOnly`.
            timeout: Time limit of a call in seconds, or `Timeouts` for its phases. Default: ``Timeouts()``.
            ca_file: PEM file of trusted certificate authorities. Default: `SSL_CERT_FILE`, `SSL_CERT_DIR`, or
                certifi's.
            fingerprint: SHA-256 fingerprint of the server's own root certificate, in hexadecimal. The client fetches
                the certificate before the first request, compares the fingerprint, and then trusts only this
                certificate.
            on_request: Called with a `RequestSeen` before each request.
            on_response: Called with a `ResponseSeen` after each answer.
            transport: httpx transport that sends the requests, for tests.
            limits: Limits of connections and sizes. Default: ``Limits()``.

        Raises:
            InvalidValue: The address, the token, the fingerprint or a limit is not valid.
        """
        # Keeps the token and a password in the address out of tracebacks that show local variables.
        token, url = None if api_token is None else hidden(api_token), hidden(base_url)
        del api_token, base_url
        address = checked_url(url)
        self._settings = Settings(
            address,
            timeouts_from(timeout),
            None if ca_file is None else os.fspath(ca_file),
            on_request,
            on_response,
            limits or Limits(),
        )
        self._context = Context(
            address, checked_token(token), read_only=read_only, fingerprint=checked_fingerprint(fingerprint)
        )
        self._transport = transport
        self._closed = False
        self._pem: str | None = None
        self._guard = threading.Lock()
        self._prepare()

    def _prepare(self) -> None:
        raise NotImplementedError

    def _forked(self) -> None:
        """Start fresh in a forked process: another thread may have held a lock during the fork."""
        self._guard = threading.Lock()
        self._context.forked()

    @property
    def base_url(self) -> str:
        """The server's address, without a trailing slash."""
        return self._context.base_url

    @property
    def read_only(self) -> bool:
        """Whether this client rejects changes."""
        return self._context.read_only

    @property
    def session(self) -> Session | None:
        """The session; None if not signed in."""
        return self._context.session

    @property
    def clock_offset(self) -> timedelta:
        """The server's time minus this machine's, from the dates of answers; zero if they agree."""
        return self._context.clock_offset

    @property
    def closed(self) -> bool:
        """Whether the client is closed."""
        return self._closed

    def session_token(self) -> str:
        """Return the session token, for storage in a secure place. Pass it to `resume_session` later.

        Returns:
            The token.

        Raises:
            SessionRequired: Nobody is signed in.
        """
        return self._context.need_session("Keeping a session").token.reveal()

    def _forget(self) -> None:
        self._closed = True
        self._context.signed_out()
        self._context.api_token = None

    def _ensure_open(self) -> None:
        if self._closed:
            raise ClientClosed("This client was closed: open another one.")

    def _about(self, error: QPIError, request: Request | None) -> None:
        """Attach the request to an error, as httpx's errors do, with secrets masked."""
        if request is not None and isinstance(error, TransportError) and error._request is None:
            error._request = masked_request(self._settings, request.method, request.path, request.headers)

    def __repr__(self) -> str:
        context = getattr(self, "_context", None)
        if context is None:
            # Pickling errors show the object's repr in a traceback.
            return f"<{type(self).__name__}, not open>"
        who = f" as {context.session.identity}" if context.session is not None else ""
        mode = ", read-only" if context.read_only else ""
        return f"<{type(self).__name__} {self.base_url}{who}{mode}{', closed' if self._closed else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Neither the session nor the API token is copied: the recipient signs in.
        settings = self._settings
        values = (
            settings.base_url,
            self.read_only,
            settings.timeouts,
            settings.ca_file,
            self._context.fingerprint,
            settings.on_request,
            settings.on_response,
            self._transport,
            settings.limits,
        )
        return (_reopen, (type(self), dict(zip(_PARAMETERS, values, strict=True))))


def _reopen(cls: type[Core], parameters: dict[str, Any]) -> Core:
    return cls(**parameters)
