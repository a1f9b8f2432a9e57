"""Keep the header fresh: pending requests, the user's balance, announcements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from qpi_tui.domain.announcements import Presence, until_due
from qpi_tui.domain.roles import Role
from qpi_tui.live.feed import Feed, Health
from qpi_tui.live.header_counts import HeaderCounts, merge_badges, read_badges

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.live.event_stream import EventStream
    from qpi_tui.session.connection import Connection

# Seconds between reads: with events, and without.
BY_EVENTS = 600.0
BY_TIMER = 10.0


class HeaderOwner(Protocol):
    """The console behind the header."""

    connection: Connection | None

    @property
    def changes(self) -> EventStream:
        """The stream of change events."""
        ...

    @property
    def role(self) -> Role | None:
        """The role that is signed in, or about to be."""
        ...

    @property
    def refresh_seconds(self) -> float:
        """Return the seconds between reads without events."""
        ...

    def read_failed(self, error: Exception) -> None:
        """A read was rejected, or not answered."""

    def counts_changed(self, counts: HeaderCounts, *, more: bool) -> None:
        """Paint the counts; `more`: there are new pending requests."""


class HeaderFeed:
    """Reads the counts, merges events, and paints the header; `badges` are the known counts."""

    def __init__(self, console: HeaderOwner) -> None:
        self._console = console
        self.badges = HeaderCounts()
        self._presence = Presence()
        self.feed: Feed[HeaderCounts] = Feed(
            self._read,
            every=lambda: self._interval,
            on_data=self.show,
            on_health=self._health,
        )

    @property
    def _interval(self) -> float:
        console = self._console
        if not console.changes.live:
            return max(console.refresh_seconds, BY_TIMER)
        return until_due(watched=self._presence.here) if console.role is Role.USER else BY_EVENTS

    def connected(self) -> None:
        """A user signed in: earlier data does not count."""
        self.badges = HeaderCounts()
        self.feed.forget()
        self.feed.wake()
        self.feed.poke()

    def disconnected(self) -> None:
        """Signed out."""
        self.feed.sleep()
        self.feed.forget()
        self.badges = HeaderCounts()

    def pressed(self) -> None:
        """A key was pressed: a returning user sees announcements that began meanwhile."""
        console = self._console
        if self._presence.pressed() and console.role is Role.USER and console.changes.live:
            self.feed.poke()

    def merge(self, events: Sequence[ChangeEvent]) -> None:
        """Change events arrived."""
        connection = self._console.connection
        if connection is not None:
            self.feed.merge(lambda badges: merge_badges(badges, events, connection))

    async def _read(self) -> HeaderCounts:
        connection, feed = self._console.connection, self.feed
        told = feed.data if self._console.changes.live and feed.by_timer else None
        counts = HeaderCounts()
        try:
            if connection is not None:
                counts = await read_badges(connection, told)
        except Exception:
            if self._console.connection is connection:
                raise
        # Meanwhile another account may be shown: its header has neither these counts nor this failure.
        return counts if self._console.connection is connection else await self._read()

    def _health(self, health: Health) -> None:
        if health.error is not None:
            self._console.read_failed(health.error)

    def show(self, badges: HeaderCounts) -> None:
        """The counts are known now."""
        more = self.badges.known and bool(badges.waiting - self.badges.waiting)
        self.badges = badges
        self._console.counts_changed(badges, more=more)
