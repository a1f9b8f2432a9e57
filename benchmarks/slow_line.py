"""A page key held on a line of 8,000 bytes a second: how long the program freezes, how late the last frame is."""

from __future__ import annotations

import time

from benchmarks.bytes import LINE, slow
from benchmarks.figures import Figure
from benchmarks.lab import Lab

PAGES = 60


def console() -> float:
    """Milliseconds from the last page key until the console's jobs no longer change, on such a line."""
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
    """A terminal that answers questions about its cursor, one that does not, and plain Textual."""
    ours, silent, plain = slow(False, True), slow(False, False), slow(True, False)
    return [
        Figure(
            "8 kB/s, the console's jobs, a page key held: the last frame comes after",
            console(),
            "ms",
            1000,
            "plain Textual",
            plain["late"] * 1000,
        ),
        Figure(
            "8 kB/s, a page key held: longest standstill",
            ours["stall"] * 1000,
            "ms",
            100,
            "plain Textual",
            plain["stall"] * 1000,
        ),
        Figure(
            "8 kB/s: the last page comes after", ours["late"] * 1000, "ms", 1000, "plain Textual", plain["late"] * 1000
        ),
        Figure(
            "8 kB/s, a terminal that answers nothing: longest standstill",
            silent["stall"] * 1000,
            "ms",
            100,
            "plain Textual",
            plain["stall"] * 1000,
        ),
        Figure(
            "8 kB/s, a terminal that answers nothing: the last page comes after",
            silent["late"] * 1000,
            "ms",
            1000,
            "plain Textual",
            plain["late"] * 1000,
        ),
    ]
