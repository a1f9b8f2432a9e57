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
        """The client of the signed-in account, looked up for each request: the session may be a new one."""
        ...

    def watching(self, saw: Callable[[str], None]) -> AbstractContextManager[None]:
        """Inside the context, call `saw` with the method of every request."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        ...

    def progress(self, sentence: str) -> None:
        """Show the progress of a change."""
        ...

    def session_lost(self, error: BaseException) -> None:
        """The server no longer knows the session: ask to sign in again."""
        ...

    def later(self, work: Coroutine[object, object, None]) -> None:
        """Run this in the background, if there is one."""
        ...

    def settled(self, target: str, key: Hashable, outcome: Outcome) -> None:
        """An unknown outcome is now known: tell the user, and the dialog that waits for it."""
        ...
