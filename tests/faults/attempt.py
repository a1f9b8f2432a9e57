"""One action under one fault, by keys, at a console on a faulty sandbox: what was reported, and what the server has."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import httpx

from qpi_client import Timeouts, context
from qpi_sandbox import Sandbox
from qpi_tui.domain import clock
from qpi_tui.edits import runner, undo
from qpi_tui.edits.audit_log import AuditEntry
from qpi_tui.live import event_stream
from qpi_tui.screens.job import JobScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.widgets.batch import Batch
from qpi_tui.widgets.dialogs import Dialog
from qpi_tui.widgets.form import Form
from tests.faults.actions import Trial, press
from tests.faults.lab import Lab
from tests.tui.helpers import Person, at_console
from tests.waiting import until

# What fails with the writing request, and what else fails. Times are shortened tenfold or more, and the client's
# timeouts (`TIMEOUTS`) with them. Faults without an entry are arranged by `_spoil`.
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
    "sent to another host": ["redirect={elsewhere},times=4,route={sent}"],
    "away for 60 s": [],
    "answer lost, then away for 60 s": ["lost,times=1,route={sent}"],
    "session over": ["expired,route={sent}", "expired,route=POST *auth-refresh"],
    "clock an hour fast": [],
    "clock an hour slow": [],
    "stream stalled": [],
    # Requests before a change, in its forms, and after it.
    "its reads: 500": ["500,times=6,route=GET *"],
    "its reads: reset": ["reset,times=6,route=GET *"],
    "its reads: answers stall": ["stalled=5,times=3,route=GET *"],
}
# These faults do not affect the request: it simply succeeds.
HARMLESS = {"none", "429", "clock an hour fast", "clock an hour slow", "stream stalled"}
CLOCKS = {"clock an hour fast": timedelta(hours=1), "clock an hour slow": timedelta(hours=-1)}
LATE, AWAY = 3.0, 2.5
TIMEOUTS = Timeouts(connect=1.0, read=1.0, write=1.0, pool=1.0, total=4.0)


@dataclass(frozen=True)
class Ending:
    """The outcome of a trial: what the console reported, how often the change was made, and how the trial ended."""

    action: str
    fault: str
    said: str
    done: bool
    count: int
    again: bool = False
    problem: str = ""

    @property
    def word(self) -> str:
        """Return `done`, `done, checked`, `done at the second try`, or what is wrong."""
        if self.problem:
            return self.problem
        if self.count > 1:
            return "DOUBLED"
        if self.done != (self.count == 1):
            return "WRONG WORD" if not self.done else "LOST"
        if not self.done:
            return "NO SECOND TRY" if not self.again else "SECOND TRY IN VAIN"
        if self.again:
            return "done at the second try"
        return "done, checked" if "checked" in self.said or "had arrived" in self.said else "done"

    @property
    def good(self) -> bool:
        """Whether it ended as required: done once and reported as done, without an error message if there was
        no fault.
        """
        return self.word == "done" or (self.word in GOOD and self.fault not in HARMLESS)


GOOD = ("done", "done, checked", "done at the second try")


@asynccontextmanager
async def spoilt_console(lab: Lab, role: str) -> AsyncIterator[Person]:
    """Return a console with short delays, connected through the faulty address."""
    who = lab.token() if role == "token" else lab.sandbox.admin if role == "admin" else lab.user
    async with at_console(lab.sandbox.url, role, who, screen="journal", transport={"timeout": TIMEOUTS}) as person:
        yield person


async def attempt(person: Person, lab: Lab, trial: Trial, fault: str) -> Ending:
    """Perform it once under the fault. If it is reported as not done, once more without the fault."""
    faults: Any = lab.sandbox.faults
    app = person.app
    id, keys, count = trial.prepare(lab)
    again, said, done, problem = False, "", False, ""
    with clock_off(CLOCKS.get(fault, timedelta())):
        try:
            if fault == "stream stalled":
                await stall_stream(person, faults)
            await _at(person, lab, trial, id)
            await press(person, keys[:-1])
            await person.until(lambda: bool(clock.offset()) == (fault in CLOCKS))
            before = len(app.audit_log.entries)
            leaving = await _spoil(lab, trial, fault)
            try:
                await press(person, keys[-1:])
                entry = await _deed(person, before)
            finally:
                faults.clear()
                if leaving is not None:
                    leaving.cancel()
                    await until_there(lab)
            if isinstance(app.screen, SignInScreen):
                await sign_in_again(person, lab, trial.role)
            if not entry.ok and count() == 0 and not any(word in entry.outcome for word in SETTLED_LATER):
                # The draft is still there; one key retries it.
                again, seen = True, len(app.audit_log.entries)
                retry = {Batch: ["r", "enter"], Form: ["enter"]}
                await press(person, next((to for kind, to in retry.items() if isinstance(app.screen, kind)), keys[-2:]))
                entry = await _deed(person, seen)
            said, done = entry.outcome, entry.ok
            if "latency" in fault:
                # Requests delayed on the way have arrived by now, if they ever will.
                await asyncio.sleep(LATE)
            if done and isinstance(app.screen, Form):
                await person.pilot.pause()
                if isinstance(app.screen, Form):
                    problem = "LEFT OPEN"  # one more key press would do it twice
        except AssertionError as error:
            said, problem = str(error)[:2000], "STUCK"
        await _close(person)
    if app._exception is not None:
        said, problem = repr(app._exception), "CRASHED"
    if lab.elsewhere.came:
        said, problem = repr(lab.elsewhere.came), "WENT ELSEWHERE"
    return Ending(trial.id, fault, said, done, count(), again, problem)


# Messages of an outcome that are not final.
SETTLED_LATER = ("will be checked", "may still come")


async def _deed(person: Person, before: int) -> AuditEntry:
    """Return the last message about the edit: its outcome, or what was found out later."""
    entries = person.app.audit_log.entries
    await person.until(lambda: len(entries) > before)
    await person.pilot.pause()
    if not entries[-1].ok and any(word in entries[-1].outcome for word in SETTLED_LATER):
        seen = len(entries)
        await person.until(lambda: len(entries) > seen)
        await person.pilot.pause()
    return entries[-1]


async def _spoil(lab: Lab, trial: Trial, fault: str) -> asyncio.Task[None] | None:
    """Apply the fault from now on. Return what runs alongside, if anything."""
    faults: Any = lab.sandbox.faults
    began = len(faults.log)
    for text in SPOILT[fault]:
        faults.add(text.format(sent=trial.sent, elsewhere=lab.elsewhere.port))
    if fault == "away for 60 s":
        await asyncio.to_thread(faults.go_away, AWAY)
        return asyncio.create_task(asyncio.sleep(0))
    return asyncio.create_task(_leave_after_the_loss(faults, began)) if "away" in fault else None


async def stall_stream(person: Person, faults: Any) -> None:
    """Reconnect the stream of changes, announce it as open, and then send nothing more."""
    began = len(faults.log)
    faults.add("stalled=4000,route=GET /api/realtime")
    await asyncio.to_thread(faults.go_away, 0.0)
    await person.until(lambda: any("stalled" in passed.faults for passed in faults.log[began:]))
    await person.until(lambda: person.app.changes.live)


@contextlib.contextmanager
def clock_off(by: timedelta) -> Iterator[None]:
    """Set this machine's clock wrong."""
    with (
        patch.object(clock, "machine_time", lambda: datetime.now(UTC) + by),
        patch.object(context, "machine_time", lambda: datetime.now(UTC) + by),
    ):
        yield


