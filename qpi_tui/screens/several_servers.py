"""Several servers in one console: which is the current one, and the screens that show all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from qpi_tui.resources import registry
from qpi_tui.screens.live_screens import LiveScreens
from qpi_tui.screens.navigation import MERGED, TOGETHER
from qpi_tui.screens.table_screen import TableScreen
from qpi_tui.terminal.textual_internals import modes_with_more

if TYPE_CHECKING:
    from qpi_tui.live.servers import ServersShell
    from qpi_tui.settings.config import Settings


class SeveralServers(LiveScreens):
    """An app that can have several servers open; mix it in before `App`. With one server nothing of it is loaded."""

    def open_servers(self, settings: Settings) -> None:
        """Prepare for the servers that the settings name."""
        if not settings.others:
            return
        from qpi_tui.live.servers import LiveSessions
        from qpi_tui.screens.merged import make_merged

        self.servers = LiveSessions(cast("ServersShell", self), (settings, *settings.others))
        self.settings = self.servers.all[0].settings
        for place in sorted(MERGED & registry().keys()):
            self.add_mode(f"{TOGETHER}{place}", partial(make_merged, registry()[place]))

    def servers_connected(self, *, first: bool) -> None:
        """Somebody signed in at the first server: sign in at the others, and show them all."""
        if self.servers is None:
            return
        self.run_worker(self.servers.open_others(), exit_on_error=False)
        if first and self.servers.together:
            self.server_changed()

    def park(self, settings: Settings) -> bool:
        """Keep this server's session, where several are open: that of these settings is next. Else False."""
        if self.servers is None:
            return False
        self.servers.park(settings)
        stale = self.servers.take_connection()
        if stale is not None:
            # Somebody signs in there anew.
            self.run_worker(stale.close(), exit_on_error=False)
        self.server_changed()
        return True

    def server_changed(self) -> None:
        """Another server is the current one, or all are shown, or no more: marks and open records are another's."""
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
        """Read again what shows all servers."""
        if self.current_mode.startswith(TOGETHER):
            self.poke_shown()

    def act_on(self, at: int, place: str, ids: Sequence[str], action: str, words: str = "") -> None:
        """Go to a server, to these records on one of its screens, and do this with them."""
        from qpi_tui.screens.list_screen import ListScreen

        if self.servers is None or not self.servers.show(at):
            return
        self.go_to(place, ids[0] if ids else "", words)
        there = self.screen
        if not isinstance(there, ListScreen) or self.current_place != place:
            return
        if len(ids) > 1:
            there.mark_once_read(ids)
        if action:
            there.do_once_read(action)
