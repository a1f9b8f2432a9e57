"""One screen under one fault: the data stay, the fault is reported, the keys work, and the screen recovers by
itself.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from qpi_client import exchange
from qpi_tui.domain import clock
from qpi_tui.live import feed
from qpi_tui.screens import live_screens as console
from qpi_tui.screens.job import JobScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.widgets.dialogs import Dialog
from tests.faults.attempt import CLOCKS, clock_off, sign_in_again, stall_stream, until_there
from tests.faults.lab import Lab
from tests.faults.shown import JOB, Held, shown, told
from tests.tui.helpers import Person

# Faults of all reads. Times are shortened as for changes.
READS: dict[str, list[str]] = {
    "latency of 30 s": ["latency=3,route=GET *"],
    "500": ["500,route=GET *"],
    "502 behind a proxy": ["502,route=GET *"],
    "429": ["429=1,route=GET *"],
    "reset": ["reset,route=GET *"],
    "truncated body": ["truncated=0.5,route=GET *"],
    "a proxy's login page": ["html,route=GET *"],
    "answer stalls": ["stalled=5,route=GET *"],
    "sent to another host": ["redirect={elsewhere},route=GET *"],
    "away for 60 s": [],
    "session over": ["expired"],
    "clock an hour fast": [],
    "clock an hour slow": [],
    "stream stalled": [],
}
ROLES = ("admin", "user", "token")
# These faults cause no failure; `_harmless` checks what must hold.
SILENT = {*CLOCKS, "stream stalled"}


# What everybody can read stays correct without a session.
OPEN = {"drivers", "telemetry"}


@dataclass(frozen=True)
class Verification:
    """The outcome. `problem` is empty if everything was as expected."""

    screen: str
    role: str
    fault: str
    problem: str = ""


@contextlib.contextmanager
def patient_no_more() -> Iterator[None]:
    """Shorten the console's waits between two reads."""
    with (
        patch.object(feed, "_FIRST_RETRY", 0.2),
        patch.object(feed, "_LAST_RETRY", 1.0),
        patch.object(feed, "_MOST_GAP", 0.5),
        patch.object(exchange, "_FIRST_PAUSE", 0.02),
        patch.object(console, "SAFETY_NET", 1.0),
    ):
        yield


async def look(person: Person, lab: Lab, held: Held, role: str, place: str, fault: str) -> Verification:
    """Open the screen, cause the fault and check it, then end the fault and check again."""
    problem = ""
    with clock_off(timedelta()):
        try:
            await _open(person, held, role, place)
            if fault in SILENT:
                problem = await _harmless(person, lab, held, role, place, fault)
            else:
                problem = await _harm(person, lab, held, role, place, fault)
        except AssertionError as error:
            problem = f"STUCK: {str(error)[:2000]}"
        finally:
            await over(lab, fault)
    if isinstance(person.app.screen, SignInScreen):
        await sign_in_again(person, lab, role)
    while isinstance(person.app.screen, Dialog | JobScreen):
        await person.press("escape")
        await person.pilot.pause()
    if person.app._exception is not None:
        problem = f"CRASHED: {person.app._exception!r}"
    if lab.elsewhere.came:
        problem = f"WENT ELSEWHERE: {lab.elsewhere.came!r}"
    return Verification(place, role, fault, problem)


def faults_of(role: str) -> list[str]:
    """Return the faults that a role can have. A token has no stream of changes."""
    return [fault for fault in READS if role != "token" or fault != "stream stalled"]


# A server that is down stays down until `over`, however long a busy machine takes to check.
LONG = 60.0


async def harm(lab: Lab, fault: str, away: float = LONG) -> None:
    """Make all reads fail from now on."""
    faults: Any = lab.sandbox.faults
    for text in READS[fault]:
        faults.add(text.format(elsewhere=lab.elsewhere.port))
    if fault == "away for 60 s":
        await asyncio.to_thread(faults.go_away, away)


async def over(lab: Lab, fault: str) -> None:
    """End all faults."""
    faults: Any = lab.sandbox.faults
    faults.clear()
    if fault == "away for 60 s":
        await asyncio.to_thread(faults.go_away, 0.0)
    await until_there(lab)


async def _open(person: Person, held: Held, role: str, place: str) -> None:
    app = person.app
    app.go("journal")
    await person.pilot.pause()
    if place == "journal":
        return
    for _ in range(2):
        made = held.add("jobs" if place == JOB else place, role)
    app.go("jobs" if place == JOB else place)
    await person.pilot.pause()
    app.screen.feed.poke()
    await person.until(lambda: made in shown(person))
    if place == JOB:
        app.screen.table.move_to(made)
        await person.pilot.pause()
        await person.act("table.open")
        await person.until(lambda: isinstance(app.screen, JobScreen))
    await person.ready()


