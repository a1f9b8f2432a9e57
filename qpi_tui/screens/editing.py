"""The edits' port to the console: connection, progress, outcomes, background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from qpi_tui.domain.roles import Role
from qpi_tui.domain.sanitize import clean
from qpi_tui.edits.outcome import Done
from qpi_tui.settings.accounts import Account, server_of
from qpi_tui.widgets.dialogs import Dialog, Question

if TYPE_CHECKING:
    from qpi_client import AsyncQPIClient
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.edits.edit import Edit
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.screens.shell import EditingShell


class ConsolePort:
    """The port that `EditRunner` gets from the console."""

    def __init__(self, app: EditingShell) -> None:
        self._app = app

    @property
    def account(self) -> Account:
        """The account and server."""
        connection = self._app.connection
        if connection is None:
            return Account("", Role.USER)
        return Account(server_of(connection.client.base_url), connection.role, connection.identity)

    @property
    def client(self) -> AsyncQPIClient:
        """The client of the current connection."""
        if self._app.connection is None:
            raise ValueError("Nobody is signed in.")
        return self._app.connection.client

    @contextmanager
    def watching(self, saw: Callable[[str], None]) -> Iterator[None]:
        """Inside the context, call `saw` with the method of every request."""
        connection = self._app.connection

        def seen(method: str, url: str) -> None:
            saw(method)

        if connection is not None:
            connection.watchers.add(seen)
        try:
            yield
        finally:
            if connection is not None:
                connection.watchers.discard(seen)

    async def sleep(self, seconds: float) -> None:
        """Sleep while the console continues."""
        await asyncio.sleep(seconds)

    def progress(self, sentence: str) -> None:
        """Show progress in the waiting dialog, otherwise on the notice line."""
        top = self._app.screen
        # A dialog that is just opening has no line for it yet.
        if isinstance(top, Dialog) and top.is_mounted:
            top.progress(sentence)
        else:
            self._app.say([("… ", "$text-muted"), (sentence, "")])

    def session_lost(self, error: BaseException) -> None:
        """Ask for the password again, above the current screen."""
        self._app.session_lost(error)

    def later(self, work: Coroutine[object, object, None]) -> None:
        """Start a worker of the app."""
        self._app.run_worker(work, exit_on_error=False)

    def settled(self, target: str, key: Hashable, outcome: Outcome) -> None:
        """Show it on the notice line; a dialog that still says "unknown" would invite a second attempt."""
        self._app.say_outcome(target, outcome, late=True)
        for dialog in [each for each in self._app.screen_stack if isinstance(each, Dialog)]:
            dialog.settled(key, outcome)


def undo_last(app: EditingShell) -> None:
    """Ask, then undo the last change; it stays undoable if the answer is no."""
    edits = app.undo.take()
    if not edits:
        app.say([("▲ ", "$text-warning"), ("Nothing to undo.", "")])
        return

    def answered(yes: bool | None) -> None:
        if yes:
            app.run_worker(_undo(app, edits), exit_on_error=False)
        else:
            app.undo.offer(edits)

    one = len(edits) == 1
    title = f"Undo the change of {clean(edits[0].target, 120)}?" if one else f"Undo {len(edits)} changes?"
    lines: list[list[Part]] = [
        [(clean(edit.target, 120), "bold"), (f"  {edit.offer}" if edit.offer != "undo" else "", "")] for edit in edits
    ]
    app.push_screen(Question(title, lines, confirm="Undo", careful=not one), answered)


async def _undo(app: EditingShell, edits: Sequence[Edit]) -> None:
    failed = []
    account = app.edit_port.account
    for edit in edits:
        if app.edit_port.account != account:
            # Elsewhere they would change something else.
            app.say([("▲ ", "$text-warning"), ("The rest is not undone: another server was chosen.", "")])
            return
        outcome = await app.make(edit, action="app.undo")
        if isinstance(outcome, Done):
            # An undo cannot be undone: the key would toggle endlessly.
            outcome = replace(outcome, undo=None)
        else:
            failed.append(edit)
        app.say_outcome(edit.target, outcome, again=edit)
    if len(edits) > 1:
        said = f"{len(edits) - len(failed)} undone" + (f", {len(failed)} not" if failed else "")
        # A failed undo can be tried again.
        app.say_undo([(said, "bold")], failed)
    app.poke_shown()


async def check_last_run(app: EditingShell, port: ConsolePort) -> None:
    """Check the open changes of an earlier run of this account, and report the outcome."""
    from qpi_tui.edits.recovery import recover, summary

    entries = await recover(port, app.audit_log, app.edits)
    if entries:
        good = all(entry.ok for entry in entries)
        mark = ("✓ ", "$text-success") if good else ("▲ ", "$text-warning")
        app.say([mark, (summary(entries), "")])
        app.poke_shown()
