"""The interface that edits use: independent of the app, screens and terminals."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Hashable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.settings.accounts import Account


class EditPort(Protocol):
    """The services that an edit needs from the console or a command."""

    @property
    def account(self) -> Account:
        """The signed-in account and its server."""
        ...

    @property
    def client(self) -> AsyncQPIClient:
        """The client of who is signed in, taken anew for each request: somebody may have signed in again."""
        ...

    def watching(self, saw: Callable[[str], None]) -> AbstractContextManager[None]:
        """While it is entered, `saw` hears the method of every request that is sent."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def progress(self, sentence: str) -> None:
        """Show how far a change is."""
        ...

    def session_lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask for it again."""
        ...

    def later(self, work: Coroutine[object, object, None]) -> None:
        """Run this in the background; where there is none, drop it."""
        ...

    def settled(self, target: str, key: Hashable, outcome: Outcome) -> None:
        """An outcome that was not known is known now: tell the person, and the dialog that waits for it."""
        ...
