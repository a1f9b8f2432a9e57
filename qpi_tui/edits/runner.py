"""Making a change and knowing what came of it, also when the answer never arrives.

A change whose answer was lost is looked for on the server: at once, then in the background until that is settled. The
same change tried again is looked for first, and sent only when it is not there: nothing is done twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qpi_tui.edits.outcome import Outcome
from qpi_tui.session.connection import explain, session_over
from qpi_tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from qpi_tui.app import Console

# Seconds before each of the looks that the person waits for, then between those in the background.
FIRST_LOOKS = (0.3, 1.0)
LATER = 5.0
# An attempt that could not be settled in this time is left to the person, in seconds.
GIVE_UP = 600.0
# A request that timed out may still be under way: what would count twice is not sent again within this time.
HOLD = 120.0
CHECKING = "sent, answer unknown: checking…"


class Unclear(Exception):
    """What is there now fits neither "done" nor "not done"; the message says what is there."""


class Verification(NamedTuple):
    """How to find out whether a change was made.

    `key`: what is the same change when it is tried again. `see` reads the server: a sentence that says what is so now
    where the change is there, None where it is not, `Unclear` where nobody can tell. `before` is awaited before
    anything is sent, to note what `see` compares with; what it raises is a reason not to send. `once`: made twice it
    would count twice.
    """

    key: Hashable
    see: Callable[[], Awaitable[str | None]]
    before: Callable[[], Awaitable[None]] | None = None
    once: bool = False


@dataclass
class Unsettled:
    """A change that was sent and is not answered for: how to look, since when, until when it is not sent again."""

    look: Verification
    began: float
    held_until: float = 0.0


class EditRunner:
    """Every change of the console passes here: it is tried, looked for if need be, and written into the journal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open: dict[Hashable, Unsettled] = {}
        self._under_way = 0

    @property
    def unanswered(self) -> list[str]:
        """What is not known yet, in sentences: nobody learns it who leaves now."""
        said = []
        if self._under_way:
            said.append("A change is under way: what comes of it would not be said.")
        if lost := len(self._open) - min(self._under_way, len(self._open)):
            what = "A change was" if lost == 1 else f"{lost} changes were"
            said.append(f"{what} sent without an answer so far: it would not be looked for any longer.")
        return said

    def forget(self) -> None:
        """Whoever made the changes is gone: they are not looked for as somebody else."""
        self._open.clear()

    async def make(self, id: str, who: str, call: Awaitable[str], look: Verification | None) -> Outcome:
        """Make a change and say what came of it."""
        self._under_way += 1
        try:
            outcome = await self._made(id, who, call, look)
        finally:
            self._under_way -= 1
        self._note(id, who, outcome)
        return outcome

    async def _made(self, id: str, who: str, call: Awaitable[str], look: Verification | None) -> Outcome:
        if look is not None:
            known = await self._known(look)
            if known is not None:
                _drop(call)
                return known
        asked: set[str] = set()
        connection = self._console.connection

        def saw(method: str, url: str) -> None:
            asked.add(method)

        if connection is not None:
            connection.watchers.add(saw)
        try:
            return Outcome(True, await call)
        except Exception as error:
            if session_over(error):
                self._console.entrance.lost(error)
                return Outcome(False, f"{explain(error)} Nothing was changed; after that it can be tried again.")
            if look is None or not answer_lost(error):
                return Outcome(False, explain(error))
            if asked == {"GET"}:
                # It was lost while something was read that comes before the change.
                return Outcome(False, f"Not sent. {explain(error)}")
            return await self._settle(id, who, look, error)
        finally:
            if connection is not None:
                connection.watchers.discard(saw)

    async def _known(self, look: Verification) -> Outcome | None:
        """What must be said before anything is sent: an earlier try that arrived, or a reason not to send."""
        earlier = self._open.get(look.key)
        try:
            if earlier is not None and time.monotonic() - earlier.began < GIVE_UP:
                self._progress("an earlier try had no answer: checking first…")
                said = await earlier.look.see()
                if said is not None:
                    self._open.pop(look.key, None)
                    return Outcome(True, f"{said} (the first try had arrived)")
                left = earlier.held_until - time.monotonic()
                if left > 0:
                    return Outcome(
                        False,
                        f"Not sent again: the first try may still arrive. It is looked for, for {left:.0f} s more.",
                    )
            elif look.before is not None:
                await look.before()
        except Unclear as unclear:
            self._open.pop(look.key, None)
            return Outcome(False, f"Not sent: {unclear}")
        except Exception as error:
            if session_over(error):
                self._console.entrance.lost(error)
            return Outcome(False, f"Not sent. {explain(error)}")
        return None

    async def _settle(self, id: str, who: str, look: Verification, error: Exception) -> Outcome:
        """An answer was lost: look whether the change is there."""
        self._progress(CHECKING)
        open = self._open.setdefault(look.key, Unsettled(look, time.monotonic()))
        if look.once and timed_out(error):
            open.held_until = time.monotonic() + HOLD
        seen, problem = False, error
        for pause in FIRST_LOOKS:
            await asyncio.sleep(pause)
            try:
                said = await look.see()
            except Unclear as unclear:
                self._open.pop(look.key, None)
                return Outcome(False, f"The answer was lost; {unclear}")
            except Exception as again:
                problem = again
                if session_over(again):
                    self._console.entrance.lost(again)
                    break
                continue
            seen = True
            if said is not None:
                self._open.pop(look.key, None)
                return Outcome(True, f"{said} (the answer was lost; checked)")
        if seen and open.held_until:
            said = "Sent, no answer yet: it is not there, but may still come. It is looked for and said here."
        elif not seen:
            said = f"Sent, but the answer was lost: it will be checked and said here. {explain(problem)}"
        else:
            return Outcome(False, "Not done: the answer was lost, and it is not there. It can be tried again.")
        self._console.run_worker(self._keep_looking(id, who, look), exit_on_error=False)
        return Outcome(False, said, sought=look.key)

    async def _keep_looking(self, id: str, who: str, look: Verification) -> None:
        """Look in the background until it is settled; then say it."""
        while (open := self._open.get(look.key)) and time.monotonic() - open.began < GIVE_UP:
            await asyncio.sleep(LATER)
            if self._open.get(look.key) is not open:
                return
            try:
                said = await look.see()
            except Unclear as unclear:
                outcome = Outcome(False, f"The answer was lost; {unclear}")
            except Exception:  # noqa: S112  # the feeds say what is wrong with the server; this goes on asking
                continue
            else:
                if said is None and time.monotonic() < open.held_until:
                    continue
                outcome = Outcome(said is not None, f"{said or 'was not done: it can be tried again'} (checked)")
            if self._open.pop(look.key, None) is not None:
                self._note(id, who, outcome)
                self._console.say_outcome(who, outcome, late=True)
                # A dialog that still says "not known" would have it made a second time.
                for dialog in [each for each in self._console.screen_stack if isinstance(each, Dialog)]:
                    dialog.settled(look.key, outcome)
            return

    def _note(self, id: str, who: str, outcome: Outcome) -> None:
        connection = self._console.connection
        self._console.journal.add(connection.identity if connection else "", id, who, outcome.ok, outcome.said)

    def _progress(self, sentence: str) -> None:
        top = self._console.screen
        if isinstance(top, Dialog):
            top.progress(sentence)
        else:
            self._console.say([("… ", "$text-muted"), (sentence, "")])


def answer_lost(error: BaseException) -> bool:
    """Whether a change may have been made although no good answer came."""
    from qpi_client import errors as e

    if isinstance(error, (e.ConnectFailed, e.CertificateMismatch)):
        return False
    return isinstance(error, (e.TransportError, e.ServerError))


def timed_out(error: BaseException) -> bool:
    """Whether nobody knows if the request is still under way: no answer in time, or a gateway that waited in vain."""
    from qpi_client import errors as e

    if isinstance(error, e.SubmitUncertain):
        return error.__cause__ is not None and timed_out(error.__cause__)
    return isinstance(error, e.TimedOut) or (isinstance(error, e.ServerError) and error.status == 504)


def _drop(call: Awaitable[str]) -> None:
    if isinstance(call, Coroutine):
        call.close()
