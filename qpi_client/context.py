"""State that the calls of one client share: address, session, and facts about the server."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from qpi_client.errors import InvalidValue, SessionRequired
from qpi_client.http_date import http_date
from qpi_client.masking import Secret, travels
from qpi_client.session import Session
from qpi_client.version import USER_AGENT

# Time in seconds for which a QPU's record (id, enabled) is cached.
_QPU_BELIEF = 30.0
_MOST_HELD = 200


def machine_time() -> datetime:
    """Return the current time of this machine's clock."""
    return datetime.now(UTC)


class Context:
    """The state that the calls of one client share. It is thread-safe: fields are replaced, never modified."""

    def __init__(
        self,
        base_url: str,
        api_token: Secret | None = None,
        read_only: bool = False,
        fingerprint: str | None = None,
        session: Session | None = None,
    ) -> None:
        self.base_url = base_url
        self.api_token = api_token
        self.read_only = read_only
        self.fingerprint = fingerprint
        self.session = session
        self.user_agent = USER_AGENT
        # When the session was last confirmed, in `time.monotonic()` seconds.
        self.proven_at = 0.0
        self.generation: str | None = None
        self.pinned = False
        self.submitted: deque[str] = deque(maxlen=10_000)
        # Server time minus the time of this machine.
        self.clock_offset = timedelta(0)
        self._qpus: dict[str, tuple[float, dict[str, Any]]] = {}
        # Lists that were not empty when last read, by query.
        self._held: dict[str, None] = {}
        self._dated: tuple[str, datetime | None] = ("", None)
        self._headers: tuple[Session | None, dict[str, str]] | None = None
        self._guard = threading.Lock()

    def headers(self, signed: bool, session_of: Session | None = None) -> dict[str, str]:
        """Return the headers of a request. `signed`: with credentials. `session_of`: with another session."""
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

    def copy(self) -> Context:
        """Copy the session and the facts about the server for another client of the same server."""
        twin = Context(self.base_url, self.api_token, self.read_only, self.fingerprint, self.session)
        twin.proven_at, twin.generation, twin.pinned = self.proven_at, self.generation, self.pinned
        twin.clock_offset = self.clock_offset
        return twin

    def forked(self) -> None:
        """Start fresh in a forked process, where another thread's lock may never be released."""
        self._guard = threading.Lock()

    def unexpectedly_empty(self, asked: str, empty: bool) -> bool:
        """Return whether a list that was not empty before is empty now. An expired session is a possible cause."""
        # Times in a filter differ in each request.
        asked = re.sub(r"\d+", "0", asked)
        with self._guard:
            if empty:
                return self._held.pop(asked, ...) is None
            self._held[asked] = None
            if len(self._held) > _MOST_HELD:
                del self._held[next(iter(self._held))]
        return False

    def now(self) -> datetime:
        """Return the server's time, which counts for stored times and for the session's lifetime."""
        return machine_time() + self.clock_offset

    def dated(self, headers: Mapping[str, str], took: float, age: float = 0.0) -> None:
        """Update the clock offset from an answer's Date header unless the round trip of `took` seconds explains it.

        The answer arrived `age` seconds ago.
        """
        date = headers.get("date", "")
        # The date of an answer from a proxy or its cache says nothing about the server's clock.
        if not date or "age" in headers or "json" not in headers.get("content-type", ""):
            return
        if date != self._dated[0]:
            self._dated = (date, http_date(date))
        there = self._dated[1]
        if there is None:
            return
        least = there - machine_time() + timedelta(seconds=age)
        most = least + timedelta(seconds=1 + took)
        if not least <= self.clock_offset <= most:
            # Prefer an early estimate, so that what has ended by this clock has also ended on the server.
            self.clock_offset = timedelta(0) if least <= timedelta(0) <= most else least

    def who(self) -> str:
        """Return the id of the account that event streams belong to; "" without a session."""
        session = self.session
        return "" if session is None else f"{session.collection}/{session.user_id}"

    def need_session(self, what: str) -> Session:
        """Return the session; `SessionRequired` for the feature `what` if there is none."""
        if self.session is None:
            instead = " An API token is not enough." if self.api_token is not None else ""
            raise SessionRequired(f"{what} needs a session.{instead} Sign in with auth_with_password first.")
        return self.session

    def signed_in(self, session: Session) -> None:
        """Store a new session."""
        with self._guard:
            self.session = session
            self.proven_at = time.monotonic()

    def renewed(self, stale: Session, session: Session) -> None:
        """Replace the expired session with a new one, unless somebody signed in or out meanwhile."""
        with self._guard:
            if self.session is stale:
                self.session = session
                self.proven_at = time.monotonic()

    def disproved(self, session: Session) -> None:
        """The session is over: every further empty list is checked."""
        with self._guard:
            if self.session is session:
                self.proven_at = float("-inf")

    def use_token(self, token: Secret | None) -> None:
        """Use another API token for later requests."""
        with self._guard:
            self.api_token = token
            self._headers = None

    def signed_out(self) -> None:
        """Discard the session and the data that it gave access to."""
        with self._guard:
            self.session = None
            self._headers = None
            self._qpus.clear()
            self._held.clear()
            self.submitted.clear()

    def known_qpu(self, name_or_id: str) -> dict[str, Any] | None:
        """Return a QPU's record if it is cached."""
        read_at, record = self._qpus.get(name_or_id, (0.0, {}))
        return record if record and time.monotonic() - read_at < _QPU_BELIEF else None

    def remember_qpu(self, asked: str, record: dict[str, Any]) -> None:
        """Cache a QPU's record for a short time, by the name or id that was requested."""
        with self._guard:
            if len(self._qpus) > 1000:
                self._qpus.clear()
            self._qpus[asked] = (time.monotonic(), record)

    def forget_qpus(self) -> None:
        """Clear the cache after a QPU was changed."""
        with self._guard:
            self._qpus.clear()


def checked_token(token: Secret | None) -> Secret | None:
    """Return an API token that is valid in a header; `InvalidValue`, without the token, otherwise."""
    if token is not None and (not travels(token.reveal()) or " " in token.reveal()):
        raise InvalidValue("The API token is empty or contains characters that no token has. Copy it again.")
    return token
