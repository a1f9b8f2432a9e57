"""The edits' port to a command: the blocking client behind awaitable calls, sentences on standard error, no background.

Edits are coroutines. A command runs them without an event loop: each call of the client completes when it is awaited,
so a coroutine runs to its end in one step, and Ctrl+C interrupts it anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Hashable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from qpi_tui.cli.output import say
from qpi_tui.settings.accounts import Account

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient, QPIClient, RequestSeen
    from qpi_client.collection import Collection
    from qpi_tui.edits.audit_log import AuditLog
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome

T = TypeVar("T")


class CommandPort:
    """The port that `EditRunner` gets from a command."""

    def __init__(self, client: QPIClient, account: Account, taps: list[Callable[[RequestSeen], None]]) -> None:
        self.client = cast("AsyncQPIClient", Awaitable(client))
        self.account = account
        self._taps = taps

    @contextmanager
    def watching(self, saw: Callable[[str], None]) -> Iterator[None]:
        """Inside the context, call `saw` with the method of every request."""

        def tap(request: RequestSeen) -> None:
            saw(request.method)

        self._taps.append(tap)
        try:
            yield
        finally:
            self._taps.remove(tap)

    async def sleep(self, seconds: float) -> None:
        """Sleep; a command has nothing else to do."""
        time.sleep(seconds)  # noqa: ASYNC251  # no event loop

    def progress(self, sentence: str) -> None:
        """Print to standard error."""
        say(sentence)

    def session_lost(self, error: BaseException) -> None:
        """Do nothing: the sentence of the outcome says so."""

    def later(self, work: Coroutine[object, object, None]) -> None:
        """Do nothing: the next start checks it."""
        work.close()

    def settled(self, target: str, key: Hashable, outcome: Outcome) -> None:
        """Do nothing: a command settles nothing in the background."""


class Awaitable:
    """A blocking client, or a collection of one, with awaitable methods that complete immediately."""

    def __init__(self, client: QPIClient | Collection[Any]) -> None:
        self._client = client

    def collection(self, name: str) -> Awaitable:
        """Return a collection, wrapped likewise."""
        return Awaitable(cast("QPIClient", self._client).collection(name))

    def __getattr__(self, name: str) -> Any:
        """Return a client method as a coroutine function, and any other attribute unchanged."""
        found = getattr(self._client, name)
        if not callable(found):
            return found

        async def call(*args: Any, **options: Any) -> Any:
            return found(*args, **options)

        return call


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that waits for nothing.

    Raises:
        RuntimeError: It awaited something that needs an event loop.
    """
    try:
        work.send(None)
    except StopIteration as over:
        return cast("T", over.value)
    work.close()
    raise RuntimeError("An edit awaited something that a command does not have.")


def make(port: CommandPort, log: AuditLog, edit: Edit, *, batch: str = "") -> Outcome:
    """Make a change, and return the outcome."""
    from qpi_tui.edits.runner import EditRunner

    return run(EditRunner(port, log).make(edit, batch=batch))


def check_last_run(port: CommandPort, log: AuditLog) -> None:
    """Check the open changes of an earlier run of this account, complete the log, and print the outcomes."""
    from qpi_tui.edits.audit_log import open_intents

    if log.path is None or not open_intents(log.path, port.account):
        return
    from qpi_tui.edits.recovery import recover, summary
    from qpi_tui.edits.runner import EditRunner

    entries = run(recover(port, log, EditRunner(port, log)))
    if entries:
        say(summary(entries))
        for entry in entries if len(entries) > 1 else ():
            say(f"  {'✓' if entry.ok else '✗'} {entry.action} {entry.target}: {entry.outcome}")
