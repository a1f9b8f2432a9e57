"""What both clients are made of, apart from how they wait: how they are opened, what they know, how they are copied."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from qpi_client import transport as wire
from qpi_client.context import Context, checked_token, checked_url
from qpi_client.errors import ClientClosed, QPIError
from qpi_client.pinning import checked_fingerprint
from qpi_client.session import Session

_PARAMETERS = (
    "base_url",
    "read_only",
    "timeout",
    "ca_file",
    "fingerprint",
    "on_request",
    "on_response",
    "transport",
)


class Core:
    """A client's address, session and settings."""

    def __init__(
        self,
        base_url: str,
        api_token: str | None = None,
        *,
        read_only: bool = False,
        timeout: float | wire.Timeouts | None = None,
        ca_file: str | os.PathLike[str] | None = None,
        fingerprint: str | None = None,
        on_request: Callable[[wire.RequestSeen], object] | None = None,
        on_response: Callable[[wire.ResponseSeen], object] | None = None,
        transport: Any = None,
    ) -> None:
        url = checked_url(base_url)
        self._settings = wire.Settings(
            url,
            wire.timeouts_from(timeout),
            None if ca_file is None else os.fspath(ca_file),
            on_request,
            on_response,
        )
        self._context = Context(
            url, checked_token(api_token), read_only=read_only, fingerprint=checked_fingerprint(fingerprint)
        )
        self._transport = transport
        self._closed = False
        self._pem: str | None = None
        self._http: Any = None
        self._guard = threading.Lock()
        self._prepare()

    def _prepare(self) -> None:
        raise NotImplementedError

    @property
    def base_url(self) -> str:
        """The server's address, without a slash at its end."""
        return self._context.base_url

    @property
    def read_only(self) -> bool:
        """Whether this client refuses to change anything."""
        return self._context.read_only

    @property
    def session(self) -> Session | None:
        """Who is signed in, or None."""
        return self._context.session

    @property
    def clock_offset(self) -> timedelta:
        """What this machine's clock lacks to the server's, as its answers tell; zero where they agree."""
        return self._context.clock_offset

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._closed

    def session_token(self) -> str:
        """The session's token, for storing it where secrets are kept; `SessionRequired` if nobody is signed in."""
        return self._context.need_session("Keeping a session").token.reveal()

    def _forget(self) -> None:
        self._closed = True
        self._context.signed_out()
        self._context.api_token = None

    def _ensure_open(self) -> None:
        if self._closed:
            raise ClientClosed("This client was closed: open another one.")

    def _limit(self, deadline: float | None, began: float) -> float:
        """The `time.monotonic()` moment at which a request ends, answered or not."""
        limit = began + self._settings.timeouts.total
        return limit if deadline is None else min(limit, deadline)

    def _translated(self, error: httpx.HTTPError | httpx.InvalidURL | httpx.StreamError) -> QPIError:
        if self._closed:
            return ClientClosed("This client was closed while it was waiting for an answer.")
        return wire.failure(error, self._settings.base_url)

    def __repr__(self) -> str:
        session = self._context.session
        who = f" as {session.identity}" if session is not None else ""
        mode = ", read-only" if self.read_only else ""
        return f"<{type(self).__name__} {self.base_url}{who}{mode}{', closed' if self._closed else ''}>"

    def __reduce__(self) -> tuple[Any, ...]:
        # Neither the session nor the API token travels: who gets the copy signs in.
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
        )
        return (_reopen, (type(self), dict(zip(_PARAMETERS, values, strict=True))))


def _reopen(cls: type[Core], parameters: dict[str, Any]) -> Core:
    return cls(**parameters)