async def _leave_after_the_loss(faults: Any, began: int) -> None:
    await until(lambda: any("lost" in passed.faults for passed in faults.log[began:]), "a lost answer")
    await asyncio.to_thread(faults.go_away, AWAY)


async def until_there(lab: Lab) -> None:
    async with httpx.AsyncClient() as client:

        async def answers() -> bool:
            with contextlib.suppress(httpx.TransportError):
                await client.get(f"{lab.sandbox.url}/api/health")
                return True
            return False

        await until(answers, "the server to be back")


async def _at(person: Person, lab: Lab, trial: Trial, id: str) -> None:
    app = person.app
    app.go("journal")
    await person.pilot.pause()
    app.go(trial.screen)
    await person.pilot.pause()
    app.screen.feed.forget()
    app.screen.feed.poke()
    await person.ready()
    if trial.id == "app.dismiss":
        # Announce what somebody else changed, bypassing a stream that may be silent.
        app.frame_feed.feed.poke()
        await person.until(lambda: lab.title(id) in app.announcements.line().plain)
        return
    if trial.screen == "slots" and not app.screen.listing:
        # The week would offer the span under its cursor, but the form must be empty.
        await person.act("slots.view")
    if id:
        if trial.screen == "slots":
            await person.until(lambda: any(slot["id"] == id for slot in app.screen.slots()))
            app.screen.grid.go_to(next(slot["start"] for slot in app.screen.slots() if slot["id"] == id))
            await person.pilot.pause()
        table = app.screen.table
        await person.until(lambda: id in {record.id for record in table.visible_records})
        table.move_to(id)
        await person.pilot.pause()
        assert table.cursor_id == id


async def sign_in_again(person: Person, lab: Lab, role: str) -> None:
    """Sign in again with the password after the server rejected the session, and return to the previous screen."""
    secret = lab.token() if role == "token" else (lab.sandbox.admin if role == "admin" else lab.user).password
    await person.type(secret)
    await person.press("enter")
    await person.until(lambda: not isinstance(person.app.screen, SignInScreen))
    await person.pilot.pause()


async def _close(person: Person) -> None:
    """Close every dialog and return to the screen behind it."""
    for _ in range(6):
        if not isinstance(person.app.screen, Dialog):
            break
        await person.press("escape", *([] if isinstance(person.app.screen, (Batch, Form)) else ["enter"]))
        await person.pilot.pause()
    # The next trial types into an empty form.
    person.app.drafts.clear()
    if isinstance(person.app.screen, JobScreen):
        await person.press("escape")
        await person.pilot.pause()


@contextlib.contextmanager
def hurried() -> Iterator[None]:
    """Shorten background checks and reconnection delays.

    Undo stays available longer: its duration is not under test, and the machine may be busy.

    What can be undone can be so for longer: how long is not asked here, and the machine may be busy.
    """
    with (
        patch.object(undo, "SECONDS", 60.0),
        patch.object(runner, "LATER", 0.5),
        patch.object(runner, "HOLD", 4.0),
        patch.object(event_stream, "_RETRY", 1.0),
        # On a busy machine events arrive late enough to be considered lost.
        patch.object(event_stream, "_DISTRUST", 2.0),
    ):
        yield


def spoilt_sandbox() -> Sandbox:
    """Return a sandbox whose faults are set while it runs."""
    return Sandbox(worker=False, faults=[], mail=True)
