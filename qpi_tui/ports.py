"""The narrow protocols that sign-in gets: it knows neither the app, a screen nor a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from qpi_client.early import EarlyRequests
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.session.connection import Connection
    from qpi_tui.settings.accounts import SignIn
    from qpi_tui.settings.config import Settings


class Notices(Protocol):
    """The notice line."""

    def say(self, parts: Sequence[Part]) -> None:
        """Show a sentence on the notice line, until the next one."""


class Background(Protocol):
    """Background tasks."""

    def run_worker(self, work: Any, *, exit_on_error: bool = True) -> Any:
        """Run this in the background."""

    def set_interval(self, interval: float, callback: Callable[[], Any]) -> Any:
        """Call this every so many seconds."""


class Pending(Protocol):
    """Changes without an answer."""

    @property
    def unanswered(self) -> list[str]:
        """Return the unknown outcomes, in sentences."""
        ...

    def forget(self) -> None:
        """The account that made the changes is signed out."""


class Exit(Protocol):
    """Quitting: keeps drafts, and waits for a change that is being sent."""

    @property
    def in_flight(self) -> bool:
        """Whether a change is being sent."""
        ...

    def keep(self) -> None:
        """Keep what is typed."""

    def forget(self) -> None:
        """Delete the drafts."""

    def leave(self) -> None:
        """End the console."""


class SigningIn(Protocol):
    """Sign-in and sign-out."""

    def ask(
        self,
        message: str,
        sign_in: SignIn | None = None,
        *,
        error: bool = True,
        settings: Settings | None = None,
        cause: Exception | None = None,
    ) -> None:
        """Open sign-in above the screen, once."""

    def refused(self, error: Exception, sign_in: SignIn, settings: Settings) -> None:
        """The automatic sign-in failed: ask, and say why."""

    async def sign_in_early(self, sign_in: SignIn, early: EarlyRequests | None) -> None:
        """Sign in with the preloaded answers."""

    async def signed_in(self, sign_in: SignIn, connection: Connection) -> None:
        """Signed in."""

    async def leave(self) -> None:
        """Signed out."""


class SignInShell(Notices, Background, Protocol):
    """What signing in, signing out and switching servers need from the console."""

    connection: Connection | None
    sign_in: SignIn
    settings: Settings
    started_with: Settings

    @property
    def sign_in_flow(self) -> SigningIn:
        """Sign-in and sign-out."""
        ...

    @property
    def leaving(self) -> Exit:
        """Quits the console."""
        ...

    @property
    def edits(self) -> Pending:
        """Changes without an answer."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether changes are disabled."""
        ...

    @property
    def occupied(self) -> bool:
        """Whether the user types or answers a dialog: nothing may open then."""
        ...

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether sign-in is open."""
        ...

    @property
    def undo_hint(self) -> str:
        """The key that undoes the last change; empty if there is none."""
        ...

    @property
    def early(self) -> EarlyRequests | None:
        """What has sent the sign-in already, before the console was loaded."""
        ...

    def connected(self, *, first: bool) -> None:
        """Somebody signed in: read again what is shown."""

    async def first_rows(self, patience: float) -> None:
        """Wait until what is shown was read and painted, so many seconds at most."""

    def follow(self, *, first: bool) -> None:
        """Follow the changes of the server that was signed in to, and do what else its rows do not need."""

    def disconnected(self) -> None:
        """Signed out: read nothing."""

    def repaint_frames(self) -> None:
        """Update the frame of the top screen."""

    def park(self, settings: Settings) -> bool:
        """Keep this server's session if several are open; the settings' server is next. Otherwise return False."""
        ...

    def ask_sign_in(
        self, sign_in: SignIn, message: str, *, error: bool, settings: Settings | None, cause: Exception | None
    ) -> None:
        """Open sign-in above the screen, once."""

    def ask_question(self, title: str, lines: Sequence[Sequence[Part]], confirm: str, then: Callable[[], None]) -> None:
        """Ask, and call `then` if the answer is yes."""

    def use_theme(self, name: str) -> None:
        """Set a theme of Textual, or one from a file."""

    def exit(self, result: int | None = None) -> None:
        """End the program with this exit code."""
