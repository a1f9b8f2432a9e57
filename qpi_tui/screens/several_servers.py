"""Several servers in one console: the current one, and the screens that show all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from textual.await_complete import AwaitComplete

from qpi_tui.resources import registry
from qpi_tui.screens.live_screens import LiveScreens
from qpi_tui.screens.navigation import MERGED, TOGETHER
from qpi_tui.screens.table_screen import TableScreen
from qpi_tui.terminal.textual_internals import modes_with_more

if TYPE_CHECKING:
    from textual.timer import Timer

    from qpi_tui.live.servers import ServersShell
    from qpi_tui.screens.list_screen import ListScreen
    from qpi_tui.settings.config import Settings

# Seconds after a dialog in which what it leads to opens the next one.
_SETTLED = 0.3


class Errand(NamedTuple):
    """An action on records of one server: its number, the screen, the records and the action."""

    at: int
    place: str
    ids: tuple[str, ...]
    action: str


class SeveralServers(LiveScreens):
    """An app with several servers. Mix it in before `App`. With one server nothing of it is loaded."""

    # What is still to be done, of marks on several servers: the first one is under way.
    _errands: tuple[Errand, ...] = ()
    _settling: Timer | None = None

    def open_servers(self, settings: Settings) -> None:
        """Prepare for the servers in the settings."""
        if not settings.others:
            return
        from qpi_tui.live.servers import LiveSessions
        from qpi_tui.screens.merged import make_merged

        self.servers = LiveSessions(cast("ServersShell", self), (settings, *settings.others))
        self.settings = self.servers.all[0].settings
        for place in sorted(MERGED & registry().keys()):
            self.add_mode(f"{TOGETHER}{place}", partial(make_merged, registry()[place]))

    def servers_connected(self, *, first: bool) -> None:
        """Signed in to the first server: sign in to the others, and show them all."""
        if self.servers is None:
            return
        self.run_worker(self.servers.open_others(), exit_on_error=False)
        if first and self.servers.together:
            self.server_changed()

    def park(self, settings: Settings) -> bool:
        """Keep this server's session if several are open; the settings' server is next. Otherwise return False."""
        if self.servers is None:
            return False
        self.servers.park(settings)
        stale = self.servers.take_connection()
        if stale is not None:
            # A user signs in there again.
            self.run_worker(stale.close(), exit_on_error=False)
        self.server_changed()
        return True

    def server_changed(self) -> None:
        """The current server changed: marks and open records belong to the old one."""
        place = self.current_place or "overview"
        while len(self.screen_stack) > 1:
            self.pop_screen()
        for screen in self.console_screens():
            if isinstance(screen, TableScreen) and screen.is_mounted:
                screen.table.set_marks(())
        for mode in modes_with_more(self):
            self.remove_mode(mode)
            self.add_mode(mode, self.MODES[mode])
        together = self.servers is not None and self.servers.together
        wanted = self.mode_of(place if not together or place in MERGED else "overview")
        if wanted != self.current_mode:
            self.switch_mode(wanted)
        self.repaint_frames()

    def poke_merged(self) -> None:
        """Read the screens of all servers again."""
        if self.current_mode.startswith(TOGETHER):
            self.poke_shown()

    def act_on(self, at: int, place: str, ids: Sequence[str], action: str, words: str = "") -> None:
        """Go to a server, to these records on one of its screens, and run this action."""
        self._errands = ()
        self._begin(at, place, ids, action, words, marked=len(ids) > 1)

    def _begin(self, at: int, place: str, ids: Sequence[str], action: str, words: str = "", *, marked: bool) -> None:
        if self.servers is None or not self.servers.show(at):
            return
        self.go_to(place, ids[0] if ids else "", words)
        there = self._list_at(place)
        if there is None:
            return
        if marked:
            there.mark_once_read(ids, action)
        elif action and ids:
            there.do_with(ids[0], action)
        elif action:
            there.do_once_read(action)

    def _list_at(self, place: str) -> ListScreen[Any] | None:
        from qpi_tui.screens.list_screen import ListScreen

        there = self.screen
        return there if isinstance(there, ListScreen) and self.current_place == place else None

    # -- marks on several servers: one server after the other ----------------------------------------------------------

    def act_on_each(self, place: str, wanted: Sequence[tuple[int, Sequence[str]]], action: str) -> None:
        """Do this at one server after the other: each asks by itself, the next one when it is done.

        `wanted`: the number of each server with the ids of its records.
        """
        self._errands = tuple(Errand(at, place, tuple(ids), action) for at, ids in wanted)
        self._begin(*self._errands[0], marked=True)

    def pop_screen(self) -> AwaitComplete:
        """What was opened is closed: of what is done at several servers the next may follow."""
        closing = super().pop_screen()
        if self._errands:
            if self._settling is not None:
                self._settling.stop()
            self._settling = self.set_timer(_SETTLED, self._next_errand)
        return closing

    def _next_errand(self) -> None:
        if not self._errands or self.servers is None:
            return
        now, *left = self._errands
        if self.current_place != now.place or self.servers.at != now.at:
            # Somebody went elsewhere.
            self._errands = ()
            return
        there = self._list_at(now.place)
        if there is None:
            # Another dialog is open.
            return
        self._errands = tuple(left)
        if set(now.ids) & there.table.marks:
            self._errands = ()
            if left:
                names = ", ".join(self.servers.all[errand.at].name for errand in left)
                self.say([("▲ ", "$text-warning"), (f"Stopped. Nothing was done on {names}.", "")])
        elif left:
            self._begin(*left[0], marked=True)
        else:
            self.servers.together = True
            self.server_changed()
