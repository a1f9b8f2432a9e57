"""The app: wires session, screens and frame. No business rule lives here."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from qpi_tui.actions import ACTIONS, Keys
from qpi_tui.domain import clock
from qpi_tui.files.paths import drafts_file
from qpi_tui.live.event_stream import EventStream
from qpi_tui.live.first_seen import FirstSeen
from qpi_tui.live.header_feed import HeaderFeed
from qpi_tui.live.reachability import Reachability
from qpi_tui.notices import Notices
from qpi_tui.resources import first_screen, registry
from qpi_tui.screens import make_screen
from qpi_tui.screens.announcement_banner import Announcements
from qpi_tui.screens.app_actions import AppActions
from qpi_tui.screens.human_input import LEAVE, HumanInput
from qpi_tui.screens.live_screens import LiveScreens
from qpi_tui.screens.made_later import MadeLater
from qpi_tui.session.connection import Connection
from qpi_tui.session.sign_in_flow import SignInFlow
from qpi_tui.settings.accounts import server_of
from qpi_tui.settings.config import Settings
from qpi_tui.terminal.ascii import AsciiMode
from qpi_tui.terminal.driver import TerminalInput
from qpi_tui.terminal.fault_report import FaultReport
from qpi_tui.terminal.hangup import end_with_terminal
from qpi_tui.terminal.quick_screen import QuickScreen
from qpi_tui.terminal.slow_line import line_is_slow
from qpi_tui.terminal.textual_internals import leave_out_toasts
from qpi_tui.terminal.writer import QuietFrames

if TYPE_CHECKING:
    from qpi_client.early import EarlyRequests
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome

ROWS_NEAR = 0.15  # seconds after the first frame within which rows come that a start has asked for early


class Console(
    MadeLater,
    Notices,
    AppActions,
    LiveScreens,
    HumanInput,
    AsciiMode,
    QuietFrames,
    TerminalInput,
    FaultReport,
    App[int],
):
    """The console. `settings` say where to sign in and how to look; `early` may have sent the sign-in already."""

    TITLE = "qpi-tui"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layers: base; }
    .muted { color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(LEAVE), "quit_now", show=False, priority=True),
        # In dialogs and forms too: redrawing a corrupted screen needs no focus.
        Binding(",".join(ACTIONS["app.redraw"].keys), "redraw", id="app.redraw", show=False, priority=True),
        Binding(",".join(ACTIONS["app.suspend"].keys), "suspend", id="app.suspend", show=False, priority=True),
    ]
    MODES = {id: partial(make_screen, resource) for id, resource in registry().items()}  # noqa: RUF012  # Textual declares it so

    def __init__(self, settings: Settings, early: EarlyRequests | None = None) -> None:
        first = settings.screen or first_screen(settings.sign_in.role)
        if not registry()[first].visible(settings.sign_in.role):
            first = first_screen(settings.sign_in.role)
        # Textual builds the default mode's screen first: without this, it would build an empty one and switch away,
        # showing nothing for 50 ms.
        self.DEFAULT_MODE = first  # type: ignore[misc]  # a class variable only because it never varied
        super().__init__()
        leave_out_toasts(self)
        # The environment's account is for these only, whichever server is opened later.
        self.started_with = self.settings = settings
        self.plain = settings.ascii
        self.slow = settings.slow or line_is_slow()
        self.keys = Keys(settings.keys)
        self.set_keymap(self.keys.keymap())
        self.animation_level = "none"
        self.connection: Connection | None = None
        self.sign_in = settings.sign_in
        self.early = early
        self.first_seen = FirstSeen(settings.audit_log)
        self.announcements = Announcements(self, settings.audit_log)
        self.changes = EventStream(self.events_came)
        self.frame_feed = HeaderFeed(self)
        self.reachability = Reachability(self.reached, streamed=lambda: self.changes.live)
        self.sign_in_flow = SignInFlow(self)
        # Drafts of forms.
        self.drafts: dict[str, dict[str, str]] = {}
        self._started = False
        self.open_servers(settings)
        self.use_theme(settings.theme)

    @property
    def read_only(self) -> bool:
        """Whether changes are disabled."""
        return self.settings.read_only

    def be_slow(self) -> None:
        """The line proved slow in use: tell the user."""
        super().be_slow()
        self.say([("Slow line: fewer frames and colours, no mouse.", "$text-muted")])

    # -- start and sign-in -------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Build the first screen, the default mode's; sign in behind it, or ask."""
        if not self.is_headless:
            end_with_terminal(self, sys.__stdin__.fileno() if sys.__stdin__ is not None else 0)
        self.call_after_refresh(self.first_frame_shown)

    def first_frame_shown(self) -> None:
        """Start-up is over: sign in."""
        if self._started:
            return
        self._started = True
        if self.early is not None and isinstance(self.screen, QuickScreen):
            # What was sent early is answered soon. A frame before the rows would delay them.
            self.screen.hold_frames(ROWS_NEAR)
        self.sign_in_flow.open()
        self.run_worker(self.frame_feed.feed.run(), exit_on_error=False)
        self.run_worker(self.changes.run(), exit_on_error=False)
        self.run_worker(self.reachability.run(), exit_on_error=False)

    def connected(self, *, first: bool) -> None:
        """Somebody signed in: read again what is shown."""
        if self.connection is not None:
            self.first_seen.use(server_of(self.sign_in.url))
            self.use_connection(self.connection, first=first)
            log = self.settings.audit_log
            # Before a key can open a form: it would open without its draft. Most starts have none, and load nothing.
            if log is not None and drafts_file(log).exists():
                self.leaving.load()

    def follow(self, *, first: bool) -> None:
        """Follow the server's changes, sign in at the other servers, and check what an earlier run left open."""
        if self.connection is None:
            return
        self.follow_connection(self.connection)
        self.servers_connected(first=first)
        if self.started_with.audit_log is not None:
            from qpi_tui.screens.editing import check_last_run

            self.run_worker(check_last_run(self, self.edit_port), exit_on_error=False)

    def disconnected(self) -> None:
        """Signed out: read nothing."""
        self.forget_connection()
        self.drafts.clear()
        self.undo.offer([])

    async def make(self, edit: Edit, *, action: str = "") -> Outcome:
        """Make a change, and return the outcome; every change passes here."""
        with self.leaving.sending():
            outcome = await self.edits.make(edit, action=action)
        if outcome.ok:
            self.changes.expect(edit.collection)
        if self.rounds is not None:
            self.rounds.outcomes.append(outcome)
        return outcome

    def do_undo(self) -> None:
        """Ask, then undo the last change, while possible."""
        from qpi_tui.screens.editing import undo_last

        undo_last(self)

    def session_lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask to sign in again."""
        self.sign_in_flow.lost(error)

    def exit(self, result: int | None = None, return_code: int = 0, message: Any = None) -> None:
        """The console ends: keep what is typed."""
        self.leaving.keep()
        super().exit(result, return_code, message)

    async def on_unmount(self) -> None:
        """Close the sockets and the drawing process, without waiting for a hanging request."""
        if "drawer" in self.__dict__:
            await self.drawer.close()
        clock.follow(timedelta)
        if self.servers is not None:
            await self.servers.close()
        if self.connection is not None:
            await self.connection.close()
