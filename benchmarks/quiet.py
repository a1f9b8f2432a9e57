"""Bytes that the console sends to the terminal on a nearly idle server, and its requests and CPU use when idle."""

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
# Seconds: longer than the server keeps a silent stream open.
REST = 330.0


def counted(terminal: Terminal, *keys: str) -> int:
    """Return the bytes that these keys cause."""
    return sum(terminal.cost(partial(terminal.press, key)) for key in keys)


def bytes_of_changes() -> list[Figure]:
    """Measure start, twelve keys, one changed cell, and a notice shown and hidden; all exact."""
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
    # The same in a program of Textual's own widgets, with its frames made by Textual.
    plain, beside = count(plain=True), "plain Textual app"
    # And that program with this project's frame writer.
    framed = count(plain=False)
    return [
        Figure("bytes at start until output settles, 120×40", begun, "B", 20_000, beside, plain[START[0]], exact=True),
        Figure("bytes per changed cell", cell, "B", 300, beside, plain[CASES[1][0]], exact=True),
        Figure("bytes per notice", said, "B", 4_000, beside, plain[CASES[3][0]], exact=True),
        Figure(
            "bytes per title change, Textual widgets",
            framed[CASES[2][0]],
            "B",
            300,
            beside,
            plain[CASES[2][0]],
            exact=True,
        ),
        Figure(
            "bytes per toast shown and hidden, Textual widgets",
            framed[CASES[3][0]],
            "B",
            4_000,
            beside,
            plain[CASES[3][0]],
            exact=True,
        ),
        Figure(
            "bytes for twelve keys: palette, notice, pages, tabs",
            keys,
            "B",
            100_000,
            beside,
            plain[CASES[4][0]],
            exact=True,
        ),
    ]


def bytes_of_nothing(seconds: float = 2.0) -> list[Figure]:
    """Measure refreshes without changes on every screen, twenty times as often as usual, with a fixed clock."""
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
    what = f"bytes for {reads:,} requests without new data, {len(SCREENS)} screens"
    return [Figure(what, written, "B", 0, exact=True)]


def rest(seconds: float = REST, begun: threading.Event | None = None) -> list[Figure]:
    """Measure idle minutes on every screen: requests, bytes, CPU. `begun` is set as they start.

    In less than a minute the consoles' clock does not move, and nothing at all may be written.
    """
    whole = seconds >= 60
    clock = {} if whole else {"QPI_NOW": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    found: dict[str, tuple[float, int, float]] = {}
    with ExitStack() as open_ones:
        empty = open_ones.enter_context(bare())
        # Each screen has its own orchestrator, so that its requests can be distinguished.
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
    # What happens once a minute may happen in less than a whole minute.
    minutes = max(seconds / 60, 1.0)
    worst = max(cpu for _, _, cpu in found.values())
    most, busiest = max((asked, screen) for screen, (asked, _, _) in found.items())
    written = max(size for _, size, _ in found.values())
    return [
        Figure(
            f"requests per idle minute with change events, worst of {len(found)} screens ({busiest})",
            most / minutes, "", 1, exact=True,
        ),
        Figure("bytes per idle minute (ages), worst screen", written / minutes, "B", 300)
        if whole
        else Figure("bytes while idle with a stopped clock, worst screen", written, "B", 0, exact=True),
        Figure("CPU while idle, worst screen", worst / seconds * 100, "%", 1, "bare Textual app",
               plain / seconds * 100),
    ]  # fmt: skip
