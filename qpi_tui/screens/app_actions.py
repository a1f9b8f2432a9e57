"""Actions that work on every screen: each `app.verb` of the registry runs `do_verb`."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.screens.human_input import HumanInput
from qpi_tui.screens.several_servers import SeveralServers
from qpi_tui.terminal.driver import TerminalInput
from qpi_tui.terminal.writer import QuietFrames

if TYPE_CHECKING:
    from qpi_tui.screens.leaving import Leaving
    from qpi_tui.screens.shell import EditingShell


class AppActions(SeveralServers, HumanInput, QuietFrames, TerminalInput):
    """An app with the actions of every screen. Mix it in before `App`."""

    if TYPE_CHECKING:

        @property
        def leaving(self) -> Leaving: ...  # noqa: D102

    def use_theme(self, name: str) -> None:
        """Return a theme of Textual, or one from a file; raise `ThemeError` for an unknown name."""
        if name:
            from qpi_tui.settings.themes import find_theme

            self.register_theme(find_theme(name))
            self.theme = name

    @cached_property
    def recent(self) -> list[str]:
        """The recent choices in the palette, by id, newest first."""
        return []

    @cached_property
    def switched(self) -> dict[str, object]:
        """The settings changed from the palette."""
        return {}

    def use_keyset(self, name: str) -> list[str]:
        """Use a key set with the configured keys; return a sentence for each conflict."""
        from qpi_tui.actions import Keys
        from qpi_tui.settings.keymap import KEYSETS, clashes

        before = KEYSETS[self.settings.keyset]
        own = {id: keys for id, keys in self.settings.keys.items() if before.get(id) != keys}
        keys = {**KEYSETS[name], **own}
        if found := clashes(keys):
            return found
        self.settings = replace(self.settings, keyset=name, keys=keys)
        self.keys = Keys(keys)
        self.set_keymap(self.keys.keymap())
        self.repaint_frames()
        return []

    def use_refresh(self, seconds: float) -> None:
        """Set the refresh interval without change events."""
        self.settings = replace(self.settings, refresh=seconds)
        self.poke_shown()
        self.repaint_frames()

    def action_quit_now(self) -> None:
        """Quit; ask first if something is typed."""
        self.leaving.interrupt()

    def do_sign_out(self) -> None:
        """Ask, then delete the session and its stored copy, and open sign-in."""
        self.sign_in_flow.ask_sign_out()

    def do_server(self) -> None:
        """Go to the next server; after the last one, to all."""
        if self.servers is None:
            self.remark("Only one server is open. `qpi-tui --profile a,b` opens several.")
        else:
            self.servers.next()

    def do_account(self) -> None:
        """Change your password or name, or verify the address."""
        from qpi_tui.screens.account import ask_account

        ask_account(cast("EditingShell", self))

    def action_suspend(self) -> None:
        """Suspend the console, whatever has the focus."""
        self.do_suspend()

    def do_suspend(self) -> None:
        """Restore the terminal and stop; `fg` in the shell resumes."""
        if not self.stop_for_shell():
            self.remark("Cannot suspend: qpi-tui was not started from a shell with job control.")

    def terminal_gone(self) -> None:
        """The terminal hung up: leave, and drop pending keys."""
        if not self.hung_up:
            os.kill(os.getpid(), signal.SIGHUP)

    def action_redraw(self) -> None:
        """Redraw the screen, whatever has the focus."""
        self.do_redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ignore an action whose configured key is a letter while the user types."""
        if action in {"redraw", "suspend"} and any(len(key) == 1 for key in self.keys.of(f"app.{action}")):
            return not self.typing
        return super().check_action(action, parameters)

    def do_quit(self) -> None:
        """Quit; ask first while the outcome of a change is unknown."""
        self.sign_in_flow.ask_quit()

    def do_help(self) -> None:
        """Keys for this screen."""
        if isinstance(self.screen, ConsoleScreen):
            self.screen.ask_help()

    def do_dismiss(self) -> None:
        """Dismiss the shown announcement."""
        self.announcements.dismiss_first()

    def do_palette(self) -> None:
        """Find an action by name, or a QPU, a user or a job."""
        from qpi_tui.screens.palette import open_palette

        if isinstance(self.screen, ConsoleScreen):
            open_palette(self.screen)

    def do_redraw(self) -> None:
        """Redraw the whole screen."""
        self.forget_frames()
        self.refresh(layout=True)
