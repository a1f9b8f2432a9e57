"""Sign-in and sign-out: the initial sign-in, expired sessions, sign-out, another profile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qpi_tui import startup
from qpi_tui.domain import clock
from qpi_tui.domain.sanitize import clean
from qpi_tui.session.connection import Connection, connect, explain, sign_in_failed
from qpi_tui.session.preload import early_requests
from qpi_tui.session.sources import may_be_kept, unused_credentials
from qpi_tui.settings.accounts import Kind, SignIn

if TYPE_CHECKING:
    from qpi_client.early import EarlyRequests
    from qpi_tui.ports import SignInShell
    from qpi_tui.settings.config import Settings

_log = logging.getLogger(__name__)

# Seconds in which the first screen is read, or what comes later does not wait for it any longer.
PATIENCE = 1.0


class SignInFlow:
    """Signs accounts in and asks again. `signing_in` tells whether a sign-in is in progress."""

    def __init__(self, console: SignInShell) -> None:
        self._console = console
        self._found_over: Exception | None = None
        # The first frame says so already: to say it later costs a frame before the first rows.
        self.signing_in = console.sign_in.complete
        self._collects = False

    def open(self) -> None:
        """The console has started: sign in with the known credentials, or ask."""
        console = self._console
        if console.sign_in.complete:
            early = console.early or early_requests(console.settings)
            console.run_worker(self.sign_in_early(console.sign_in, early), exit_on_error=False)
        elif may_be_kept(console.sign_in):
            # The system's keyring is slow: use it after the first frame, in a thread.
            console.run_worker(self._resume(), exit_on_error=False)
        else:
            self.ask(unused_credentials(console.sign_in), error=False)
            console.run_worker(self._warm_up(), exit_on_error=False)

    async def sign_in_early(self, sign_in: SignIn, early: EarlyRequests | None) -> None:
        """Sign in by what is sent before the client is loaded."""
        if early is not None:
            # Not before the first frame: the two would slow each other down.
            early.start()
        await self.sign_in_with(sign_in, early)

    async def _warm_up(self, early: EarlyRequests | None = None) -> None:
        """Load the client; then turn garbage collection on, excluding the objects of the start."""
        if early is not None:
            # Here and not in a thread: the first rows wait for it, and two threads that compute take longer.
            startup.load_client()
        else:
            await asyncio.to_thread(startup.load_connections)
        if not self._collects:
            self._collects = True
            startup.resume_garbage_collection(self._console.set_interval)

    async def _resume(self) -> None:
        from qpi_tui.session.known_servers import resume

        await resume(self._console, self._console.sign_in)

    def switch_profile(self, name: str) -> None:
        """Switch to the server of another profile."""
        from qpi_tui.session.known_servers import switch

        console = self._console

        def go() -> None:
            console.run_worker(switch(console, name), exit_on_error=False)

        if console.edits.unanswered:
            self._ask_to_leave(f"Go to {clean(name, 120)}?", [], "Go there", go)
        else:
            go()

    async def sign_in_with(self, sign_in: SignIn, early: EarlyRequests | None = None) -> None:
        """Sign in, or ask for what is missing or wrong. `early` has asked the same server already."""
        console = self._console
        self.signing_in = True
        console.repaint_frames()
        try:
            await self._warm_up(early)
            transport = console.settings.transport
            connection = await connect(sign_in, read_only=console.read_only, early=early, **transport)
        except Exception as error:
            _log.debug("the sign-in failed", exc_info=True)
            if early is not None:
                early.stop()
            self.refused(error, sign_in, console.settings)
        else:
            await self.signed_in(sign_in, connection, early)
        finally:
            self.signing_in = False
            console.repaint_frames()

    async def signed_in(self, sign_in: SignIn, connection: Connection, early: EarlyRequests | None = None) -> None:
        """Signed in: read everything again with the account's permissions."""
        console = self._console
        old, console.connection = console.connection, connection
        self._found_over = None
        clock.follow(lambda: connection.client.clock_offset)
        if old is not None:
            await old.close()
        console.sign_in = sign_in.without_secrets()
        console.connected(first=old is None)
        if old is None:
            console.run_worker(self._follow(connection, early), exit_on_error=False)
        else:
            console.follow(first=False)
        if kept := sign_in.secret_for(Kind.SESSION, connection.client.base_url):
            console.run_worker(self._keep_renewed(sign_in, kept, connection), exit_on_error=False)

    async def _follow(self, connection: Connection, early: EarlyRequests | None) -> None:
        """Load and read what the first rows do not need, behind them."""
        console = self._console
        await console.first_rows(PATIENCE)
        await asyncio.to_thread(startup.load_connections)
        if early is not None:
            from qpi_tui.session.first_reads import remember_reads

            early.stop()
            await asyncio.to_thread(remember_reads, console.sign_in, console.settings.screen, early.reads)
        if connection is console.connection:
            console.follow(first=True)

    async def _keep_renewed(self, sign_in: SignIn, kept: str, connection: Connection) -> None:
        """Store renewed sessions for the next start."""
        from qpi_tui.session.session_store import keep_renewed

        def lasts() -> bool:
            return self._console.connection is connection

        await keep_renewed(sign_in.without_secrets(), kept, connection.client, lasts)

    def refused(self, error: Exception, sign_in: SignIn, settings: Settings) -> None:
        """The automatic sign-in failed: ask, and say why.

        A private certificate or a request for a second factor is shown immediately.
        """
        from qpi_client import CertificateMismatch, MFARequired

        cause = error if isinstance(error, (CertificateMismatch, MFARequired)) else None
        self.ask(sign_in_failed(error, sign_in.role), sign_in, settings=settings, cause=cause)

    def ask(
        self,
        message: str,
        sign_in: SignIn | None = None,
        *,
        error: bool = True,
        settings: Settings | None = None,
        cause: Exception | None = None,
    ) -> None:
        """Open sign-in above the screen, once. `settings`: another server's; `cause`: what the form asks about."""
        sign_in = sign_in or (settings.sign_in if settings is not None else self._console.sign_in)
        self._console.ask_sign_in(sign_in, message, error=error, settings=settings, cause=cause)

    def lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask again, above the current screen."""
        if not self._come_back("The user's session ended. You are back on your own account."):
            self.ask(explain(error))

    def _come_back(self, said: str = "") -> bool:
        """Return from a user's view to the administrator; False if there is none."""
        console = self._console
        if console.connection is None or console.connection.behind is None:
            return False
        from qpi_tui.session.impersonation import come_back

        console.run_worker(come_back(console, said), exit_on_error=False)
        return True

    def found_over(self, error: Exception) -> None:
        """A read found the session expired. Keys that the user is typing must not end up in the password field."""
        if self._console.asks_to_sign_in:
            return  # A late read; it does not concern the next session.
        if self._console.occupied:
            self._found_over = error
        else:
            self.lost(error)

    def typing_over(self) -> None:
        """The user stopped typing: do what waited for that."""
        error, self._found_over = self._found_over, None
        if error is not None:
            self.lost(error)

    async def leave(self) -> None:
        """Signed out; the data stays visible until the next sign-in."""
        console = self._console
        console.leaving.keep()
        connection, console.connection = console.connection, None
        console.edits.forget()
        console.disconnected()
        console.sign_in = console.sign_in.without_secrets()
        if connection is not None:
            await connection.close()

    def ask_sign_out(self) -> None:
        """Ask, then sign out."""
        console = self._console
        if self._come_back():
            return
        if console.connection is None:
            self.sign_out()
            return
        host = console.connection.client.base_url.split("://", 1)[-1]
        lines = ["The stored session is deleted. You need the password or token to sign in again."]
        if key := console.undo_hint:
            lines.append(f"The last change can still be undone ({key}), but not after you sign out.")
        self._ask_to_leave(f"Sign out of {clean(host, 120)}?", lines, "Sign out", self.sign_out)

    def ask_quit(self) -> None:
        """Leave the server; ask first while a change has no answer, unless it may arrive soon."""
        console = self._console
        if console.edits.unanswered and not console.leaving.in_flight:
            self._ask_to_leave("Leave?", [], "Leave", lambda: console.exit(0))
        else:
            console.leaving.leave()

    def _ask_to_leave(self, title: str, lines: Sequence[str], word: str, go: Callable[[], None]) -> None:
        unknown = self._console.edits.unanswered
        said = [[("▲ ", "$text-warning"), (line, "")] for line in unknown] + [[(line, "")] for line in lines]
        self._console.ask_question(title, said, word, go)

    def sign_out(self) -> None:
        """Delete the session and its stored copy, and open sign-in."""
        from qpi_tui.session.known_servers import forget

        console = self._console
        console.leaving.forget()
        console.run_worker(forget(console.sign_in), exit_on_error=False)
        console.run_worker(self.leave(), exit_on_error=False)
        self.ask("Signed out.", error=False)
        console.repaint_frames()
