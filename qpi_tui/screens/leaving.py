"""Quit the console: keep typed text, wait for a change that is being sent, and let neither delay it for long.

The next start checks changes without an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from qpi_tui.files.drafts import Drafts, keep_drafts, load_drafts
from qpi_tui.files.paths import drafts_file
from qpi_tui.widgets.dialogs import Dialog, Question

if TYPE_CHECKING:
    from pathlib import Path

    from qpi_tui.screens.shell import Shell

# Seconds to wait for a change that is being sent.
PATIENCE = 2.0


class Leaving:
    """Ends the console."""

    def __init__(self, console: Shell) -> None:
        self._console = console
        self._question: Question | None = None
        self._waiting = False
        self._sending = 0
        self._answered = asyncio.Event()

    @property
    def in_flight(self) -> bool:
        """Whether a change is being sent."""
        return self._sending > 0

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Inside the context, a change is being sent."""
        self._sending += 1
        self._answered.clear()
        try:
            yield
        finally:
            self._sending -= 1
            if not self._sending:
                self._answered.set()

    @property
    def _path(self) -> Path | None:
        path = self._console.audit_log.path
        return drafts_file(path) if path is not None else None

    def interrupt(self) -> None:
        """Ctrl+C: ask once if text is typed; pressed again, quit in any case."""
        asked = self._question is not None and self._question in self._console.screen_stack
        if not asked and not self._waiting and any(dialog.typed for dialog in self._dialogs()):
            lines = [[("What you typed is kept as a draft. Passwords are not.", "")]]
            self._question = Question("Leave?", lines, confirm="Leave")
            self._console.push_screen(self._question, lambda yes: self.leave() if yes else None)
        elif self._waiting:
            self._console.exit(0)
        else:
            self.leave()

    def leave(self) -> None:
        """Quit, after waiting for a change that is being sent."""
        if not self.in_flight:
            self._console.exit(0)
            return
        self._waiting = True
        self._console.run_worker(self._wait(), exit_on_error=False)
        self._console.edit_port.progress(f"A change is being sent. Waiting up to {PATIENCE:.0f} s…")

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._answered.wait()
        self._console.exit(0)

    # -- drafts ------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """A user signed in: restore their drafts."""
        if self._path is not None:
            drafts: Drafts = load_drafts(self._path, str(self._console.edit_port.account))
            for form, fields in drafts.items():
                self._console.drafts.setdefault(form, fields)

    def keep(self) -> None:
        """Store typed text, of open forms too."""
        for dialog in self._dialogs():
            dialog.keep_draft()
        if self._path is not None and self._console.connection is not None:
            keep_drafts(self._path, str(self._console.edit_port.account), self._console.drafts)

    def forget(self) -> None:
        """Signing out deletes the drafts."""
        self._console.drafts.clear()
        if self._path is not None and self._console.connection is not None:
            keep_drafts(self._path, str(self._console.edit_port.account), {})

    def _dialogs(self) -> list[Dialog[object]]:
        return [screen for screen in self._console.screen_stack if isinstance(screen, Dialog)]
