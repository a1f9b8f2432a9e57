"""The app: who is signed in, which screen is shown, what the frame says. No business rule lives here."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.content import Content

from qpi_tui.actions import ACTIONS, Keys
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.edits.audit_log import AuditLog
from qpi_tui.human_input import LEAVE, HumanInput
from qpi_tui.live.event_stream import EventStream, collection_of
from qpi_tui.live.feed import Health
from qpi_tui.live.first_seen import FirstSeen
from qpi_tui.live.header_counts import TOPICS, HeaderCounts
from qpi_tui.live.header_feed import HeaderFeed
from qpi_tui.live.reachability import Reachability
from qpi_tui.notices import Notices
from qpi_tui.resources import registry
from qpi_tui.screens import first_screen, make_screen
from qpi_tui.screens.announcement_banner import Announcements
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.session.connection import Connection, session_over
from qpi_tui.session.sign_in_flow import SignInFlow
from qpi_tui.settings.config import Settings
from qpi_tui.terminal.ascii import AsciiMode
from qpi_tui.terminal.closed_screen import is_closed_screen_error
from qpi_tui.terminal.driver import TerminalInput
from qpi_tui.terminal.hangup import end_with_terminal
from qpi_tui.terminal.slow_line import PATIENCE, line_is_slow
from qpi_tui.terminal.writer import QuietFrames
from qpi_tui.widgets import header
from qpi_tui.widgets.lines import StatusParts, Tab, TabLine

if TYPE_CHECKING:
    from qpi_client import ChangeEvent
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.edits.runner import EditRunner
    from qpi_tui.live.circuit_drawer import CircuitDrawer
    from qpi_tui.screens.editing import ConsolePort
    from qpi_tui.screens.leaving import Leaving

# With change events the timer is only the safety net: seconds for each request that a read takes.
SAFETY_NET, AT_MOST = 300.0, 2400.0


class Console(Notices, HumanInput, AsciiMode, QuietFrames, TerminalInput, App[int]):
    """The console. `settings` say where to sign in and how to look."""

    TITLE = "qpi-tui"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layers: base; }
    .muted { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(LEAVE), "quit_now", show=False, priority=True),
        # In dialogs and forms too: a line that spoilt the picture asks for no place.
        Binding(",".join(ACTIONS["app.redraw"].keys), "redraw", id="app.redraw", show=False, priority=True),
        Binding(",".join(ACTIONS["app.suspend"].keys), "suspend", id="app.suspend", show=False, priority=True),
    ]
    MODES = {id: partial(make_screen, resource) for id, resource in registry().items()}  # noqa: RUF012  # Textual declares it so

    def __init__(self, settings: Settings) -> None:
        first = settings.screen or first_screen(settings.sign_in.role)
        if not registry()[first].visible(settings.sign_in.role):
            first = first_screen(settings.sign_in.role)
        # Textual builds the default mode's screen first: without this, an empty one that is then switched away from,
        # and nothing is shown for 50 ms.
        self.DEFAULT_MODE = first  # type: ignore[misc]  # a class variable only because it never varied
        super().__init__()
        # The environment's account counts for these only, whichever server is gone to later.
        self.started_with = self.settings = settings
        self.plain = settings.ascii
        self.slow = settings.slow or line_is_slow()
        self.keys = Keys(settings.keys)
        self.set_keymap(self.keys.keymap())
        self.animation_level = "none"
        self.connection: Connection | None = None
        self.sign_in = settings.sign_in
        self.audit_log = AuditLog(settings.audit_log)
        self.arrivals = FirstSeen()
        self.announcements = Announcements(self, settings.audit_log)
        self.changes = EventStream(self._changed)
        self.frame_feed = HeaderFeed(self)
        self.reachability = Reachability(self._reached)
        self.entrance = SignInFlow(self)
        # What was typed into forms and not sent, by form.
        self.drafts: dict[str, dict[str, str]] = {}
        self._started = False
        self._moved = False
        self._ticking = False
        self.fault: BaseException | None = None
        self.fault_report: Path | None = None
        self.use_theme(settings.theme)

    def use_theme(self, name: str) -> None:
        """A theme of Textual, or one from a file; `ThemeError` where there is none of that name."""
        if name:
            from qpi_tui.settings.themes import find_theme

            self.register_theme(find_theme(name))
            self.theme = name

    def _handle_exception(self, error: Exception) -> None:
        if not is_closed_screen_error():
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # Textual's way prints the values of local variables, passwords among them.
        from qpi_tui.files import crash_report

        error = self._exception or sys.exc_info()[1]
        if self.fault is None and error is not None:
            self.fault, self.fault_report = error, crash_report.report(error)
        self._close_messages_no_wait()

    # -- what the screens ask ----------------------------------------------------------------------------------------

    @property
    def badges(self) -> HeaderCounts:
        """What the frame shows beside the screen."""
        return self.frame_feed.badges

    @property
    def role(self) -> Role | None:
        """The role of who is signed in, or is about to be."""
        if self.connection is not None:
            return self.connection.role
        return self.sign_in.role if self.sign_in.complete else None

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed."""
        return self.settings.read_only

    @property
    def interval(self) -> float:
        """Seconds between two reads of what is on the screen."""
        return self.interval_for(1)

    def interval_for(self, requests: int) -> float:
        """The same where a read takes so many requests."""
        return min(SAFETY_NET * requests, AT_MOST) if self.changes.live else self.refresh_seconds

    @property
    def refresh_seconds(self) -> float:
        """Seconds between two reads where no events come."""
        return self.settings.refresh * (PATIENCE if self.slow else 1)

    def be_slow(self) -> None:
        """The line is slow, as was found while it is used: say so."""
        super().be_slow()
        self.say([("The line is slow: fewer frames and colours, no mouse.", "$text-muted")])

    @property
    def current_place(self) -> str:
        """The id of the screen that is shown."""
        mode = self.current_mode
        return mode if mode in registry() else ""

    @property
    def place_title(self) -> str:
        """Its name."""
        place = registry().get(self.current_place)
        return place.title_for(self.role or Role.USER) if place else "the console"

    def tabs(self) -> list[Tab]:
        """The screens of this role."""
        return header.tabs(self.role or Role.USER, self.keys, self.badges, self.generation)

    @property
    def generation(self) -> str:
        """The generation of the server; empty while it is not known."""
        return self.connection.generation if self.connection is not None else ""

    def status(self, health: Health) -> StatusParts:
        """The top line for a screen whose feed is like this."""
        settings, live = self.settings, self.changes.live
        if self.connection is None:
            fresh = header.not_signed_in(signing_in=self.entrance.signing_in)
        else:
            away = self.reachability
            health = header.with_outage(health, away.since, away.error)
            fresh = header.freshness(health, every=None if live else self.refresh_seconds)
        where = header.where(settings.name, self.sign_in.url, settings.colour)
        middle = (*header.warning(self.sign_in.url, clock.offset(), slow=self.slow), *fresh)
        room = self.size.width - sum(len(text) for text, _ in (*where, *middle)) - 6
        who = header.who(self.connection, self.badges, read_only=self.read_only, room=room)
        return StatusParts(where, middle, who)

    # -- start and sign-in -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """The first screen is the default mode's; sign in behind it, or ask."""
        if not self.is_headless:
            end_with_terminal(self, sys.__stdin__.fileno() if sys.__stdin__ is not None else 0)
        # Without a terminal no frame is sent.
        self.call_after_refresh(self.first_frame_shown)

    def first_frame_shown(self) -> None:
        """Start-up is over: sign in."""
        if self._started:
            return
        self._started = True
        self.entrance.open()
        self.run_worker(self.frame_feed.feed.run(), exit_on_error=False)
        self.run_worker(self.changes.run(), exit_on_error=False)
        self.run_worker(self.reachability.run(), exit_on_error=False)

    def connected(self, *, first: bool) -> None:
        """Somebody signed in: everything is read anew, on the screen where they begin."""
        connection = self.connection
        if connection is None:
            return
        self.frame_feed.connected()
        self.changes.use(connection)
        self.reachability.use(connection)
        self.follow_shown()
        place = registry().get(self.current_place)
        elsewhere = first and not self.settings.screen and not self._moved
        if place is not None and (elsewhere or not place.visible(connection.role)):
            self.switch_mode(first_screen(connection.role))
        for screen in self.console_screens():
            screen.connected()
        self.leaving.load()
        if self.audit_log.path is not None:
            from qpi_tui.screens.editing import check_last_run

            self.run_worker(check_last_run(self, self.edit_port), exit_on_error=False)
        self.run_worker(self._learn_generation(connection), exit_on_error=False)

    async def _learn_generation(self, connection: Connection) -> None:
        """Take away the screens that this server does not have."""
        generation = await connection.learn_generation()
        if connection is not self.connection or all(place.exists_on(generation) for place in registry().values()):
            return
        place = registry().get(self.current_place)
        if place is not None and not place.exists_on(generation):
            self.switch_mode(first_screen(connection.role))
            self.say_absent(place.id)
        self.repaint_frames()

    def say_absent(self, where: str) -> None:
        """Say that this server does not have a screen."""
        title = registry()[where].title_for(self.role or Role.USER)
        self.say([("▲ ", "$text-warning"), (f"{title}: not on this server ({self.generation}).", "")])

    def disconnected(self) -> None:
        """Nobody is signed in: nothing is read."""
        self.changes.use(None)
        self.reachability.use(None)
        self.frame_feed.disconnected()
        self.drafts.clear()
        self.undo.offer([])
        for screen in self.console_screens():
            screen.feed.sleep()

    def do_sign_out(self) -> None:
        """Ask; then forget the session, the kept one too, and ask who is next."""
        self.entrance.ask_sign_out()

    # -- what goes on ------------------------------------------------------------------------------------------------

    def console_screens(self) -> list[ConsoleScreen]:
        """Every screen that was opened."""
        return [s for stack in self._screen_stacks.values() for s in stack if isinstance(s, ConsoleScreen)]

    def repaint_frames(self) -> None:
        """Show the frame of the screen on top again."""
        for screen in self.screen_stack:
            if isinstance(screen, ConsoleScreen):
                screen.repaint_frame()

    def feed_health(self, screen: ConsoleScreen, health: Health) -> None:
        """A screen's feed says how it goes."""
        if health.error is not None and session_over(health.error):
            self.entrance.found_over(health.error)
        if health.error is not None:
            self.reachability.failed(health.error)
        if health.mood == "offline":
            self._tick_soon()

    def _reached(self) -> None:
        """The server stopped answering, or answers again."""
        self.repaint_frames()
        if self.reachability.since is not None:
            self._tick_soon()

    def _tick_soon(self) -> None:
        if not self._ticking:
            self._ticking = True
            self.set_timer(1.0, self._tick)

    def _tick(self) -> None:
        """Count the seconds of an outage, on whichever screen."""
        self._ticking = False
        shown = [s for s in self.screen_stack if isinstance(s, ConsoleScreen) and s.feed.awake]
        if self.reachability.since is not None or any(s.feed.health.mood == "offline" for s in shown):
            self.repaint_frames()
            self._tick_soon()

    def follow_shown(self) -> None:
        """Have the stream carry what is shown."""
        shown = {topic for s in self.screen_stack if isinstance(s, ConsoleScreen) for topic in s.topics}
        self.changes.want({*shown, *TOPICS[self.role or Role.TOKEN]})

    def _changed(self, events: Sequence[ChangeEvent] | None) -> None:
        """Change events came (None: everything may have changed, or the stream came or went)."""
        screens = [screen for screen in self.screen_stack if isinstance(screen, ConsoleScreen)]
        if events is None and self.connection is not None:
            self.connection.forget_start()
        if events is None or self.connection is None:
            for screen in screens:
                screen.feed.poke()
            self.frame_feed.feed.poke()
            if not self.changes.live:
                # The stream broke, or none can be had.
                self.reachability.doubt()
            self.repaint_frames()
            return
        for screen in screens:
            theirs = [event for event in events if collection_of(event) in screen.topics]
            if theirs and screen.feed.awake:
                screen.changed(theirs)
        self.frame_feed.merge(events)

    async def make(self, edit: Edit, *, action: str = "") -> Outcome:
        """Make a change, and return what became of it; every change passes here."""
        with self.leaving.sending():
            outcome = await self.edits.make(edit, action=action)
        if outcome.ok:
            self.changes.expect(edit.collection)
        return outcome

    def session_lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask for it again."""
        self.entrance.lost(error)

    def poke_shown(self) -> None:
        """Read what is shown again."""
        for screen in self.console_screens():
            if screen in self.screen_stack:
                screen.feed.poke()

    # -- actions -----------------------------------------------------------------------------------------------------

    def go(self, where: str) -> None:
        """To another screen: by id, or the next or previous one."""
        ids = [tab.id for tab in self.tabs()]
        if where in {"next", "previous"}:
            here = ids.index(self.current_place) if self.current_place in ids else 0
            where = ids[(here + (1 if where == "next" else -1)) % len(ids)]
        if where in registry() and not registry()[where].exists_on(self.generation):
            self.say_absent(where)
        if where in ids and where != self.current_place:
            self.notice_line = Content("")
            self._moved = True
            self.switch_mode(where)

    def go_to(self, where: str, id: str = "", words: str = "") -> None:
        """To another screen, its filter set to `words`, the cursor on the record `id` once it is read."""
        from qpi_tui.screens.list_screen import ListScreen

        here = self.current_place
        self.go(where)
        while self.current_place == where and len(self.screen_stack) > 1 and not isinstance(self.screen, ListScreen):
            # A record in full, left open there.
            self.pop_screen()
        if self.current_place == where and isinstance(self.screen, ListScreen):
            self.screen.point_at(id, words, came_from="" if where == here else here)

    def on_tab_line_picked(self, event: TabLine.Picked) -> None:
        """A tab was clicked."""
        self.go(event.id)

    def action_do(self, id: str) -> None:
        """Actions of the app, from screens that are not the console's."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.action_do(id)

    def action_quit_now(self) -> None:
        """Leave; once more asked where something is typed."""
        self.leaving.interrupt()

    def exit(self, result: int | None = None, return_code: int = 0, message: Any = None) -> None:
        """End the console, by whatever way: what is typed is kept."""
        self.leaving.keep()
        super().exit(result, return_code, message)

    def action_suspend(self) -> None:
        """Back to the shell for a while, whatever has the keys."""
        self.do_suspend()

    def do_suspend(self) -> None:
        """Restore the terminal and stop; `fg` in the shell comes back."""
        if not self.stop_for_shell():
            self.remark("Cannot suspend: no shell with job control started this.")

    def terminal_gone(self) -> None:
        """The line dropped: leave, and act on no key that is still to be taken."""
        if not self.hung_up:
            os.kill(os.getpid(), signal.SIGHUP)

    def action_redraw(self) -> None:
        """Paint the whole screen again, whatever has the keys."""
        self.do_redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where somebody moved a key to a letter, it is one for who is typing."""
        if action in {"redraw", "suspend"} and any(len(key) == 1 for key in self.keys.of(f"app.{action}")):
            return not self.typing
        return super().check_action(action, parameters)

    def do_quit(self) -> None:
        """Leave; where it is not known what came of a change, after a question."""
        self.entrance.ask_quit()

    def do_help(self) -> None:
        """Every key of where you are."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.ask_help()

    def do_dismiss(self) -> None:
        """Dismiss the announcement that is shown."""
        self.announcements.dismiss_first()

    def do_undo(self) -> None:
        """Ask, then take the last change back, while it can be."""
        from qpi_tui.screens.editing import undo_last

        undo_last(self)

    def do_palette(self) -> None:
        """Find an action by its name, or a QPU, a user, a job."""
        from qpi_tui.screens.palette import open_palette

        if isinstance(self.screen, ConsoleScreen):
            open_palette(self.screen)

    def do_refresh(self) -> None:
        """Read everything again now."""
        for screen in self.console_screens():
            screen.feed.forget()
        self._changed(None)

    def do_redraw(self) -> None:
        """Paint the whole screen again."""
        self.forget_frames()
        self.refresh(layout=True)

    def on_resize(self) -> None:
        """More or less room: the lines are laid out anew."""
        self.call_after_refresh(self.repaint_frames)

    # What is not needed for the first frame is made when it is asked for.

    @cached_property
    def edit_port(self) -> ConsolePort:
        """The console, as edits are given it."""
        from qpi_tui.screens.editing import ConsolePort

        return ConsolePort(self)

    @cached_property
    def leaving(self) -> Leaving:
        """What ends the console."""
        from qpi_tui.screens.leaving import Leaving

        return Leaving(self)

    @cached_property
    def edits(self) -> EditRunner:
        """Makes changes, and finds out what became of one whose answer was lost."""
        from qpi_tui.edits.runner import EditRunner

        return EditRunner(self.edit_port, self.audit_log)

    @cached_property
    def drawer(self) -> CircuitDrawer:
        """The process that draws circuits; it starts with the first one."""
        from qpi_tui.live.circuit_drawer import CircuitDrawer

        return CircuitDrawer()

    async def on_unmount(self) -> None:
        """Let go of the sockets and the drawing process; a request that hangs is not waited for."""
        if "drawer" in self.__dict__:
            await self.drawer.close()
        clock.follow(timedelta)
        if self.connection is not None:
            await self.connection.close()
