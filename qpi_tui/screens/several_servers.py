"""Several servers in one console: the current one, and the screens that show all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.await_complete import AwaitComplete
from textual.content import Content

from qpi_tui.resources import registry
from qpi_tui.screens.live_screens import LiveScreens
from qpi_tui.screens.navigation import MERGED, TOGETHER
from qpi_tui.screens.table_screen import TableScreen

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from qpi_tui.live.servers import ServersShell
    from qpi_tui.screens.list_screen import ListScreen
    from qpi_tui.screens.server_rounds import RoundsShell, ServerRounds
    from qpi_tui.settings.config import Settings


class SeveralServers(LiveScreens):
    """An app with several servers. Mix it in before `App`. With one server nothing of it is loaded."""

    # The action under way on marks of several servers.
    rounds: ServerRounds | None = None

    def open_servers(self, settings: Settings) -> None:
        """Prepare for the servers in the settings."""
        if not settings.others:
            return
        from qpi_tui.live.servers import LiveSessions
        from qpi_tui.screens.merged_lists import make_merged

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
            self._show_server()

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
        """The current server changed: marks, open records and the notice belong to the old one."""
        self.notice_line = Content("")
        self._show_server()

    def _show_server(self) -> None:
        """Show the screen of the current server, or of all."""
        place = self.current_place or "overview"
        self.close_opened()
        for screen in self.console_screens():
            if isinstance(screen, TableScreen) and screen.is_mounted:
                screen.table.set_marks(())
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
        self._stop_rounds()
        if self.servers is None or not self.servers.show(at):
            return
        self.go_to(place, ids[0] if ids else "", words)
        there = self.list_at(place)
        if there is None:
            return
        if len(ids) > 1:
            there.act_once_read(ids, action)
        elif action and ids:
            there.do_with(ids[0], action)
        elif action:
            there.do_once_read(action)

    def list_at(self, place: str) -> ListScreen[Any] | None:
        """Return the list of this place, if it is the top screen."""
        from qpi_tui.screens.list_screen import ListScreen

        there = self.screen
        return there if isinstance(there, ListScreen) and self.current_place == place else None

    # -- marks on several servers: one server after the other ----------------------------------------------------------

    def act_on_each(self, place: str, wanted: Sequence[tuple[int, Sequence[str]]], action: str) -> None:
        """Do this at one server after the other: each asks by itself, the next one when it is done.

        `wanted`: the number of each server with the ids of its records.
        """
        from qpi_tui.screens.server_rounds import ServerRounds

        self._stop_rounds()
        if self.servers is not None:
            self.rounds = ServerRounds(cast("RoundsShell", self), self.servers, place, action)
            self.run_worker(self.rounds.run(wanted), group="rounds", exclusive=True, exit_on_error=False)

    def _stop_rounds(self) -> None:
        """Something else is done: what is left of the last action on several servers is not."""
        if self.rounds is not None:
            self.rounds = None
            self.workers.cancel_group(self, "rounds")

    def push_screen(self, screen: Any, callback: Any = None, *args: Any, **options: Any) -> Any:
        """A dialog of an action on several servers: its answer says whether the action is done."""
        if (rounds := self.rounds) is not None:
            from qpi_tui.screens.server_rounds import asks

            if asks(screen):
                callback = partial(_tell_answer, rounds, callback)
        return super().push_screen(screen, callback, *args, **options)

    def pop_screen(self) -> AwaitComplete:
        """What was opened is closed: of what is done at several servers the next may follow."""
        closing = super().pop_screen()
        if self.rounds is not None:
            self.rounds.moved(closed=True)
        return closing

    def switch_mode(self, mode: str) -> AwaitMount:
        """Another screen is shown: an action on several servers ends if it is not its own."""
        switching = super().switch_mode(mode)
        if self.rounds is not None:
            self.rounds.moved()
        return switching


def _tell_answer(rounds: ServerRounds, then: Callable[[Any], object] | None, answer: Any) -> object:
    """Tell an action on several servers whether its dialog was confirmed, then go on as without it."""
    rounds.answered(yes=bool(answer))
    return then(answer) if then is not None else None
