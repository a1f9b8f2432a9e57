"""A page key held on a line of 8,000 bytes per second: how long the program stalls, and how late the last frame is."""

from __future__ import annotations

import time

from benchmarks.bytes import LINE, slow
from benchmarks.figures import Figure
from benchmarks.lab import Lab

PAGES = 60


def console() -> float:
    """Return the milliseconds from the last page key until the console's list of jobs no longer changes."""
    with Lab() as lab, lab.console("--screen", "jobs", drain=LINE) as terminal:
        terminal.wait_for("▌", 60)
        terminal.settle(1.0)
        for n in range(PAGES):
            terminal.press("pagedown" if n % 10 < 5 else "pageup")
            terminal.pump_for(0.1)
        released = time.monotonic()
        terminal.settle(1.0)
        return max(terminal.last_byte - released, 0.0) * 1000


def slow_line() -> list[Figure]:
    """Compare a terminal that answers cursor queries, one that does not, and plain Textual."""
    ours, silent, plain = slow(False, True), slow(False, False), slow(True, False)
    return [
        Figure(
            "8 kB/s line, list of jobs, page keys held: delay of the last frame",
            console(),
            "ms",
            1000,
            "plain Textual",
            plain["late"] * 1000,
        ),
        Figure(
            "8 kB/s line, page keys held: longest event-loop stall",
            ours["stall"] * 1000,
            "ms",
            100,
            "plain Textual",
            plain["stall"] * 1000,
        ),
        Figure(
            "8 kB/s line, page keys held: delay of the last page",
            ours["late"] * 1000,
            "ms",
            1000,
            "plain Textual",
            plain["late"] * 1000,
        ),
        Figure(
            "8 kB/s line, terminal without query answers: longest event-loop stall",
            silent["stall"] * 1000,
            "ms",
            100,
            "plain Textual",
            plain["stall"] * 1000,
        ),
        Figure(
            "8 kB/s line, terminal without query answers: delay of the last page",
            silent["late"] * 1000,
            "ms",
            1000,
            "plain Textual",
            plain["late"] * 1000,
        ),
    ]
