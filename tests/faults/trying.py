"""One action under one fault, by keys, at a console on a spoilt sandbox: what was said, and what the server holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from qpi_client import Timeouts
from qpi_sandbox import Sandbox
from qpi_tui import attempts
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.widgets.batch import Batch
from qpi_tui.widgets.dialogs import Dialog
from qpi_tui.widgets.form import Form
from tests.faults.actions import Lab, Trial, press
from tests.tui.helpers import Person, at_console

# What goes wrong with the request that changes something, and with what else. Times are shortened tenfold and more,
# those that a client waits (`TIMEOUTS`) with them.
SPOILT: dict[str, list[str]] = {
    "none": [],
    "latency of 30 s": ["latency=3,times=1,route={sent}"],
    "500": ["500,times=1,route={sent}"],
    "502 behind a proxy": ["502,times=4,route={sent}"],
    "429": ["429=0,times=1,route={sent}"],
    "reset": ["reset,times=1,route={sent}"],
    "answer lost": ["lost,times=1,route={sent}"],
    "answers lost, all of them": ["lost,times=5,route={sent}"],
    "truncated body": ["truncated=0.5,times=5,route={sent}"],
    "a proxy's login page": ["html,times=4,route={sent}"],
    "answer stalls": ["stalled=5,times=5,route={sent}"],
    "answer lost, then away for 60 s": ["lost,times=1,route={sent}"],
    "session over": ["expired,times=1,route={sent}", "expired,times=1,route=POST *auth-refresh"],
}
LATE, AWAY = 3.0, 2.5
TIMEOUTS = Timeouts(connect=1.0, read=1.0, write=1.0, pool=1.0, total=4.0)


@dataclass(frozen=True)
class Ending:
    """What came of a trial: what the console said, how often the change is there, and how it ended."""

    action: str
    fault: str
    said: str
    done: bool
    count: int
    again: bool = False
    problem: str = ""

    @property
    def word(self) -> str:
        """`done`, `done, checked`, `done at the second try`, `not done, said`; or what is wrong."""
        if self.problem:
            return self.problem
        if self.count > 1:
            return "DOUBLED"
        if self.done != (self.count == 1):
            return "WRONG WORD" if not self.done else "LOST"
        if not self.done:
            return "not done, said"
        if self.again:
            return "done at the second try"
        return "done, checked" if "checked" in self.said or "had arrived" in self.said else "done"


@asynccontextmanager
async def spoilt_console(lab: Lab, role: str) -> AsyncIterator[Person]:
    """A console that is in a hurry, on the spoilt address."""
    who = lab.sandbox.admin if role == "admin" else lab.user
    async with at_console(lab.sandbox.url, role, who, screen="journal", transport={"timeout": TIMEOUTS}) as person:
        yield person


async def attempt(person: Person, lab: Lab, trial: Trial, fault: str) -> Ending:
    """Do it once under the fault; if it is said not to be done, once more without."""
    faults: Any = lab.sandbox.faults
    app = person.app
    id, keys, count = trial.prepare(lab)
    await _at(person, trial.screen, id)
    for text in SPOILT[fault]:
        faults.add(text.format(sent=trial.sent))
    began = len(faults.log)
    leaving = asyncio.create_task(_leave_after_the_loss(faults, began)) if "away" in fault else None
    before = len(app.journal.deeds)
    await press(person, keys)
    again = False
    try:
        await person.until(lambda: len(app.journal.deeds) > before, within=30)
        await person.pilot.pause()
        faults.clear()
        if isinstance(app.screen, SignInScreen):
            await _sign_in_again(person, lab, trial.role)
        deed = app.journal.deeds[-1]
        if not deed.ok and ("will be checked" in deed.outcome or "may still come" in deed.outcome):
            await person.until(lambda: len(app.journal.deeds) > before + 1, within=30)
            deed = app.journal.deeds[-1]
        if not deed.ok and "is not known" not in deed.outcome and count() == 0 and isinstance(app.screen, Dialog):
            # What was typed is still there; one key tries it again.
            again, seen = True, len(app.journal.deeds)
            await person.press("r" if isinstance(app.screen, Batch) else "enter")
            await person.until(lambda: len(app.journal.deeds) > seen, within=30)
            deed = app.journal.deeds[-1]
        if "latency" in fault:
            # What was held up on its way has arrived by now, if it ever does.
            await asyncio.sleep(LATE)
        ending = Ending(trial.id, fault, deed.outcome, deed.ok, count(), again)
    except AssertionError as error:
        ending = Ending(trial.id, fault, str(error)[:2000], False, count(), again, "STUCK")
    finally:
        faults.clear()
        if leaving is not None:
            leaving.cancel()
            await _until_there(lab)
    await _close(person)
    if app._exception is not None:
        return Ending(trial.id, fault, repr(app._exception), False, count(), again, "CRASHED")
    return ending


async def _leave_after_the_loss(faults: Any, began: int) -> None:
    while not any("lost" in passed.faults for passed in faults.log[began:]):
        await asyncio.sleep(0.005)
    await asyncio.to_thread(faults.go_away, AWAY)


async def _until_there(lab: Lab) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                await client.get(f"{lab.sandbox.url}/api/health")
                return
            await asyncio.sleep(0.05)


async def _at(person: Person, screen: str, id: str) -> None:
    app = person.app
    if app.current_place == screen:
        app.screen.feed.forget()
        app.screen.feed.poke()
    app.go(screen)
    await person.pilot.pause()
    await person.ready()
    if screen == "slots":
        return
    if id:
        table = app.screen.table
        await person.until(lambda: id in {record["id"] for record in table.visible_records}, within=20)
        table.move_to(id)
        await person.pilot.pause()
        assert table.cursor_id == id


async def _sign_in_again(person: Person, lab: Lab, role: str) -> None:
    """The server no longer knew the session: the password once more, and back to where it was."""
    who = lab.sandbox.admin if role == "admin" else lab.user
    await person.type(who.password)
    await person.press("enter")
    await person.until(lambda: not isinstance(person.app.screen, SignInScreen))
    await person.pilot.pause()


async def _close(person: Person) -> None:
    """Back to the screen behind every dialog."""
    for _ in range(6):
        if not isinstance(person.app.screen, Dialog):
            break
        await person.press("escape", *([] if isinstance(person.app.screen, (Batch, Form)) else ["y"]))
        await person.pilot.pause()


@contextlib.contextmanager
def hurried() -> Any:
    """Looks in the background come sooner."""
    before = attempts.LATER, attempts.HOLD
    attempts.LATER, attempts.HOLD = 0.5, 4.0
    try:
        yield
    finally:
        attempts.LATER, attempts.HOLD = before


def spoilt_sandbox() -> Sandbox:
    """A sandbox whose faults are set as it runs."""
    return Sandbox(worker=False, faults=[])
