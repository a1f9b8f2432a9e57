"""Simulate a working day in a quarter of an hour: random actions, faults, other users and keys from a seed.

    uv run python -m tests.faults.soak [MINUTES] [SEED] [--write]

An administrator's console and a user's run side by side on one faulty sandbox. At each checkpoint every screen of both
is compared with the server. The exit code is 1 if a change was lost, made twice or misreported, if a screen shows wrong
data, or if an internal error occurred. `--write` puts the figures into `docs/reference/faults.md`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from qpi_client import AsyncQPIClient
from qpi_tui.domain import clock
from qpi_tui.domain.roles import Role
from qpi_tui.screens.job import JobScreen
from qpi_tui.screens.list_screen import ListScreen
from qpi_tui.screens.sign_in import SignInScreen
from qpi_tui.session.connection import Connection
from qpi_tui.widgets.dialogs import Dialog
from tests.faults.actions import TRIALS
from tests.faults.attempt import (
    AWAY,
    GOOD,
    SPOILT,
    attempt,
    hurried,
    sign_in_again,
    spoilt_console,
    spoilt_sandbox,
    until_there,
)  # fmt: skip
from tests.faults.lab import Lab
from tests.faults.logged import logged
from tests.faults.page import write_soak
from tests.faults.reading import READS, SILENT, harm, patient_no_more
from tests.faults.shown import JOB, Held, screens, shown
from tests.hostile.test_records import failures
from tests.tui.helpers import Person
from tests.waiting import NotInTime, until

CHECK_EVERY = 25
# Keys that change nothing on the server, and nothing of what is shown except marks and a filter.
KEYS = [*"jjjkkgGoO*U?1234567890J", "space", "tab", "pagedown", "pageup", "slash", "enter", "escape", "escape"]
# Time in which a screen must become correct once there is no fault, in seconds.
SETTLES = 15.0


@dataclass
class Day:
    """The outcome."""

    steps: int = 0
    changes: int = 0
    looks: int = 0
    others: int = 0
    keys: int = 0
    faults: int = 0
    checkpoints: int = 0
    compared: int = 0
    megabytes: list[int] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def soak(seconds: float, seed: int, check_every: int = CHECK_EVERY, *, least: int = 0) -> Day:
    """Run for this long and at least this many steps, ending with a checkpoint."""
    day = Day()
    with spoilt_sandbox() as sandbox, hurried(), patient_no_more(), logged() as log:
        lab = Lab(sandbox)
        async with AsyncExitStack() as stack:
            people = {role: await stack.enter_async_context(spoilt_console(lab, role)) for role in ("admin", "user")}
            working = Working(lab, people, random.Random(seed), day)  # noqa: S311 - a story to replay, no secret
            end = time.monotonic() + seconds
            while time.monotonic() < end or day.steps < least:
                what = await working.step()
                inside = [*log.taken(), *(each for person in people.values() for each in failures(person))]
                day.wrong += [f"step {day.steps}, {what}: {each}" for each in inside]
                if day.steps % check_every == 0:
                    await working.checkpoint()
            await working.checkpoint()
    return day


@contextmanager
def at(person: Person) -> Iterator[None]:
    """Run calls on one of two consoles in its own context, as its messages are."""
    connection = person.app.connection
    assert connection is not None
    clock.follow(lambda: connection.client.clock_offset)
    with person.app._context():
        yield


class Working:
    """The day in progress."""

    def __init__(self, lab: Lab, people: dict[str, Person], chance: random.Random, day: Day) -> None:
        self._lab, self._people, self._chance, self._day = lab, people, chance, day
        self._held = Held(lab)
        self._faults: Any = lab.sandbox.faults

    async def step(self) -> str:
        """Do one random thing and return its name."""
        day, chance = self._day, self._chance
        day.steps += 1
        kind = chance.choices((self._change, self._look, self._other, self._keys), (6, 2, 2, 2))[0]
        role = chance.choice(list(self._people))
        person = self._people[role]
        try:
            with at(person):
                return await kind(person, role)
        except Exception as error:
            name = kind.__name__.strip("_")
            day.wrong.append(f"step {day.steps}, {name}, {role}: {type(error).__name__}: {str(error)[:1500]}")
            return name
        finally:
            self._faults.clear()
            await until_there(self._lab)
            for each, person in self._people.items():
                if isinstance(person.app.screen, SignInScreen):
                    with at(person):
                        await sign_in_again(person, self._lab, each)

    async def _change(self, person: Person, role: str) -> str:
        """Perform an action under a fault."""
        day = self._day
        trial = self._chance.choice([each for each in TRIALS if each.role == role])
        fault = self._chance.choice(list(SPOILT))
        ending = await attempt(person, self._lab, trial, fault)
        day.changes += 1
        day.faults += fault != "none"
        what = f"{trial.id}, {fault}"
        if ending.word not in GOOD:
            day.wrong.append(f"step {day.steps}, {what}: {ending.word}: {ending.said[:1500]}")
        return what

    async def _look(self, person: Person, role: str) -> str:
        """Open a screen under a fault; its data must stay."""
        chance, app = self._chance, person.app
        place = chance.choice([each for each in screens(role) if each not in (JOB, "journal")])
        fault = chance.choice([each for each in READS if each not in SILENT and each != "session over"])
        app.go(place)
        await person.pilot.pause()
        await person.ready()
        screen, before = app.screen, shown(person)
        await harm(self._lab, fault, AWAY)
        screen.feed.poke()
        await person.until(lambda: screen.feed.health.mood == "offline")
        self._day.looks += 1
        self._day.faults += 1
        assert shown(person).keys() >= before.keys(), f"{place} under {fault}: what was shown is not any more"
        return f"{place}, {fault}"

    async def _other(self, person: Person, role: str) -> str:
        """Change something as another client."""
        place = self._chance.choice([each for each in screens(role) if each not in (JOB, "journal")])
        self._held.add(place, role)
        self._day.others += 1
        return f"somebody else, {place}"

    async def _keys(self, person: Person, role: str) -> str:
        """Press random keys while some reads fail."""
        chance = self._chance
        kind = chance.choice(["500", "reset", "truncated=0.5", "html", "latency=0.5", "429=0"])
        self._faults.add(f"{kind},p=0.3,route=GET *")
        for key in chance.choices(KEYS, k=15):
            await person.press(key)
            self._day.keys += 1
        self._day.faults += 1
        self._faults.clear()
        await self._back(person)
        # An opened job stays there, under the list's key.
        person.app.go("jobs")
        await person.pilot.pause()
        await self._back(person)
        for screen in person.app.console_screens():
            if isinstance(screen, ListScreen):
                screen.filter_bar.value = ""
                screen.filter_bar.display = False
                screen.table.set_marks(())
        person.app.screen.home.focus()
        await person.pilot.pause()
        return f"keys, {kind}"

    @staticmethod
    async def _back(person: Person) -> None:
        """Close what is above the screen."""
        while isinstance(person.app.screen, Dialog | JobScreen):
            await person.press("escape")
            await person.pilot.pause()
        # The next step types into an empty form.
        person.app.drafts.clear()

    async def checkpoint(self) -> None:
        """Check that every screen of both consoles soon shows the server's data without help."""
        day = self._day
        day.checkpoints += 1
        await asyncio.to_thread(self._lab.tidy)
        for role, person in self._people.items():
            async with AsyncQPIClient(self._lab.sandbox.direct_url) as client:
                who = self._lab.sandbox.admin if role == "admin" else self._lab.user
                await client.auth_with_password(
                    who.identity, who.password, "_superusers" if role == "admin" else "users"
                )
                for place in screens(role):
                    if place in (JOB, "journal"):
                        continue
                    day.compared += 1
                    with at(person):
                        drift = await self._compare(person, role, place, client)
                    if drift:
                        day.wrong.append(f"checkpoint {day.checkpoints}, {role}, {place}: {drift}")
        # The proxy's own log of requests is not the console's.
        self._faults.log.clear()
        gc.collect()
        day.objects.append(len(gc.get_objects()))
        day.megabytes.append(_megabytes())

    async def _compare(self, person: Person, role: str, place: str, client: AsyncQPIClient) -> str:
        app = person.app
        app.go(place)
        await person.pilot.pause()
        screen, drift = app.screen, "it was not read"

        async def same() -> bool:
            nonlocal drift
            await person.pilot.pause()
            if screen.feed.health.mood == "fresh":
                drift = (
                    await self._overview(person, role, client)
                    if place == "overview"
                    else self._held.drift(person, role)
                )
            return not drift

        with contextlib.suppress(NotInTime):
            await until(same, "what the server holds", SETTLES)
        return drift

    async def _overview(self, person: Person, role: str, client: AsyncQPIClient) -> str:
        """Return the lines of the overview, computed from data read without faults."""
        screen = person.app.screen
        told = screen.rows(await screen.read(Connection(client, Role(role), "")))
        different = {row.id for row in told} ^ shown(person).keys()
        return f"lines that differ: {sorted(different)[:3]}" if different else ""


def _megabytes() -> int:
    """Return this process's memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20


def bad(figures: Mapping[str, Any], printed: str) -> list[str]:
    """Return what was wrong, as printed before the figures."""
    return (
        [f"soak: {line}" for line in printed.splitlines()[:-1] if line] if figures["wrong"] + figures["stuck"] else []
    )


def full(minutes: float = 15, seed: int = 1, *, on_page: bool = True) -> int:
    """Run it. The figures are the last line."""
    day = asyncio.run(soak(60 * minutes, seed))
    stuck = sum(": STUCK: " in each for each in day.wrong)
    figures = {**asdict(day), "wrong": len(day.wrong) - stuck, "stuck": stuck, "minutes": minutes, "seed": seed}
    print("\n".join(day.wrong[:100]))
    print(json.dumps(figures))
    if on_page:
        write_soak(figures)
    return int(bool(day.wrong))


def main() -> int:
    """Run as the arguments say."""
    given = [each for each in sys.argv[1:] if each != "--write"]
    minutes, seed = float((given or ["15"])[0]), int((given[1:] or ["1"])[0])
    return full(minutes, seed, on_page="--write" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
