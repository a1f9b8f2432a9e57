"""A working day in a quarter of an hour: actions and faults at random; at each checkpoint a look whether all is true.

    uv run python -m tests.faults.soak [MINUTES] [SEED]

Ends with 1 when a change was doubled or told wrongly, when the console shows what the server does not hold, or when
anything failed inside.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from dataclasses import dataclass, field

from tests.faults.actions import TRIALS
from tests.faults.lab import Lab
from tests.faults.trying import SPOILT, attempt, hurried, spoilt_console, spoilt_sandbox
from tests.hostile.test_records import failures
from tests.tui.helpers import Person

CHECK_EVERY = 10
GOOD = ("done", "done, checked", "done at the second try", "not done, said")
# Screens whose table is a collection as it is.
WHOLE = {"users": "users", "qpus": "qpus", "drivers": "drivers", "announcements": "notifications"}


@dataclass
class Day:
    """What came of it."""

    tried: int = 0
    faults: int = 0
    checkpoints: int = 0
    wrong: list[str] = field(default_factory=list)


async def soak(seconds: float, seed: int) -> Day:
    """Go on for so long."""
    chance, day = random.Random(seed), Day()  # noqa: S311 - a story to replay, no secret
    trials = [trial for trial in TRIALS if trial.role == "admin"]
    with spoilt_sandbox() as sandbox, hurried():
        lab = Lab(sandbox)
        end = time.monotonic() + seconds
        async with spoilt_console(lab, "admin") as person:
            while time.monotonic() < end:
                trial, fault = chance.choice(trials), chance.choice(list(SPOILT))
                ending = await attempt(person, lab, trial, fault)
                day.tried += 1
                day.faults += fault != "none"
                if ending.word not in GOOD:
                    day.wrong.append(f"step {day.tried}, {trial.id}, {fault}: {ending.word}: {ending.said[:300]}")
                day.wrong += [f"step {day.tried}, {trial.id}, {fault}: {each}" for each in failures(person)]
                if day.tried % CHECK_EVERY == 0:
                    day.checkpoints += 1
                    day.wrong += await checkpoint(person, lab)
    return day


async def checkpoint(person: Person, lab: Lab) -> list[str]:
    """Whether the screens show what the server holds."""
    found = []
    for screen, collection in WHOLE.items():
        person.app.go(screen)
        person.app.screen.feed.forget()
        person.app.screen.feed.poke()
        await person.pilot.pause()
        await person.ready()
        items = lab.admin.get(f"/api/collections/{collection}/records", params={"perPage": 1000}).json()["items"]
        shown = {record["id"] for record in person.app.screen.table.visible_records}
        held = {item["id"] for item in items}
        if shown != held:
            found.append(f"{screen}: {len(shown - held)} shown and gone, {len(held - shown)} there and not shown")
    return found


def main() -> int:
    """Run it."""
    minutes, seed = float((sys.argv[1:] or ["15"])[0]), int((sys.argv[2:] or ["1"])[0])
    day = asyncio.run(soak(60 * minutes, seed))
    print(f"{day.tried} changes, {day.faults} faults, {day.checkpoints} checkpoints, {len(day.wrong)} wrong")
    print("\n".join(day.wrong[:30]))
    return int(bool(day.wrong))


if __name__ == "__main__":
    sys.exit(main())
