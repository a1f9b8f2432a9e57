"""What keeps the screens fresh: the event stream, their feeds, and the counts in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.live.event_stream import EventStream, collection_of
from qpi_tui.live.header_counts import TOPICS, HeaderCounts
from qpi_tui.live.header_feed import HeaderFeed
from qpi_tui.live.reachability import Reachability
from qpi_tui.resources import first_screen, registry
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.screens.navigation import Navigation
from qpi_tui.screens.notifying import Notifying
from qpi_tui.session.connection import Connection, session_over
from qpi_tui.terminal.slow_line import PATIENCE

if TYPE_CHECKING:
    from typing import Any

    from textual.screen import Screen

    from qpi_client import ChangeEvent
    from qpi_tui.live.feed import Health
    from qpi_tui.live.first_seen import FirstSeen
    from qpi_tui.screens.announcement_banner import Announcements

# With change events, the timer is only the safety net: seconds per request of a read.
SAFETY_NET, AT_MOST = 300.0, 2400.0


class LiveScreens(Notifying, Navigation):
    """An app whose screens are kept fresh. Mix it in before `App`."""

    changes: EventStream
    frame_feed: HeaderFeed
    reachability: Reachability
    first_seen: FirstSeen
    announcements: Announcements
    _ticking = False
    # Whose data the screens show.
    _account: tuple[str, str, str] | None = None

    @property
    def badges(self) -> HeaderCounts:
        """The header's data."""
        return self.frame_feed.badges

    @property
    def role(self) -> Role | None:
        """The role that is signed in, or about to be."""
        if self.connection is not None:
            return self.connection.role
        return self.sign_in.role if self.sign_in.complete else None

    def interval_for(self, requests: int) -> float:
        """Return the seconds between reads of this many requests."""
        return min(SAFETY_NET * requests, AT_MOST) if self.changes.live else self.refresh_seconds

    @property
    def refresh_seconds(self) -> float:
        """The seconds between reads without events."""
        return self.settings.refresh * (PATIENCE if self.slow else 1)

    def use_connection(self, connection: Connection, *, first: bool) -> None:
        """Read again what is shown for who signed in, on the screen where they begin; drop another account's data."""
        before, self._account = self._account, connection.account
        changed = before not in (None, connection.account)
        if changed:
            self.frame_feed.disconnected()
            self.close_opened()
        place = registry().get(self.current_place)
        elsewhere = first and not self.settings.screen and not self.moved
        if place is not None and (elsewhere or not place.visible(connection.role)):
            self.switch_mode(first_screen(connection.role))
        for screen in self.console_screens():
            if changed:
                screen.drop_data()
            screen.connected()

    def follow_connection(self, connection: Connection) -> None:
        """Follow the changes of a server, and read what the frame says of it."""
        self.frame_feed.connected()
        self.changes.use(connection)
        self.reachability.use(connection)
        self.use_notifications(connection)
        self.follow_shown()
        self.run_worker(self._learn_generation(connection), exit_on_error=False)

    async def _learn_generation(self, connection: Connection) -> None:
        """Remove the screens that this server does not support."""
        generation = await connection.learn_generation()
        if connection is not self.connection or all(place.exists_on(generation) for place in registry().values()):
            return
        place = registry().get(self.current_place)
        if place is not None and not place.exists_on(generation):
            self.switch_mode(first_screen(connection.role))
            self.say_absent(place.id)
        self.repaint_frames()

    def forget_connection(self) -> None:
        """Signed out: read nothing."""
        self.changes.use(None)
        self.reachability.use(None)
        self.use_notifications(None)
        self.frame_feed.disconnected()
        for screen in self.console_screens():
            screen.feed.sleep()

    def feed_health(self, screen: Screen[Any], health: Health) -> None:
        """A screen's feed reports its state."""
        if health.error is not None:
            self.read_failed(health.error)
        if health.mood == "offline":
            self._tick_soon()

    def read_failed(self, error: Exception) -> None:
        """A read of a screen or the header failed: without a session, a list may be empty instead of refused."""
        if session_over(error):
            self.sign_in_flow.found_over(error)
        self.reachability.failed(error)

    def reached(self) -> None:
        """The server stopped answering, or answers again."""
        self.repaint_frames()
        if self.reachability.since is not None:
            self._tick_soon()

    def _tick_soon(self) -> None:
        if not self._ticking:
            self._ticking = True
            self.set_timer(1.0, self._tick)

    def _tick(self) -> None:
        """Count the seconds of an outage, on every screen."""
        self._ticking = False
        shown = [s for s in self.screen_stack if isinstance(s, ConsoleScreen) and s.feed.awake]
        if self.reachability.since is not None or any(s.feed.health.mood == "offline" for s in shown):
            self.repaint_frames()
            self._tick_soon()

    def counts_changed(self, counts: HeaderCounts, *, more: bool) -> None:
        """Show the counts; ring the bell if more requests are pending than before."""
        if more and self.settings.bell:
            self.bell()
        if counts.known:
            self.first_seen.note(counts.waiting)
        self.announcements.watch()
        self.repaint_frames()

    def follow_shown(self) -> None:
        """Subscribe the stream to the topics of the visible screens."""
        shown = {topic for s in self.screen_stack if isinstance(s, ConsoleScreen) for topic in s.topics}
        self.changes.want({*shown, *TOPICS[self.role or Role.TOKEN], *self.notified_collections})

    def events_came(self, events: Sequence[ChangeEvent] | None) -> None:
        """Change events arrived (None: everything may have changed, or the stream connected or broke)."""
        screens = [screen for screen in self.screen_stack if isinstance(screen, ConsoleScreen)]
        self.notify_of_events(events if self.connection is not None else None)
        if events is None and self.connection is not None:
            self.connection.forget_start()
        if events is None or self.connection is None:
            for screen in screens:
                screen.feed.poke()
            self.frame_feed.feed.poke()
            if not self.changes.live:
                # The stream broke, or is not available.
                self.reachability.check_now()
            self.repaint_frames()
            return
        for screen in screens:
            theirs = [event for event in events if collection_of(event) in screen.topics]
            if theirs and screen.feed.awake:
                screen.changed(theirs)
        self.frame_feed.merge(events)

    def poke_shown(self) -> None:
        """Read the visible screens again."""
        for screen in self.console_screens():
            if screen in self.screen_stack:
                screen.feed.poke()

    def do_refresh(self) -> None:
        """Refresh."""
        for screen in self.console_screens():
            screen.feed.forget()
        self.events_came(None)
