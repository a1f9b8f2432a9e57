"""A list of 100,000 jobs beside one of 1,000: when the first rows stand there, and how long keys would wait meanwhile.

A real sandbox with that many jobs, the console headless at 120×40, an administrator. "Held up" is how much later than
asked for the event loop came round, which is what a key would have waited.

    python benchmarks/jobs.py [--jobs N] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from qpi_sandbox import Sandbox
from qpi_tui.app import Console
from qpi_tui.domain.roles import Role
from qpi_tui.screens.jobs import JobsScreen
from qpi_tui.session.connection import SignIn
from qpi_tui.settings.config import Settings

TICK = 0.002


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so, without holding the loop up."""
    while True:
        if condition():
            return
        await asyncio.sleep(TICK)


async def measure(lab: Sandbox, jobs: int) -> dict[str, float]:
    """Seconds to the first rows and to the last, and how long the loop was held up in between, in milliseconds."""
    app = Console(Settings(sign_in=SignIn(lab.url, Role.ADMIN, lab.admin.identity, lab.admin.password), screen="jobs"))
    late: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK)
            late.append((time.perf_counter() - began - TICK) * 1000)

    async with app.run_test(size=(120, 40)):
        began = time.perf_counter()
        screen = app.screen
        assert isinstance(screen, JobsScreen)
        await until(lambda: bool(screen.table.visible_records))
        first = time.perf_counter() - began
        watching = asyncio.create_task(watch())
        await until(lambda: len(screen.table.visible_records) >= jobs)
        whole = time.perf_counter() - began
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    late.sort()
    return {
        "first_rows_s": round(first, 3),
        "complete_s": round(whole, 2),
        "held_up_p99_ms": round(late[int(len(late) * 0.99)], 1) if late else 0.0,
        "held_up_most_ms": round(late[-1], 1) if late else 0.0,
    }


def run(jobs: int) -> dict[str, float]:
    """One sandbox with so many jobs, measured."""
    with Sandbox(seed=1, jobs=jobs, worker=False) as lab:
        return asyncio.run(measure(lab, jobs))


def main() -> None:
    """Measure both in one run, and print the ratio."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--jobs", type=int, default=100_000)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    few, many = run(1000), run(asked.jobs)
    ratio = round(many["first_rows_s"] / few["first_rows_s"], 2)
    if asked.json:
        sys.stdout.write(json.dumps({"1000": few, str(asked.jobs): many, "first_rows_ratio": ratio}) + "\n")
        return
    for name, found in (("1,000", few), (f"{asked.jobs:,}", many)):
        figures = "   ".join(f"{key} {value:g}" for key, value in found.items())
        sys.stdout.write(f"{name:>9} jobs   {figures}\n")
    sys.stdout.write(f"first rows of {asked.jobs:,}: {ratio:g} times as long as of 1,000\n")


if __name__ == "__main__":
    main()
