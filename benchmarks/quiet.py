"""Bytes to the terminal, of the console on a server where little happens; and what it asks and costs at rest."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial

from benchmarks.bytes import CASES, START, count
from benchmarks.figures import Figure
from benchmarks.lab import LIVE, Lab, bare, cpu_seconds, settled
from qpi_sandbox.faults import Fault
from tests.tui.terminal.harness import Terminal

SCREENS = ("overview", "requests", "qpus", "jobs", "slots", "users", "drivers", "telemetry", "tokens")
TWELVE = (":", "escape", "4", "pagedown", "pagedown", "pageup", "c", "6", "pagedown", "tab", "2", "t")
# Seconds: longer than the server leaves a silent stream open.
REST = 330.0


def counted(terminal: Terminal, *keys: str) -> int:
    """Bytes that these keys bring."""
    return sum(terminal.cost(partial(terminal.press, key)) for key in keys)


def bytes_of_changes() -> list[Figure]:
    """Start, twelve keys, one changed cell, a sentence that comes and goes; all exact."""
    with Lab() as lab:
        with lab.console() as terminal:
            settled(terminal, LIVE, "▌")
            begun = len(terminal.raw)
            keys = counted(terminal, *TWELVE)
        with lab.console("--screen", "users") as terminal:
            settled(terminal, LIVE, "▌")
            user = lab.ids("users", count=12)[4]
            lab.change("users", user, qpu_seconds=60)
            terminal.settle()
            cell = terminal.cost(lambda: lab.change("users", user, qpu_seconds=7 * 3600), "7 h")
            said = counted(terminal, "c", "6")
    # The same things in a program of Textual's own widgets, its frames as Textual makes them.
    plain, beside = count(plain=True), "plain Textual, its own widgets"
    # And that program's with our frames.
    framed = count(plain=False)
    return [
        Figure(
            "bytes until the first screen is quiet, 120×40", begun, "B", 20_000, beside, plain[START[0]], exact=True
        ),
        Figure("bytes of one changed cell", cell, "B", 300, beside, plain[CASES[1][0]], exact=True),
        Figure("bytes of a notice that comes", said, "B", 4_000, beside, plain[CASES[3][0]], exact=True),
        Figure(
            "bytes of a title that changes, in Textual's widgets",
            framed[CASES[2][0]],
            "B",
            300,
            beside,
            plain[CASES[2][0]],
            exact=True,
        ),
        Figure(
            "bytes of a toast that comes and goes, in Textual's widgets",
            framed[CASES[3][0]],
            "B",
            4_000,
            beside,
            plain[CASES[3][0]],
            exact=True,
        ),
        Figure(
            "bytes of twelve keys: palette, notice, pages, tabs",
            keys,
            "B",
            100_000,
            beside,
            plain[CASES[4][0]],
            exact=True,
        ),
    ]


def bytes_of_nothing(seconds: float = 2.0) -> list[Figure]:
    """Refreshes that change nothing, on every screen, twenty times as often as usual; ages stand still."""
    clock = {"QPI_NOW": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    written, reads = 0, 0
    with Lab() as lab:
        if lab.sandbox.faults is not None:
            lab.sandbox.faults.add(Fault("502", route="GET /api/realtime"))
        for screen in SCREENS:
            with lab.console("--screen", screen, "--refresh", "0.2", direct=False, env=clock) as terminal:
                settled(terminal, "polling")
                before, asked = len(terminal.raw), len(lab.asked)
                terminal.pump_for(seconds)
                written += len(terminal.raw) - before
                reads += len(lab.asked) - asked
    what = f"bytes of {reads:,} requests that bring nothing new, {len(SCREENS)} screens"
    return [Figure(what, written, "B", 0, exact=True)]


def rest(seconds: float = REST, begun: threading.Event | None = None) -> list[Figure]:
    """Minutes in which nothing happens, on every screen: requests, bytes, processor. `begun` is set as they begin.

    In less than a minute the clock of the consoles does not move: then nothing at all may be written.
    """
    whole = seconds >= 60
    clock = {} if whole else {"QPI_NOW": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    found: dict[str, tuple[float, int, float]] = {}
    with ExitStack() as open_ones:
        empty = open_ones.enter_context(bare())
        # Each screen has an orchestrator of its own, so that its requests can be distinguished.
        terminals: dict[str, Terminal] = {}
        labs: dict[str, Lab] = {}
        for screen in SCREENS:
            lab = labs[screen] = open_ones.enter_context(Lab())
            terminals[screen] = open_ones.enter_context(lab.console("--screen", screen, direct=False, env=clock))
            settled(terminals[screen], LIVE)
            terminals[screen].pump_for(2.0)
        settled(empty, "one label")
        if begun is not None:
            begun.set()
        plain, began = cpu_seconds(empty.process.pid), time.monotonic()
        before = {s: (len(labs[s].asked), len(t.raw), cpu_seconds(t.process.pid)) for s, t in terminals.items()}
        while time.monotonic() - began < seconds:
            for terminal in (*terminals.values(), empty):
                terminal.pump(0.1)
        for screen, terminal in terminals.items():
            asked, size, cpu = before[screen]
            found[screen] = (
                len(labs[screen].asked) - asked, len(terminal.raw) - size, cpu_seconds(terminal.process.pid) - cpu,
            )  # fmt: skip
        plain = cpu_seconds(empty.process.pid) - plain
    # What comes once a minute may fall into less than one whole.
    minutes = max(seconds / 60, 1.0)
    worst = max(cpu for _, _, cpu in found.values())
    most, busiest = max((asked, screen) for screen, (asked, _, _) in found.items())
    written = max(size for _, size, _ in found.values())
    return [
        Figure(
            f"requests an idle minute, change events, the most of {len(found)} screens ({busiest})",
            most / minutes, "", 1, exact=True,
        ),
        Figure("bytes an idle minute (ages), the most of a screen", written / minutes, "B", 300)
        if whole
        else Figure("bytes while the clock is stopped, the most of a screen", written, "B", 0, exact=True),
        Figure("processor at rest, the most of a screen", worst / seconds * 100, "%", 1, "a bare Textual app",
               plain / seconds * 100),
    ]  # fmt: skip
