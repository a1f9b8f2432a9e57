"""What the calls of one client know: the address, who is signed in, and what was found out about the server."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from qpi_client.errors import InvalidValue, SessionRequired
from qpi_client.masking import Secret, travels
from qpi_client.session import Session
from qpi_client.version import USER_AGENT

# How long what was read of a QPU (its id, whether it is enabled) is believed, in seconds.
_QPU_BELIEF = 30.0
_MOST_HELD = 200


def machine_time() -> datetime:
    """What this machine takes the time to be."""
    return datetime.now(UTC)


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else None


@dataclass
class Context:
    """The state that the calls of one client share. Threads may: each field is replaced, never mended."""

    base_url: str
    api_token: Secret | None = None
    read_only: bool = False
    fingerprint: str | None = None
    session: Session | None = None
    # When the session last proved to be good, in `time.monotonic()` seconds.
    proven_at: float = 0.0
    generation: str | None = None
    pinned: bool = False
    submitted: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    _qpus: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)
    # Lists that were not empty when they were read last, by what was asked for.
    _held: dict[str, None] = field(default_factory=dict)
    # What has to be added to this machine's clock to have the server's.
    clock_offset: timedelta = timedelta(0)
    _dated: tuple[str, datetime | None] = ("", None)
    _headers: tuple[Session | None, dict[str, str]] | None = field(default=None, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def headers(self, signed: bool, session_of: Session | None = None) -> dict[str, str]:
        """The headers of a request; `signed`: with the credentials; `session_of`: with those of another session."""
        if session_of is not None:
            return self._signed(session_of)
        if not signed:
            return {"user-agent": self.user_agent, "accept": "application/json", "accept-encoding": "gzip"}
        session, made = self.session, self._headers
        if made is None or made[0] is not session:
            made = (session, self._signed(session))
            self._headers = made
        return made[1]

    def _signed(self, session: Session | None) -> dict[str, str]:
        headers = self.headers(False)
        if self.api_token is not None:
            headers["x-api-token"] = self.api_token.reveal()
        if session is not None:
            headers["authorization"] = session.token.reveal()
        return headers

    user_agent: str = USER_AGENT

    def copy(self) -> Context:
        """Who is signed in and what is known of the server, for another client of the same server."""
        twin = Context(self.base_url, self.api_token, self.read_only, self.fingerprint, self.session)
        twin.proven_at, twin.generation, twin.pinned = self.proven_at, self.generation, self.pinned
        twin.clock_offset = self.clock_offset
        return twin

    def forked(self) -> None:
        """Begin anew in a process that was forked, where a lock may be held for ever."""
        self._guard = threading.Lock()

    def unexpectedly_empty(self, asked: str, empty: bool) -> bool:
        """Whether a list that held something is empty now, which a session that is over would explain as well."""
        # Moments in a filter differ each time.
        asked = re.sub(r"\d+", "0", asked)
        if not empty:
            with self._guard:
                self._held[asked] = None
                if len(self._held) > _MOST_HELD:
                    del self._held[next(iter(self._held))]
            return False
        return self._held.pop(asked, ...) is None

    def now(self) -> datetime:
        """The time at the server: its clock counts for what it stores and for how long a session lasts."""
        return machine_time() + self.clock_offset

    def dated(self, headers: Mapping[str, str], took: float) -> None:
        """An answer tells the server's time. What its way of `took` seconds explains is no difference."""
        date = headers.get("date", "")
        # What a proxy kept, or made itself, tells nothing.
        if not date or "age" in headers or "json" not in headers.get("content-type", ""):
            return
        if date != self._dated[0]:
            self._dated = (date, _date(date))
        there = self._dated[1]
        if there is None:
            return
        least = there - machine_time()
        most = least + timedelta(seconds=1 + took)
        if not least <= self.clock_offset <= most:
            # Rather a little early than late: what ends now is over there too.
            self.clock_offset = timedelta(0) if least <= timedelta(0) <= most else least

    def who(self) -> str:
        """Whose events a stream brings: the id of who is signed in, or nothing."""
        session = self.session
        return "" if session is None else f"{session.collection}/{session.user_id}"

    def need_session(self, what: str) -> Session:
        """Who is signed in; `SessionRequired` naming `what` if nobody is."""
        if self.session is None:
            instead = " An API token is not enough." if self.api_token is not None else ""
            raise SessionRequired(f"{what} needs a session.{instead} Sign in with auth_with_password first.")
        return self.session

    def signed_in(self, session: Session) -> None:
        """Take over a new session."""
        with self._guard:
            self.session = session
            self.proven_at = time.monotonic()

    def renewed(self, stale: Session, session: Session) -> None:
        """Take over a new session in place of the stale one, unless somebody signed in or out meanwhile."""
        with self._guard:
            if self.session is stale:
                self.session = session
                self.proven_at = time.monotonic()

    def use_token(self, token: Secret | None) -> None:
        """Send another API token with later requests."""
        with self._guard:
            self.api_token = token
            self._headers = None

    def signed_out(self) -> None:
        """Forget the session and what it let us see."""
        with self._guard:
            self.session = None
            self._headers = None
            self._qpus.clear()
            self._held.clear()
            self.submitted.clear()

    def known_qpu(self, name_or_id: str) -> dict[str, Any] | None:
        """A QPU's record if it was read just now."""
        read_at, record = self._qpus.get(name_or_id, (0.0, {}))
        return record if record and time.monotonic() - read_at < _QPU_BELIEF else None

    def remember_qpu(self, asked: str, record: dict[str, Any]) -> None:
        """Keep a QPU's record for a moment, under what was asked for."""
        with self._guard:
            if len(self._qpus) > 1000:
                self._qpus.clear()
            self._qpus[asked] = (time.monotonic(), record)

    def forget_qpus(self) -> None:
        """Believe nothing of the QPUs: one was changed."""
        with self._guard:
            self._qpus.clear()


def checked_token(token: Secret | None) -> Secret | None:
    """An API token as it may travel in a header; `InvalidValue`, not showing it, otherwise."""
    if token is not None and (not travels(token.reveal()) or " " in token.reveal()):
        raise InvalidValue("The API token is empty or contains characters that no token has. Copy it again.")
    return token
