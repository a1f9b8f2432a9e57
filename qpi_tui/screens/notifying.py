"""Notifications of the console, by the terminal or by the user's own program."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from qpi_tui.domain.styled_text import Part
from qpi_tui.terminal.textual_internals import driver_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.worker import Worker

    from qpi_client import ChangeEvent
    from qpi_tui.live.event_stream import EventStream
    from qpi_tui.live.notifications import Notification
    from qpi_tui.live.notifier import Notifier
    from qpi_tui.live.servers import LiveSessions
    from qpi_tui.session.connection import Connection
    from qpi_tui.settings.config import Settings

_TITLE = "qpi-tui"


class Notifying(App[Any]):
    """An app that notifies. Mix it in before `App`. Without configured notifications nothing is loaded."""

    settings: Settings
    changes: EventStream
    plain: bool
    servers: LiveSessions | None
    notifier: Notifier | None = None
    _notifying: Worker[None] | None = None

    if TYPE_CHECKING:

        def say(self, parts: Sequence[Part]) -> None: ...  # noqa: D102

    def use_notifications(self, connection: Connection | None) -> None:
        """Notify of events on this connection, and of no other."""
        if self._notifying is not None:
            self._notifying.cancel()
        self.notifier = self._notifying = None
        settings = self.settings
        if connection is None or not settings.notify:
            return
        from qpi_tui.live.notifier import Notifier

        tell = partial(self.tell_of, settings)
        memory = self.servers.current.memory if self.servers is not None else None
        self.notifier = Notifier(
            connection, settings.notify, settings.thresholds, lambda: self.changes.live, tell, memory
        )
        self._notifying = self.run_worker(self.notifier.run(), exit_on_error=False)

    @property
    def notified_collections(self) -> tuple[str, ...]:
        """The collections that notifications follow."""
        return self.notifier.collections if self.notifier is not None else ()

    def notify_of_events(self, events: Sequence[ChangeEvent] | None) -> None:
        """Change events arrived; None: everything may have changed."""
        if self.notifier is not None:
            self.notifier.came(events)

    def tell_of(self, settings: Settings, told: Notification) -> None:
        """Notify of what happened at a server, as the settings of its profile say."""
        from qpi_tui.terminal.notify import sequence

        title = f"{_TITLE} {settings.name}".strip()
        text = told.text.encode("ascii", "replace").decode() if self.plain else told.text
        driver = driver_of(self)
        if driver is not None and (said := sequence(settings.notify_by, title, text, os.environ)):
            driver.write(said)
            driver.flush()
        if settings.notify_command:
            record = told.as_json(settings.sign_in.account.server)
            self.run_worker(self._hand(settings.notify_command, record), exit_on_error=False)

    async def _hand(self, command: str, record: Mapping[str, object]) -> None:
        from qpi_tui.terminal.notify import CommandError, hand_to, program_of

        try:
            await asyncio.to_thread(hand_to, program_of(command), record, quiet=True)
        except CommandError as error:
            self.say([("▲ ", "$text-warning"), (f"notify_command: {error}", "")])
