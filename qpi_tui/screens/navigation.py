"""Navigation: the current screen, the way to others, dialogs above it, and the frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.content import Content
from textual.events import Resize

from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.resources import registry
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.terminal.textual_internals import modes_with_more, open_screens
from qpi_tui.widgets import header
from qpi_tui.widgets.lines import StatusParts, Tab, TabLine

if TYPE_CHECKING:
    from qpi_tui.actions import Keys
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.edits.undo import Undo
    from qpi_tui.live.event_stream import EventStream
    from qpi_tui.live.feed import Health
    from qpi_tui.live.header_counts import HeaderCounts
    from qpi_tui.live.reachability import Reachability
    from qpi_tui.live.servers import LiveSessions
    from qpi_tui.session.connection import Connection
    from qpi_tui.session.sign_in_flow import SignInFlow
    from qpi_tui.settings.accounts import SignIn
    from qpi_tui.settings.config import Settings


# Suffix of the modes that show all servers.
TOGETHER = "all/"
# The screens that can. What changes a server itself, its settings, its theme, is shown of one server only.
MERGED = frozenset(
    {"overview", "requests", "qpus", "jobs", "slots", "users", "drivers", "telemetry", "announcements", "tokens",
     "journal", "doctor"}
)  # fmt: skip


class Navigation(App[Any]):
    """An app of console screens with tabs. Mix it in before `App`."""

    keys: Keys
    settings: Settings
    sign_in: SignIn
    connection: Connection | None
    changes: EventStream
    reachability: Reachability
    sign_in_flow: SignInFlow
    slow: bool
    notice_line: Content
    moved = False
    # If several servers are open.
    servers: LiveSessions | None = None

    if TYPE_CHECKING:  # Provided by other parts of the console.

        @property
        def badges(self) -> HeaderCounts: ...  # noqa: D102
        @property
        def role(self) -> Role | None: ...  # noqa: D102
        @property
        def refresh_seconds(self) -> float: ...  # noqa: D102
        @property
        def undo(self) -> Undo: ...  # noqa: D102
        def say(self, parts: Sequence[Part]) -> None: ...  # noqa: D102

    # -- where -------------------------------------------------------------------------------------------------------

    @property
    def current_place(self) -> str:
        """The id of the current screen."""
        mode = self.current_mode.removeprefix(TOGETHER)
        return mode if mode in registry() else ""

    def mode_of(self, place: str) -> str:
        """The mode that shows a screen: of one server, or of all."""
        return f"{TOGETHER}{place}" if self.servers is not None and self.servers.together else place

    @property
    def place_title(self) -> str:
        """The title of the current screen."""
        place = registry().get(self.current_place)
        return place.title_for(self.role or Role.USER) if place else "the console"

    @property
    def generation(self) -> str:
        """The generation of the server; empty while unknown."""
        return self.connection.generation if self.connection is not None else ""

    def console_screens(self) -> list[ConsoleScreen]:
        """Every opened screen."""
        return [screen for screen in open_screens(self) if isinstance(screen, ConsoleScreen)]

    def close_opened(self) -> None:
        """Close what is open above the screens: it belongs to the account or server before."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        for mode in modes_with_more(self):
            self.remove_mode(mode)
            self.add_mode(mode, self.MODES[mode])

    def go(self, where: str) -> None:
        """Go to another screen: by id, or the next or previous one."""
        ids = [tab.id for tab in self.tabs()]
        if where in {"next", "previous"}:
            here = ids.index(self.current_place) if self.current_place in ids else 0
            where = ids[(here + (1 if where == "next" else -1)) % len(ids)]
        place = registry().get(where)
        if place is None or not place.visible(self.role or Role.USER):
            return
        if not place.exists_on(self.generation):
            self.say_absent(where)
        elif self.mode_of(where) != where and where not in MERGED:
            said = f"Not available for all servers at once: {self.keys.word('app.server')} goes to one."
            self.say([("▲ ", "$text-warning"), (said, "")])
        elif self.mode_of(where) != self.current_mode:
            self.notice_line = Content("")
            self.moved = True
            self.switch_mode(self.mode_of(where))

    def go_to(self, where: str, id: str = "", words: str = "") -> None:
        """Go to another screen, filter by `words`, and put the cursor on the record `id` once it is read."""
        from qpi_tui.screens.list_screen import ListScreen

        here = self.current_place
        self.go(where)
        while self.current_place == where and len(self.screen_stack) > 1 and not isinstance(self.screen, ListScreen):
            # Close a detail that was left open there.
            self.pop_screen()
        if self.current_place == where and isinstance(self.screen, ListScreen):
            self.screen.point_at(id, words, came_from="" if where == here else here)

    def say_absent(self, where: str) -> None:
        """Say that this server does not support a screen."""
        title = registry()[where].title_for(self.role or Role.USER)
        self.say([("▲ ", "$text-warning"), (f"{title}: not on this server ({self.generation}).", "")])

    def on_tab_line_picked(self, event: TabLine.Picked) -> None:
        """A tab was clicked."""
        self.go(event.id)

    def action_do(self, id: str) -> None:
        """Run app actions from screens that are not the console's."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.action_do(id)

    # -- what opens over a screen ------------------------------------------------------------------------------------

    @property
    def occupied(self) -> bool:
        """Whether the user types or answers a dialog: nothing may open then."""
        from textual.widgets import Input

        from qpi_tui.widgets.dialogs import Dialog

        return isinstance(self.screen, Dialog) or isinstance(self.focused, Input)

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether sign-in is open."""
        from qpi_tui.screens.sign_in import SignInScreen

        return any(isinstance(screen, SignInScreen) for screen in self.screen_stack)

    @property
    def undo_hint(self) -> str:
        """The key that undoes the last change; empty if there is none."""
        return self.keys.word("app.undo") if self.undo.open else ""

    def ask_sign_in(
        self, sign_in: SignIn, message: str, *, error: bool, settings: Settings | None, cause: Exception | None
    ) -> None:
        """Open sign-in above the screen, once."""
        from qpi_tui.screens.sign_in import SignInScreen

        if not self.asks_to_sign_in:
            self.push_screen(SignInScreen(sign_in, message, error=error, settings=settings, cause=cause))

    def ask_question(self, title: str, lines: Sequence[Sequence[Part]], confirm: str, then: Callable[[], None]) -> None:
        """Ask, and call `then` if the answer is yes."""
        from qpi_tui.widgets.dialogs import Question

        self.push_screen(Question(title, lines, confirm=confirm), lambda yes: then() if yes else None)

    async def first_rows(self, patience: float) -> None:
        """Wait until the screen that is shown was read and painted, so many seconds at most."""
        screen = self.screen
        if isinstance(screen, ConsoleScreen):
            shown = asyncio.Event()
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await screen.feed.tried.wait()
                    screen.call_after_refresh(shown.set)
                    await shown.wait()

    # -- the frame ---------------------------------------------------------------------------------------------------

    def tabs(self) -> list[Tab]:
        """The screens of this role."""
        tabs = header.tabs(self.role or Role.USER, self.keys, self.badges, self.generation)
        if self.servers is None or not self.servers.together:
            return tabs
        return [tab._replace(waiting=0) for tab in tabs if tab.id in MERGED]

    def status(self, health: Health) -> StatusParts:
        """The top line for a screen with this feed state."""
        settings, live = self.settings, self.changes.live
        if self.connection is None:
            fresh = header.not_signed_in(signing_in=self.sign_in_flow.signing_in)
        else:
            away = self.reachability
            health = header.with_outage(health, away.since, away.error)
            fresh = header.freshness(health, every=None if live else self.refresh_seconds)
        where = header.where(settings.name, self.sign_in.url, settings.colour)
        if self.servers is not None and self.servers.together:
            where = header.all_servers(self.servers.all, [at for at, *_ in self.servers.signed_in])
        middle = (*header.warning(self.sign_in.url, clock.offset(), slow=self.slow), *fresh)
        room = self.size.width - sum(len(text) for text, _ in (*where, *middle)) - 6
        who = header.who(self.connection, self.badges, read_only=settings.read_only, room=room)
        return StatusParts(where, middle, who)

    def repaint_frames(self) -> None:
        """Update the frame of the top screen."""
        for screen in self.screen_stack:
            if isinstance(screen, ConsoleScreen):
                screen.repaint_frame()

    def on_resize(self, event: Resize) -> None:
        """The terminal was resized: lay out the lines again."""
        self.call_after_refresh(self.repaint_frames)
