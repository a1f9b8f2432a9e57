"""The narrow protocols that the sign-in is given: it knows neither the app, a screen nor a terminal."""

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
        """Put a sentence on the notice line, until the next one."""


class Background(Protocol):
    """Work beside the keys."""

    def run_worker(self, work: Any, *, exit_on_error: bool = True) -> Any:
        """Run this in the background."""

    def set_interval(self, interval: float, callback: Callable[[], Any]) -> Any:
        """Call this each so many seconds."""


class Pending(Protocol):
    """Changes that have no answer yet."""

    @property
    def unanswered(self) -> list[str]:
        """What is not known yet, in sentences."""
        ...

    def forget(self) -> None:
        """Whoever made the changes is gone."""


class Exit(Protocol):
    """Leaving the console: drafts are kept, a change that is being sent is waited for."""

    @property
    def in_flight(self) -> bool:
        """Whether a change is being sent."""
        ...

    def keep(self) -> None:
        """Keep what is typed."""

    def forget(self) -> None:
        """Forget what was kept."""

    def leave(self) -> None:
        """End the console."""


class SigningIn(Protocol):
    """Signing in and out."""

    def ask(
        self,
        message: str,
        sign_in: SignIn | None = None,
        *,
        error: bool = True,
        settings: Settings | None = None,
        cause: Exception | None = None,
    ) -> None:
        """Open sign-in over the screen, once."""

    def refused(self, error: Exception, sign_in: SignIn, settings: Settings) -> None:
        """Signing in without asking failed: ask, and say why."""

    async def sign_in_early(self, sign_in: SignIn, early: EarlyRequests | None) -> None:
        """Sign in with what was asked before the client was loaded."""

    async def signed_in(self, sign_in: SignIn, connection: Connection) -> None:
        """Somebody signed in."""

    async def leave(self) -> None:
        """Nobody is signed in any more."""


class SignInShell(Notices, Background, Protocol):
    """What signing in, signing out and going to another server need of the console."""

    connection: Connection | None
    sign_in: SignIn
    settings: Settings
    started_with: Settings

    @property
    def sign_in_flow(self) -> SigningIn:
        """Signing in and out."""
        ...

    @property
    def leaving(self) -> Exit:
        """Leaving the console."""
        ...

    @property
    def edits(self) -> Pending:
        """Changes that have no answer yet."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed."""
        ...

    @property
    def occupied(self) -> bool:
        """Whether somebody types, or answers a dialog: nothing may open over that."""
        ...

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether sign-in is open."""
        ...

    @property
    def undo_hint(self) -> str:
        """The key that undoes the last change; empty where nothing can be undone."""
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
        """Nobody is signed in: read nothing."""

    def repaint_frames(self) -> None:
        """Show the frame of the screen on top again."""

    def park(self, settings: Settings) -> bool:
        """Keep this server's session, where several are open: that of these settings is next. Else False."""
        ...

    def ask_sign_in(
        self, sign_in: SignIn, message: str, *, error: bool, settings: Settings | None, cause: Exception | None
    ) -> None:
        """Open sign-in over the screen, once."""

    def ask_question(self, title: str, lines: Sequence[Sequence[Part]], confirm: str, then: Callable[[], None]) -> None:
        """Ask, and do `then` where the answer is yes."""

    def use_theme(self, name: str) -> None:
        """Use a theme of Textual, or one from a file."""

    def exit(self, result: int | None = None) -> None:
        """End the program with this exit code."""