async def _harm(person: Person, lab: Lab, held: Held, role: str, place: str, fault: str) -> str:
    app, faults = person.app, lab.sandbox.faults
    screen, before, began = app.screen, shown(person), len(faults.log)
    await harm(lab, fault)
    screen.feed.poke()
    if "another host" in fault and role != "token" and place != "journal":
        # The stream is reconnected there as well, and rejected.
        await asyncio.to_thread(faults.go_away, 0.0)
        await until_there(lab)
        await person.until(lambda: any("redirect" in p.faults and "realtime" in p.path for p in faults.log[began:]))
    everybodys = OPEN | {"overview", "qpus"} if role == "token" else OPEN
    if fault == "session over" and place in everybodys and not await _notices(person, screen):
        pass
    elif place != "journal":  # which reads nothing from a server
        ended = fault == "session over"
        # Another read may find that the session is over: behind the sign-in, the screen reads nothing more.
        # The overview makes eight requests per read, so the safety net is eight times as long.
        await person.until(
            lambda: screen.feed.health.mood == "offline" or (ended and isinstance(app.screen, SignInScreen)), within=40
        )
        await person.pilot.pause()
        if ended:
            await person.until(lambda: isinstance(app.screen, SignInScreen))
        else:
            top = person.screen.splitlines()[0]
            if not ("▲ offline" in top and "next try in" in top):
                return f"THE LINE SAYS {top}"
            if problem := await _keys(person):
                return problem
        if place != JOB and screen.feed.health.mood == "offline" and not screen.table.dim:
            return "NOT DIMMED"
    if (now_is := _of(person, screen)) != before:
        return f"NOT KEPT: {len(before)} lines were shown, {len(now_is)} are"
    made = held.add(place, role, next(iter(before))) if place != "journal" else ""
    await over(lab, fault)
    if isinstance(app.screen, SignInScreen):
        await sign_in_again(person, lab, role)
    await person.until(lambda: screen.feed.health.mood == "fresh" or not screen.feed.awake)
    return await _true_again(person, held, role, place, made)


async def _notices(person: Person, screen: Any) -> bool:
    """Whether the end of a session is noticed although some or all of the data are public."""
    reads = screen.feed.reads
    await person.until(lambda: screen.feed.reads > reads + 2 or screen.feed.health.mood == "offline")
    return bool(screen.feed.health.mood == "offline")


async def _true_again(person: Person, held: Held, role: str, place: str, made: str) -> str:
    """Check that the screen shows the server's data again without help, and no error."""
    if place == "journal":
        return ""
    await person.until(lambda: made in shown(person))
    if place != "overview":
        await person.until(lambda: not held.drift(person, role), within=5)
    if place != JOB and person.app.screen.table.dim:
        return "STILL DIMMED"
    return "STILL SAYS OFFLINE" if "offline" in person.screen.splitlines()[0] else ""


def _of(person: Person, screen: Any) -> dict[str, Any]:
    """Return what the screen shows, also behind the sign-in form."""
    if isinstance(screen, JobScreen):
        return {screen.record.id: screen.record.status}
    if person.app.current_place == "slots":
        return {slot["id"]: (slot["start"], slot["end"], slot["who"]) for slot in screen.slots()}
    return {record.id: told(record) for record in screen.table.visible_records}


async def _keys(person: Person) -> str:
    """Check that the cursor moves, and help opens and closes."""
    app = person.app
    if isinstance(app.screen, JobScreen) or app.current_place == "slots":
        moved = True
    else:
        await person.act("table.bottom")
        last = app.screen.table.cursor_id
        await person.act("table.top")
        moved = app.screen.table.cursor_id != last
    await person.act("app.help")
    helped = isinstance(app.screen, Dialog)
    await person.press("escape")
    await person.pilot.pause()
    return "" if moved and helped else "KEYS DO NOTHING"


async def _harmless(person: Person, lab: Lab, held: Held, role: str, place: str, fault: str) -> str:
    """Check that a wrong clock is reported and the data stay, and that a silent stream is not trusted for long."""
    app, before = person.app, _lines(person)
    if fault == "stream stalled":
        await stall_stream(person, lab.sandbox.faults)
        made = held.add(place, role, next(iter(shown(person)), "")) if place != "journal" else ""
        return await _true_again(person, held, role, place, made)
    with clock_off(CLOCKS[fault]):
        # Any response contains the server's time.
        await app.connection.client.list_all_qpus()
        assert abs(clock.offset()) > timedelta(minutes=59)
        made = held.add(place, role, next(iter(shown(person)), "")) if place != "journal" else ""
        app.screen.feed.poke()
        if problem := await _true_again(person, held, role, place, made):
            return problem
        app.repaint_frames()
        await person.pilot.pause()
        word = "clock 1 h fast" if "fast" in fault else "clock 1 h slow"
        if word not in (top := person.screen.splitlines()[0]):
            return f"THE LINE SAYS {top}"
        after = _lines(person)
        changed = [id for id in before if id in after and after[id] != before[id]] if place != JOB else []
        if changed:
            return f"TOLD OTHERWISE: {before[changed[0]]} → {after[changed[0]]}"
    # The machine's clock is corrected.
    await app.connection.client.list_all_qpus()
    assert not clock.offset()
    return ""


def _lines(person: Person) -> dict[str, list[str]]:
    """Return the lines of a table without ages in minutes, which change."""
    screen = person.app.screen
    if isinstance(screen, JobScreen) or person.app.current_place in ("slots", "journal"):
        return {}
    table = screen.table
    rows = {record.id: table.cells_of(record) for record in table.visible_records}
    return {
        id: [cell for cell in cells if cell and not cell.endswith((" min", "now", " s"))] for id, cells in rows.items()
    }
