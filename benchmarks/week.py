"""A week in minutes: many refreshes with changes through a console; memory, tasks and file handles before and after.

Two seconds between two refreshes make 302,400 a week. The console runs without a terminal on a real server. Its data
are generated here, so that no refresh waits for a network.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from benchmarks.figures import Figure
from qpi_sandbox import Sandbox
from tests.tui.helpers import Person, at_console

REFRESHES = 300_000
SHOWN_EVERY = 20
# The console collects garbage once a minute, which is every thirty refreshes; here time passes faster than the clock.
COLLECTED_EVERY = 10_000


def handles() -> int:
    """Return the number of open files of this process."""
    return len(os.listdir("/proc/self/fd"))


def resident() -> float:
    """Return this process's memory in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def state(person: Person) -> dict[str, float]:
    """Return what the program holds when it is idle."""
    await person.pilot.pause()
    gc.collect()
    return {"memory": resident(), "tasks": len(asyncio.all_tasks()), "handles": handles()}


async def _week(refreshes: int) -> list[Figure]:
    with Sandbox(seed=1, worker=False) as sandbox:
        async with at_console(sandbox.url, "admin", sandbox.admin, screen="requests") as person:
            screen: Any = person.app.screen
            records = list(screen.feed.data)
            before: dict[str, float] = {}
            held: list[float] = []
            for n in range(refreshes):
                chosen = random.randrange(len(records))  # noqa: S311  # any request, no secret
                records[chosen] = replace(records[chosen], seconds=60.0 + n % 7200)
                screen.feed._take(list(records))
                if n % SHOWN_EVERY == 0:
                    await asyncio.sleep(0)
                if n % 5_000 == 0:
                    await person.pilot.pause()
                if n % COLLECTED_EVERY == 0:
                    gc.collect()
                if n == refreshes // 10:
                    # Caches are full by now.
                    before = await state(person)
                if n == refreshes // 2:
                    held.append((await state(person))["memory"])
            after = await state(person)
    what = f"simulated week ({refreshes:,} refreshes with changes)"
    return [
        Figure(f"{what}: memory growth", after["memory"] - before["memory"], "MB", 5, "at the start", before["memory"]),
        Figure(f"{what}: memory growth in the second half", after["memory"] - held[0], "MB", None),
        Figure(f"{what}: additional tasks", after["tasks"] - before["tasks"], "", 0, exact=True),
        Figure(f"{what}: additional file handles", after["handles"] - before["handles"], "", 0, exact=True),
    ]


def week(refreshes: int = REFRESHES) -> list[Figure]:
    """Run it."""
    return asyncio.run(_week(refreshes))
