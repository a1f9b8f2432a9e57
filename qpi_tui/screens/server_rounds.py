"""An action on marks of several servers: one server after the other, each asking by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from qpi_tui.actions import ACTIONS
from qpi_tui.screens.shell import EditingShell
from qpi_tui.widgets.dialogs import Dialog, Reader
from qpi_tui.widgets.handout import Handout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.worker import Worker

    from qpi_tui.domain.styled_text import Part
    from qpi_tui.edits.outcome import Outcome
    from qpi_tui.live.servers import LiveSessions
    from qpi_tui.screens.list_screen import ListScreen


class RoundsShell(EditingShell, Protocol):
    """What an action on several servers needs from the console."""

    rounds: ServerRounds | None

    @property
    def workers(self) -> Iterable[Worker[Any]]:
        """The workers."""
        ...

    def list_at(self, place: str) -> ListScreen[Any] | None:
        """Return the list of this place, if it is the top screen."""
        ...

    def server_changed(self) -> None:
        """The current server changed."""


class Told(NamedTuple):
    """What was done at a server, and whether the next one follows."""

    words: str
    go_on: bool


class ServerRounds:
    """Runs an action at one server after the other, and tells what was done at which.

    `outcomes` are those of the changes at the current server. The console calls `moved` when a screen was closed or
    another one is shown.
    """

    def __init__(self, console: RoundsShell, servers: LiveSessions, place: str, action: str) -> None:
        self._console = console
        self._servers = servers
        self._place = place
        self._action = action
        self._at = -1
        self._closed = 0
        # The answer to the last dialog that asked; None without one.
        self._yes: bool | None = None
        self._moved = asyncio.Event()
        self.outcomes: list[Outcome] = []

    def moved(self, *, closed: bool = False) -> None:
        """A screen was closed, or another one is shown."""
        self._closed += closed
        self._moved.set()

    def answered(self, *, yes: bool) -> None:
        """A dialog that asks was confirmed, or closed without an answer."""
        self._yes = yes

    async def run(self, wanted: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Go to each server and do it there. Stop where the answer is no, a change fails, or the user goes elsewhere.

        `wanted`: the number of each server with the ids of its records.
        """
        told: list[str] = []
        left = [self._servers.all[at].name for at, _ in wanted]
        whole = True
        for at, ids in wanted:
            words, whole = await self._at_server(at, ids)
            told.append(f"{left.pop(0)}: {words}")
            if not whole:
                break
        self._console.rounds = None
        elsewhere = not self._is_there
        if whole:
            self._servers.together = True
            self._console.server_changed()
        told += [f"{name}: not begun" for name in left]
        mark: Part = ("✓ ", "$text-success") if whole else ("▲ ", "$text-warning")
        said = "" if whole else "Stopped. "
        # The last server's change can still be undone.
        undo = self._console.undo.take() if whole and not elsewhere else []
        parts: list[Part] = [mark, (f"{said}{' · '.join(told)}", "")]
        self._console.say_undo(parts, undo)
        self._console.let_pass(parts)

    @property
    def _is_there(self) -> bool:
        """Whether the server and the screen are still those of the action."""
        servers = self._servers
        return servers.at == self._at and not servers.together and self._console.current_place == self._place

    async def _at_server(self, at: int, ids: Sequence[str]) -> Told:
        self._at = at
        if not self._servers.show(at):
            return Told("not signed in", go_on=False)
        self._console.go_to(self._place, ids[0])
        there = self._console.list_at(self._place)
        if there is None:
            return Told("not shown there", go_on=False)
        marked: list[frozenset[str]] = []
        before: set[Worker[Any]] = set()

        def begin(found: frozenset[str]) -> None:
            self._closed, self._yes = 0, None
            self.outcomes.clear()
            before.update(self._console.workers)
            if found:
                there.action_do(self._action)
            marked.append(found)
            self.moved()

        there.mark_once_read(ids, begin)
        if not await self._until(lambda: bool(marked)):
            return Told("stopped", go_on=False)
        found = self._told(settled=await self._settled(there, before))
        missing = len(ids) - len(marked[0])
        return Told(f"{found.words}, {missing:,} not found", found.go_on) if missing else found

    def _told(self, *, settled: bool) -> Told:
        done = sum(outcome.ok for outcome in self.outcomes)
        if failed := len(self.outcomes) - done:
            return Told(f"{done:,} done, {failed:,} failed", go_on=False)
        if done:
            return Told(f"{done:,} done", go_on=settled)
        if not settled:
            return Told("stopped", go_on=False)
        if not self._closed:
            return Told("nothing to do", go_on=True)
        # What changes nothing has no outcome: whether it was done, only the answer says.
        if ACTIONS[self._action].changes or self._yes is False:
            return Told("nothing done", go_on=False)
        return Told("done", go_on=True)

    async def _until(self, ready: Callable[[], bool]) -> bool:
        """Wait until this is so; return False if the user went elsewhere."""
        while not ready():
            if not self._is_there:
                return False
            self._moved.clear()
            await self._moved.wait()
        return self._is_there

    async def _settled(self, there: ListScreen[Any], before: set[Worker[Any]]) -> bool:
        """Wait until every dialog of the action is closed and its work is done; False if the user went elsewhere."""
        while await self._until(lambda: self._console.screen is there):
            # What a closed dialog leads to is begun before this: the next dialog, or work that ends with one.
            for pump in (there, self._console):
                begun = asyncio.Event()
                pump.call_later(begun.set)
                await begun.wait()
            work = [each for each in self._console.workers if each.node is there and each not in before]
            if work := [each for each in work if not each.is_finished]:
                await asyncio.gather(*[each.wait() for each in work], return_exceptions=True)
            elif self._console.screen is there:
                return True
        return False


def asks(screen: object) -> bool:
    """Whether closing this screen without a result declines what it asks; others only show something."""
    return isinstance(screen, Dialog) and not isinstance(screen, Reader | Handout)
