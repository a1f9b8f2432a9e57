"""Several servers in one console: a session on each, one of them current.

Only the current session is the console's connection: all changes are made there. The others stay signed in, and are
read for the lists of all servers. Each signs in with its own settings: no server gets another one's credentials.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from qpi_tui import startup
from qpi_tui.domain import clock
from qpi_tui.domain.sanitize import clean
from qpi_tui.live.event_stream import EventStream
from qpi_tui.live.notifications import Memory
from qpi_tui.live.notifier import Notifier
from qpi_tui.ports import SignInShell
from qpi_tui.session.connection import Connection, connect, sign_in_failed
from qpi_tui.session.credentials import CredentialStoreError
from qpi_tui.session.sources import with_kept
from qpi_tui.settings.accounts import SignIn, server_of

if TYPE_CHECKING:
    from textual.worker import Worker

    from qpi_client import ChangeEvent
    from qpi_tui.live.notifications import Notification
    from qpi_tui.settings.config import Settings

_log = logging.getLogger(__name__)

# Default colours of the header, so that servers are not confused.
COLOURS = ("dodgerblue", "orange", "mediumseagreen", "hotpink", "gold", "mediumturquoise")


class ServersShell(SignInShell, Protocol):
    """What several servers need from the console."""

    def server_changed(self) -> None:
        """The current server changed: marks and open records belong to the old one."""

    def poke_merged(self) -> None:
        """Read the screens of all servers again."""

    def tell_of(self, settings: Settings, told: Notification) -> None:
        """Notify of what happened at a server, as the settings of its profile say."""


@dataclass
class LiveSession:
    """A server: its settings, its connection, and why it is not signed in."""

    settings: Settings
    sign_in: SignIn
    connection: Connection | None = None
    problem: str = ""
    # It was the current one: the user has signed in there, or out, and a sign-in in the background is too late.
    visited: bool = False
    # What was told of the server already, whichever was shown.
    memory: Memory = field(default_factory=Memory)
    # Tells of it while another server is the current one.
    notifier: Notifier | None = None
    notifying: Worker[None] | None = None

    @property
    def name(self) -> str:
        """The server's name."""
        return clean(self.settings.name or server_of(self.sign_in.url).rpartition("/")[2], 40)


