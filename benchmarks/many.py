"""A hundred thousand jobs on a real server: key-to-frame latency at fifty changes per second, and memory."""

from __future__ import annotations

import sys
import time

from benchmarks.figures import Figure, percentile
from benchmarks.lab import LIVE, ROOT, Lab, changing, resident, settled
from tests.tui.terminal.harness import Terminal

JOBS = 100_000
KEYS = 150
RATE = 50
# Seconds after which a key counts as unanswered.
GIVE_UP = 10.0


def cursor_line(terminal: Terminal) -> tuple[int, ...]:
    """Return the lines that look like the cursor's: with its mark, or another background than the line below."""
    buffer = terminal.screen.buffer
    return tuple(y for y in range(terminal.size[1]) if buffer[y][0].data == "▌")


def keys_to_frames(terminal: Terminal, count: int, seen: str = "mark") -> list[float]:
    """Return the milliseconds from each cursor key until the cursor has moved, or the timeout if it never does."""
    taken = []
    for n in range(count):
        key = "down" if n % 20 < 10 else "up"
        before = cursor_line(terminal) if seen == "mark" else highlighted(terminal)
        began = time.monotonic()
        terminal.press(key)
        while (cursor_line(terminal) if seen == "mark" else highlighted(terminal)) == before:
            terminal.pump(0.01)
            if time.monotonic() - began > GIVE_UP:
                return [GIVE_UP * 1000]
        taken.append((terminal.last_byte - began) * 1000)
        terminal.pump_for(0.03)
    return taken


def highlighted(terminal: Terminal) -> tuple[int, ...]:
    """Return the lines with another background than the others."""
    buffer = terminal.screen.buffer
    colours = [buffer[y][2].bg for y in range(2, terminal.size[1] - 1)]
    usual = max(set(colours), key=colours.count)
    return tuple(y for y, colour in enumerate(colours) if colour != usual and colour not in {colours[0]})


def many(jobs: int = JOBS, keys: int = KEYS) -> list[Figure]:
    """Measure the console on the server, then `DataTable` with rows in memory."""
    with Lab(jobs) as lab, lab.console("--screen", "jobs") as terminal:
        settled(terminal, LIVE, f"{jobs // 1000:,},", timeout=120)
        terminal.settle(1.0)
        ids = lab.ids("quantum_jobs", count=200, newest=True)
        with changing(lab, ids, RATE) as count:
            terminal.pump_for(1.0)
            began, changed = time.monotonic(), count[0]
            ours = keys_to_frames(terminal, keys)
            rate = (count[0] - changed) / (time.monotonic() - began)
        memory = resident(terminal.process.pid)
    with Terminal([sys.executable, "-m", "benchmarks.datatable", str(jobs)], env={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("person", 240)
        terminal.pump_for(2.0)
        theirs = keys_to_frames(terminal, keys // 5, "colour")
        their_memory = resident(terminal.process.pid)
    beside = "DataTable" if max(theirs) < GIVE_UP * 1000 else "DataTable, timed out after"
    what = f"{jobs:,} jobs, {rate:.0f} changes/s"
    return [
        Figure(
            f"{what}: key-to-frame latency, 99th percentile",
            percentile(ours, 0.99),
            "ms",
            30,
            beside,
            percentile(theirs, 0.99),
        ),
        Figure(
            f"{what}: key-to-frame latency, median", percentile(ours, 0.5), "ms", None, beside, percentile(theirs, 0.5)
        ),
        Figure(f"{jobs:,} jobs: console memory", memory, "MB", 200, "DataTable", their_memory),
    ]
