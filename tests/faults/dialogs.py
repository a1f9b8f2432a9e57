"""What a dialog, a form or a detail reads by itself, under one fault: it opens or reports why not, and works
afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from textual.widgets import Input

from qpi_tui.live import detail_cache
from qpi_tui.screens.palette import Palette
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.screens.submit import SubmitForm
from qpi_tui.widgets.dialogs import Dialog
from qpi_tui.widgets.form import Form
from qpi_tui.widgets.record_table import RecordTable
from tests.faults.attempt import sign_in_again
from tests.faults.lab import Lab
from tests.faults.reading import READS, SILENT, Verification, harm, over
from tests.tui.helpers import Person

# A silent stream and a wrong clock affect nothing that a dialog reads.
FAULTS = [fault for fault in READS if fault not in SILENT]


@dataclass(frozen=True)
class Ask:
    """What reads by itself: its name, role, screen and key (none: the cursor comes to rest on a record).

    `made` makes what it is to show: a word of it, and the id of a record on the screen, if any. `bare` says whether all
    is there that can under a fault, `whole` whether the word does once there is none, after the word was typed into
    the field behind the one that takes `fill`. `refusal` is what is said where it does not open; another sentence about
    the server may soon be in its place.
    """

    id: str
    role: str
    screen: str
    key: str
    made: Callable[[Lab], tuple[str, str]]
    bare: Callable[[Person], bool]
    whole: Callable[[Person, str], bool]
    fill: str = ""
    refusal: str = ""


def _qpu(lab: Lab) -> tuple[str, str]:
    name = lab.name()
    lab.make("qpus", name=name, num_qubits=2, enabled=True, status="online")
    return name, ""


def _user(lab: Lab) -> tuple[str, str]:
    who = lab.person()
    return who.identity, who.id


def _request(lab: Lab) -> tuple[str, str]:
    who, why = lab.person(), lab.name()
    return why, lab.make("qpu_time_requests", user=who.id, seconds=600, status="pending", requested_reason=why)


def _offers(person: Person, word: str) -> bool:
    if not isinstance(person.app.screen, Palette):
        return False
    return any(word in str(record.what) for record in person.app.screen.query_one(RecordTable).visible_records)


def _offers_alone(person: Person) -> bool:
    """Whether the actions are offered, and the palette has finished searching for more."""
    looking = any("_find" in worker._work.__qualname__ for worker in person.app.workers if worker.is_running)
    return not looking and _offers(person, "Jobs")


def _use(person: Person) -> str:
    """Return the text of a detail about the last 30 days."""
    found = re.search(r"30 days +(.*)", person.screen)
    return found[1] if found else ""


def _unread(person: Person) -> bool:
    """Whether it was requested but could not be read."""
    screen = person.app.screen
    asked = getattr(screen, "_people", None) or getattr(screen, "_uses", None)
    return asked is not None and bool(asked._failed) and _use(person) == "…"


def _read(person: Person, word: str) -> bool:
    return _use(person) not in ("", "…")


def _asked(person: Person, kind: type[Form]) -> bool:
    return isinstance(person.app.screen, kind) and bool(person.app.screen.focused)


ASKS = (
    Ask("palette", "admin", "requests", ":", _qpu, _offers_alone, _offers),
    Ask("palette", "user", "jobs", ":", _qpu, _offers_alone, _offers),
    Ask("palette", "token", "jobs", ":", _qpu, _offers_alone, _offers),
    Ask(
        "book for another", "admin", "slots", "b", lambda lab: (_user(lab)[0], ""), lambda p: _asked(p, Form),
        lambda p, word: f"for {word}" in p.screen, fill="2093-01-01 10:00 30m",
    ),
    Ask(
        "submit a job", "user", "jobs", "s", _qpu, lambda p: _asked(p, SubmitForm),
        lambda p, word: _asked(p, SubmitForm) and word in p.app.screen._qpus, refusal="QPUs cannot be read",
    ),
    Ask(
        "submit a job", "token", "jobs", "s", _qpu, lambda p: _asked(p, SubmitForm),
        lambda p, word: _asked(p, SubmitForm) and word in p.app.screen._qpus, refusal="QPUs cannot be read",
    ),
    Ask("detail of a user", "admin", "users", "", _user, _unread, _read),
    Ask(
        "detail of a request", "admin", "requests", "", _request, _unread,
        _read,
    ),
)  # fmt: skip


async def look_into(person: Person, lab: Lab, ask: Ask, fault: str) -> Verification:
    """Open it while all reads fail, then once more without a fault."""
    problem = ""
    with patch.object(detail_cache, "AGAIN", 0.5):
        try:
            problem = await _try(person, lab, ask, fault)
        except AssertionError as error:
            problem = f"STUCK: {str(error)[:2000]}"
        finally:
            await over(lab, fault)
            await _back(person, lab, ask)
    if person.app._exception is not None:
        problem = f"CRASHED: {person.app._exception!r}"
    if lab.elsewhere.came:
        problem = f"WENT ELSEWHERE: {lab.elsewhere.came!r}"
    return Verification(ask.id, ask.role, fault, problem)


async def _try(person: Person, lab: Lab, ask: Ask, fault: str) -> str:
    app = person.app
    app.go("journal")
    await person.pilot.pause()
    word, id = ask.made(lab)
    app.go(ask.screen)
    await person.pilot.pause()
    app.screen.feed.poke()
    if id:
        await person.until(lambda: id in {record.id for record in app.screen.table.visible_records})
    await person.ready()
    said: list[str] = []
    screen, tell = app.screen, app.screen.tell

    def told(text: str, **more: Any) -> None:
        said.append(text)
        tell(text, **more)

    def answered() -> bool:
        refused = bool(ask.refusal) and any(ask.refusal in each for each in said)
        # Or the end of the session has been noticed and reported.
        return refused or ask.bare(person) or isinstance(app.screen, SignInScreen)

    await harm(lab, fault)
    with patch.object(screen, "tell", told):
        await _open(person, ask, id)
        await person.until(answered)
    if isinstance(app.focused, Input) and isinstance(app.screen, Form | Palette):
        before, box = app.focused.value, app.focused
        await person.type("typed")
        if box.value != f"{before}typed":
            return "KEYS DO NOTHING"
    await over(lab, fault)
    if not id or isinstance(app.screen, SignInScreen):
        await _back(person, lab, ask)
        await person.ready()
        await _open(person, ask, id)
    if ask.fill:
        await person.until(lambda: _asked(person, Form))
        await person.type(f"{ask.fill}\n{word}")
    await person.until(lambda: ask.whole(person, word))
    return ""


async def _open(person: Person, ask: Ask, id: str) -> None:
    if not ask.key:
        person.app.screen.table.move_to(id)
        await person.pilot.pause()
        return
    await person.press(ask.key)
    await person.pilot.pause()


async def _back(person: Person, lab: Lab, ask: Ask) -> None:
    """Close what is open, and sign in if prompted."""
    app = person.app
    while isinstance(app.screen, Dialog | Palette | SignInScreen):
        if isinstance(app.screen, SignInScreen):
            await sign_in_again(person, lab, ask.role)
        else:
            await person.press("escape")
        await person.pilot.pause()
    # The next trial types into an empty form.
    app.drafts.clear()
