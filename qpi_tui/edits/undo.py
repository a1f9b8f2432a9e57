"""Taking back the last change: what would undo it is kept for ten seconds, and offered once."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from qpi_tui.app import Console
    from qpi_tui.edits.runner import Verification

SECONDS = 10.0


class Back(NamedTuple):
    """The way back from one change: whom it concerned, and the call that undoes it and says what is so then.

    `look` finds out whether it was undone where the answer is lost.
    """

    who: str
    call: Callable[[], Awaitable[str]]
    look: Verification


class Undo:
    """Holds the ways back from the last change, for `SECONDS` after it was made."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._backs: tuple[Back, ...] = ()
        self._until = float("-inf")

    def offer(self, backs: Sequence[Back]) -> None:
        """These undo what was just done; nothing before it can be undone any more."""
        self._backs = tuple(backs)
        self._until = self._clock() + SECONDS

    @property
    def open(self) -> bool:
        """Whether there is something that can still be undone."""
        return bool(self._backs) and self._clock() < self._until

    def take(self) -> tuple[Back, ...]:
        """The ways back, once; nothing when it is too late."""
        backs = self._backs if self.open else ()
        self._backs = ()
        return backs


def undo_all(console: Console) -> None:
    """Begin to take the last change back, or say that there is nothing to take back."""
    backs = console.undo.take()
    if not backs:
        console.say([("▲ ", "$text-warning"), ("There is nothing to undo: a change can be taken back for 10 s.", "")])
        return
    console.run_worker(_go_back(console, backs), exit_on_error=False)


async def _go_back(console: Console, backs: tuple[Back, ...]) -> None:
    failed = []
    for back in backs:
        outcome = await console.attempt("app.undo", back.who, back.call(), back.look)
        if not outcome.ok:
            failed.append(back)
            # What is not undone can be tried again.
            outcome = replace(outcome, back=back)
        console.say_outcome(back.who, outcome)
    if len(backs) > 1:
        said = f"{len(backs) - len(failed)} taken back" + (f", {len(failed)} could not be" if failed else "")
        console.say_undo([(said, "bold")], failed)
    for screen in console.console_screens():
        if screen in console.screen_stack:
            screen.feed.poke()
