"""Shared helpers for the console's tests: a running console, keys, and the text on its screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from qpi_tui.actions import ACTIONS
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.edits.audit_log import AuditLog
from qpi_tui.edits.outcome import Done, Refused
from qpi_tui.edits.tokens import RenameToken
from qpi_tui.live.detail_cache import DetailCache
from qpi_tui.screens.base import ConsoleScreen
from qpi_tui.session.connection import SignIn
from qpi_tui.settings.accounts import Account
from qpi_tui.settings.config import Settings
from qpi_tui.terminal.textual_internals import get_time
from qpi_tui.widgets.dialogs import Asking
from qpi_tui.widgets.modal import Modal
from tests.tui import pilot_wait, unseen_frames
from tests.tui.shared_drawing import SharedDrawer
from tests.waiting import DEADLINE, NotInTime, until

pilot_wait.install()
unseen_frames.install()

NARROW, WIDE = (80, 24), (120, 40)
# Workers that run as long as the console. Every other worker ends on its own.
LOOPS = {"Feed.run", "EventStream.run", "Reachability.run", "SignInFlow._keep_renewed"}


def read_lines(app: Console) -> dict[int, str]:
    """Return the text on the screen by line, from 0. A wide character occupies two columns."""
    lines = {}
    for y, strip in enumerate(unseen_frames.paint(app)):
        line, column = "", 0
        for segment in strip:
            line = line.ljust(column) + segment.text.replace("\xa0", " ")
            column += segment.cell_length
        lines[y] = line.rstrip()
    return lines


def read_screen(app: Console) -> str:
    """Return the text on the screen, line by line."""
    return "\n".join(read_lines(app).values())


class Person:
    """A user at the console who presses keys and reads the screen."""

    def __init__(self, pilot: Pilot[Any], app: Console) -> None:
        self.pilot = pilot
        self.app = app

    @property
    def screen(self) -> str:
        """Return what is on the screen now."""
        return read_screen(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys by Textual's names. Enter in a dialog waits until there was time to read it."""
        for key in keys:
            if key == "enter":
                await self.has_read()
            await self.pilot.press(key)
            # After Esc in a dialog, keys are held back briefly: do not press the next key during that time.
            await self.until(lambda: not self.app.key_queue.busy)

    async def has_read(self) -> None:
        """Wait until a key can confirm the open dialog, if any."""
        await self.pilot.pause()
        await self.until(lambda: get_time() >= self._ready_at())

    def _ready_at(self) -> float:
        screen = self.app.screen
        return screen.guard.ready_at if isinstance(screen, Modal) and screen.guarded else 0.0

    async def act(self, *ids: str) -> None:
        """Press the keys of actions. If a dialog needs care, `dialog.confirm` presses Tab first."""
        for id in ids:
            if id == "dialog.confirm":
                await self.confirm()
            else:
                await self.pilot.press(self.app.keys.of(id)[0])
                await self.until(lambda: not self.app.key_queue.busy)
                await self.pilot.pause()

    async def click(self, text: str) -> None:
        """Click a text on the screen, once there was time to read it."""
        await self.sees(text)
        await self.has_read()
        y, line = next((y, line) for y, line in read_lines(self.app).items() if text in line)
        await self.pilot.click(offset=(line.index(text), y))
        await self.pilot.pause()

    async def confirm(self) -> None:
        """Read the dialog and confirm it."""
        await self.has_read()
        if isinstance(self.app.screen, Asking) and getattr(self.app.focused, "id", "") == "cancel":
            await self.pilot.press("tab")
        await self.press(self.app.keys.of("dialog.confirm")[0])
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text."""
        names = {" ": "space", "\n": "enter"}
        await self.press(*[names.get(letter, letter) for letter in text])
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object], *, within: float = DEADLINE) -> None:
        """Wait for a condition. The failure shows the screen."""

        async def met() -> object:
            await self.pilot.pause()
            return condition()

        if condition():
            return
        try:
            await until(met, deadline=within)
        except NotInTime:
            going_on = ", ".join(self._going_on())
            raise AssertionError(f"not within {within:g} s; going on: {going_on}; the screen:\n{self.screen}") from None

    async def sees(self, *texts: str, within: float = DEADLINE) -> None:
        """Wait until all of these texts are on the screen."""

        def shown() -> bool:
            screen = self.screen
            return all(text in screen for text in texts)

        await self.until(shown, within=within)

    async def sees_not(self, text: str, within: float = DEADLINE) -> None:
        """Wait until this text is no longer on the screen."""
        await self.until(lambda: text not in self.screen, within=within)

    async def ready(self) -> None:
        """Wait until the top screen has read its data."""
        await self.until(lambda: getattr(self.app.screen, "feed", None) and self.app.screen.feed.health.mood == "fresh")
        await self.pilot.pause()

    async def at_rest(self, *, within: float = 60.0) -> None:
        """Wait until no requests are expected: the stream is open, no read is due or in progress, no worker is
        left.

        From then on, a test counts only requests that it causes. A busy machine may take long to open the
        stream, and everything is read once more after that.
        """
        calm = 0
        while calm < 2:
            await self.until(lambda: not self._going_on(), within=within)
            await self.pilot.pause()
            calm = 0 if self._going_on() else calm + 1

    def _going_on(self) -> list[str]:
        """Return what may still send a request to the server."""
        app, stream = self.app, self.app.changes
        found = [] if stream.live and stream._open and not stream._restart.is_set() else ["the stream is not open"]
        now = asyncio.get_running_loop().time()
        found += [f"timer of {what}" for what, timer in stream._later.items() if _pending(timer, now)]
        if app.reachability._at_once:
            found.append("the server's health is asked for")
        screens = [screen for screen in app.screen_stack if isinstance(screen, ConsoleScreen)]
        for feed in [app.frame_feed.feed, *(screen.feed for screen in screens)]:
            if feed.awake and (feed._reading or feed._soon.is_set() or feed.health.mood != "fresh" or feed._to_paint):
                found.append("a read is due, under way or not painted")
        details = [each for screen in screens for each in vars(screen).values() if isinstance(each, DetailCache)]
        found += ["a detail" for each in details if each.waiting]
        # Textual does not expose the name of a coroutine.
        running = [getattr(worker._work, "__qualname__", "?") for worker in app.workers if worker.is_running]
        return found + [name for name in running if name not in LOOPS]

    async def move_to(self, id: str) -> None:
        """Move the cursor to this record with the keys, from the nearer end of the table."""
        await self.until(lambda: id in {record.id for record in self.app.screen.table.visible_records})
        ids = [record.id for record in self.app.screen.table.visible_records]
        near_top = ids.index(id) <= len(ids) // 2
        await self.act("table.top" if near_top else "table.bottom")
        for _ in ids:
            if self.app.screen.table.cursor_id == id:
                return
            await self.act("table.down" if near_top else "table.up")
        raise AssertionError(f"{id} is not in the table:\n{self.screen}")


@asynccontextmanager
async def at_console(
    url: str,
    role: str = "admin",
    who: Any = None,
    *,
    screen: str = "",
    size: tuple[int, int] = WIDE,
    own_drawer: bool = False,
    frames: bool = False,
    **settings: Any,
) -> AsyncIterator[Person]:
    """Run a console signed in as `who` (credentials, or an API token), or at the sign-in form without.

    `own_drawer`: it starts its own drawing process. `frames`: it paints each frame, also those that nobody reads.
    """
    if isinstance(who, str):
        sign_in = SignIn(url, Role(role), api_token=who)
    else:
        sign_in = SignIn(url, Role(role), who.identity if who else "", who.password if who else "")
    app = Console(Settings(sign_in=sign_in, screen=screen, refresh=0.3, **settings))
    if not own_drawer:
        app.drawer = SharedDrawer()
    if not frames:
        unseen_frames.leave_out(app)
    async with app.run_test(size=size) as pilot:
        person = Person(pilot, app)
        if who is not None:
            await person.ready()
        yield person


def _pending(timer: asyncio.TimerHandle, now: float) -> bool:
    return not timer.cancelled() and timer.when() >= now


def add_entry(log: AuditLog, who: str, action: str, target: str, ok: bool, said: str) -> None:
    """Write a change into an audit log, as if a user had made it."""
    outcome = Done(said) if ok else Refused(said)
    edit = RenameToken(target=target, token="", name="")
    log.note(Account("http://lab.example", Role.ADMIN, who), edit, outcome, action=action)


def key_of(id: str) -> str:
    """Return the key of an action."""
    return ACTIONS[id].keys[0]