class LiveSessions:
    """The sessions of a console with several servers. `at` is the current one; `together`: all are shown."""

    def __init__(self, console: ServersShell, every: Sequence[Settings]) -> None:
        self._console = console
        coloured = (
            replace(each, colour=each.colour or COLOURS[number % len(COLOURS)]) for number, each in enumerate(every)
        )
        self.all = [LiveSession(each, each.sign_in) for each in coloured]
        self._streams = [EventStream(partial(self._came, session)) for session in self.all]
        self._followed: frozenset[str] = frozenset()
        self._began = False
        self.at = 0
        self.together = True

    @property
    def current(self) -> LiveSession:
        """The session of the current server."""
        return self.all[self.at]

    @property
    def signed_in(self) -> list[tuple[int, LiveSession, Connection]]:
        """Return the signed-in servers, with their numbers."""
        self._note()
        return [(at, each, each.connection) for at, each in enumerate(self.all) if each.connection is not None]

    # -- signing in --------------------------------------------------------------------------------------------------

    async def open_others(self) -> None:
        """Sign in to the other servers, as far as possible without asking."""
        if self._began:
            return
        self._began = True
        for stream in self._streams:
            self._console.run_worker(stream.run(), exit_on_error=False)
        others = [session for at, session in enumerate(self.all) if at != self.at]
        await asyncio.gather(*[self._open(session) for session in others])
        self._console.repaint_frames()
        self._console.poke_merged()

    async def _open(self, session: LiveSession) -> None:
        connection, problem = None, ""
        sign_in = session.sign_in
        try:
            await asyncio.to_thread(startup.load_connections)
            sign_in = await asyncio.to_thread(with_kept, sign_in)
            if sign_in.complete:
                settings = session.settings
                connection = await connect(sign_in, read_only=settings.read_only, **settings.transport)
            else:
                problem = "not signed in"
        except CredentialStoreError as error:
            problem = clean(error, 200)
        except Exception as error:
            _log.debug("the sign-in at another server failed", exc_info=True)
            problem = sign_in_failed(error, sign_in.role)
        if not session.visited:
            session.connection, session.problem = connection, problem
            if connection is not None:
                session.sign_in = sign_in.without_secrets()
                self._follow_other(self.all.index(session))
        elif connection is not None:
            await connection.close()

    # -- switching ---------------------------------------------------------------------------------------------------

    def next(self) -> None:
        """Go to the next server, after the last to all of them; ask first while a change has no answer."""
        console = self._console
        following = 0 if self.together else self.at + 1
        where = "all servers" if following == len(self.all) else self.all[following].name
        if console.edits.unanswered:
            said = [[("▲ ", "$text-warning"), (line, "")] for line in console.edits.unanswered]
            console.ask_question(f"Go to {where}?", said, "Go there", lambda: self._go(following))
        else:
            self._go(following)

    def _go(self, following: int) -> None:
        if following == len(self.all):
            self.together = True
            self._console.server_changed()
        else:
            self.show(following)

    def show(self, at: int) -> bool:
        """Make this server the current one, and show it alone; return False if it needs a sign-in first."""
        self._note()
        session = self.all[at]
        if at == self.at:
            self.together = False
            self._console.server_changed()
            return True
        if session.connection is None:
            # Esc returns to the previous position.
            self._console.sign_in_flow.ask(session.problem, session.sign_in, settings=session.settings)
            return False
        self.park(session.settings)
        self._resume(session, session.connection)
        return True

    def park(self, settings: Settings) -> None:
        """Keep the current session for later; the server of these settings becomes the current one."""
        console = self._console
        self._note()
        before = self.all[self.at]
        console.leaving.keep()
        console.edits.forget()
        console.disconnected()
        console.connection = None
        if before.connection is not None:
            before.connection.on_answer = lambda: None
            self._follow_other(self.at)
        names = [(each.settings.name, server_of(each.sign_in.url)) for each in self.all]
        wanted = (settings.name, server_of(settings.sign_in.url))
        if wanted not in names:
            session = LiveSession(settings, settings.sign_in)
            self.all.append(session)
            self._streams.append(EventStream(partial(self._came, session)))
            console.run_worker(self._streams[-1].run(), exit_on_error=False)
            names.append(wanted)
        self.at, self.together = names.index(wanted), False
        self.current.visited = True
        # From now on the console follows it itself.
        self._streams[self.at].use(None)
        if self.current.notifying is not None:
            self.current.notifying.cancel()
        self.current.notifier = self.current.notifying = None

    def take_connection(self) -> Connection | None:
        """Return and drop the current server's connection before a new sign-in there."""
        session = self.all[self.at]
        found, session.connection = session.connection, None
        return found

    def _resume(self, session: LiveSession, connection: Connection) -> None:
        console = self._console
        before = console.settings
        console.settings, console.sign_in, console.connection = session.settings, session.sign_in, connection
        clock.follow(lambda: connection.client.clock_offset)
        if session.settings.theme != before.theme:
            console.use_theme(session.settings.theme or "textual-dark")
        console.server_changed()
        console.connected(first=False)
        console.follow(first=False)

    def _note(self) -> None:
        """The current server's session is the console's."""
        console, session = self._console, self.all[self.at]
        session.connection = console.connection
        if console.connection is not None:
            session.sign_in, session.settings, session.problem = console.sign_in, console.settings, ""

    # -- events ------------------------------------------------------------------------------------------------------

    def follow(self, collections: Iterable[str]) -> None:
        """Follow these topics on the other servers, if all are shown."""
        self._followed = frozenset(collections)
        self._want()

    def _want(self) -> None:
        shown = self._followed if self.together else frozenset()
        for session, stream in zip(self.all, self._streams, strict=True):
            stream.want({*shown, *(session.notifier.collections if session.notifier is not None else ())})

    def _follow_other(self, at: int) -> None:
        """Follow a server that is not the current one, and tell of what happens there."""
        session, stream = self.all[at], self._streams[at]
        stream.use(session.connection)
        settings = session.settings
        if session.connection is not None and settings.notify:
            session.notifier = Notifier(
                session.connection, settings.notify, settings.thresholds, lambda: stream.live,
                partial(self._console.tell_of, settings), session.memory,
            )  # fmt: skip
            session.notifying = self._console.run_worker(session.notifier.run(), exit_on_error=False)
        self._want()

    def _came(self, session: LiveSession, events: Sequence[ChangeEvent] | None) -> None:
        if session.notifier is not None:
            session.notifier.came(events)
        if self.together:
            self._console.poke_merged()

    async def close(self) -> None:
        """Close the other servers' sockets."""
        self._note()
        others = [each.connection for at, each in enumerate(self.all) if at != self.at and each.connection is not None]
        await asyncio.gather(*[each.close() for each in others], return_exceptions=True)
