"""Notify of events on one connection while the console runs: reads, events and the clock, with the shared rules."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qpi_tui.domain.clock import now
from qpi_tui.domain.notification_kinds import KINDS, kinds_for
from qpi_tui.domain.roles import Role
from qpi_tui.live.feed import Feed
from qpi_tui.live.notifications import Memory, Notification, NotificationRules
from qpi_tui.resources import registry

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.session.connection import Connection

_log = logging.getLogger(__name__)

# Seconds between reads: with events, and without.
SAFETY, BY_TIMER = 300.0, 10.0


class Notifier:
    """Follows one connection; `tell` gets each notification once.

    Args:
        connection: Who is signed in where.
        kinds: The kinds to tell of. Those that this role cannot see are left out.
        limits: The limits of telemetry channels.
        live: Whether change events come.
        tell: Told of each.
        memory: What was told already on this server; it goes on from there.
    """

    def __init__(
        self,
        connection: Connection,
        kinds: Sequence[str],
        limits: Mapping[str, Mapping[str, float]],
        live: Callable[[], bool],
        tell: Callable[[Notification], None],
        memory: Memory | None = None,
    ) -> None:
        self._connection = connection
        self._tell = tell
        self._due: asyncio.TimerHandle | None = None
        admin = connection.role is Role.ADMIN
        self._memory = Memory() if memory is None else memory
        self._rules = NotificationRules(
            [kind for kind in kinds if kind in kinds_for(connection.role)],
            self._memory,
            me="" if admin else connection.user_id,
            admin=admin,
            limits=limits,
        )
        self.feed: Feed[None] = Feed(
            self._read,
            every=lambda: SAFETY if live() else BY_TIMER,
            on_data=lambda _: None,
            on_health=lambda _: None,
        )

    @property
    def collections(self) -> tuple[str, ...]:
        """Return the collections to follow."""
        return self._rules.collections

    async def run(self) -> None:
        """Read the current state, then follow changes until cancelled."""
        generation = await self._connection.learn_generation()
        self._rules.kinds = tuple(
            kind for kind in self._rules.kinds if registry()[KINDS[kind].resource].exists_on(generation)
        )
        self.feed.wake()
        try:
            await self.feed.run()
        finally:
            if self._due is not None:
                self._due.cancel()

    def came(self, events: Sequence[ChangeEvent] | None) -> None:
        """Change events arrived; None: everything may have changed."""
        if events is None:
            self.feed.poke()
            return
        for event in events:
            self._report(self._rules.changed(event.topic.partition("/")[0], event.action, event.record))
        self._look_at_clock()

    async def _read(self) -> None:
        moment = now()
        for each in self._rules.reads(moment):
            records = await getattr(self._connection.client, each.method)(**each.arguments)
            self._report(self._rules.read(each.kind, records))
        self._rules.told(moment)
        self._look_at_clock()

    def _report(self, found: Sequence[Notification]) -> None:
        for told in found:
            self._memory.note(told)
            self._tell(told)

    def _look_at_clock(self) -> None:
        """Report slots that are due, and schedule the next check."""
        self._report(self._rules.due(now()))
        if self._due is not None:
            self._due.cancel()
            self._due = None
        wait: Any = self._rules.until_due(now())
        if wait is not None:
            self._due = asyncio.get_running_loop().call_later(max(wait, 0.05), self._look_at_clock)
