"""Time from the command to the first frame, to the first rows, and to exit, compared with a bare Textual app in the
same run.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, median
from benchmarks.lab import Lab, bare
from qpi_sandbox.faults import Fault
from qpi_tui.resources import registry
from tests.tui.terminal.console import PROGRAM
from tests.tui.terminal.harness import Terminal

ROUNDS = 11
# From its third start on, a screen asks for what the first two read while libraries are loaded.
UNKNOWN = 2
# Signs that a screen has been read: the cursor, or what is above the list if the list is empty.
READ = {
    "overview": "finished", "slots": " slots, ", "usage": "covers ", "tokens": "0 tokens", "server": "0 backups",
    "journal": "in this session", "themes": "0 themes",
}  # fmt: skip
CURSOR = "▌"
# Well-known Textual programs, by their name on the package index.
# posting's text areas crash (SIGSEGV) with tree-sitter 0.26, which posting does not exclude.
KNOWN = {"posting": ("posting", "tree-sitter<0.26"), "harlequin": ("harlequin",)}
# Bytes of any first screen; what is written before it is shorter.
SCREEN = 2_000
COMMANDS = {"--version": ["--version"], "--help": ["--help"], "completion": ["completion", "bash"]}


def written(terminal: Terminal, sought: bytes) -> bool:
    """Whether the program has written this."""
    return sought in terminal.raw


def painted(terminal: Terminal) -> bool:
    """Whether the program has written a screen."""
    return len(terminal.raw) > SCREEN


def seen_after(terminal: Terminal, *texts: str) -> list[float]:
    """Return the milliseconds from the start until each of these was written."""
    found = []
    for text in texts:
        terminal.wait_for(partial(written, terminal, text.encode()))
        found.append((terminal.last_byte - terminal.started) * 1000)
    return found


def left_after(terminal: Terminal) -> float:
    """Return the milliseconds from the key until the program has ended."""
    terminal.settle(0.3)
    began = time.monotonic()
    terminal.press("ctrl+q")
    while terminal.process.poll() is None:
        terminal.pump(0.001)
    return (time.monotonic() - began) * 1000


def start(rounds: int = ROUNDS) -> list[Figure]:
    """Measure starting and exiting.

    Each start of the console has one of a bare app right before it, so that slow seconds count for both; of these pairs
    the one with the median ratio counts. The least times would not do: where a machine is fast for a few starts only,
    they need not be those of both.
    """
    times: dict[str, list[float]] = defaultdict(list)
    with Lab() as lab:
        user = lab.sandbox.users[0]
        for number in range(rounds + UNKNOWN):
            new = "new " if number < UNKNOWN else ""
            with bare(parse=False) as terminal:
                times[f"{new}bare first"] += seen_after(terminal, "one label")
                times["bare left"].append(left_after(terminal))
            with lab.console(who=user, parse=False) as terminal:
                first, rows = seen_after(terminal, "help", "✓")
                times[f"{new}first"].append(first)
                times[f"{new}rows"].append(rows)
                times["left"].append(left_after(terminal))
            for screen in registry():
                with bare(parse=False) as terminal:
                    times[f"{new}bare {screen}"] += seen_after(terminal, "one label")
                with lab.console("--screen", screen, parse=False) as terminal:
                    times[f"{new}{screen}"] += seen_after(terminal, READ.get(screen, CURSOR))
                    # Like a console in use, until it has noted what it read.
                    terminal.settle(0.3)
        if lab.sandbox.faults is not None:
            lab.sandbox.faults.add(Fault("latency", 30, route="/api/collections/*/records"))
        with lab.console(direct=False) as terminal:
            terminal.wait_for("reading")
            times["left hanging"].append(left_after(terminal))
    first, first_bare = _middle(times["first"], times["bare first"])
    rows, rows_bare = _middle(times["rows"], times["bare first"])
    places = {id: _middle(times[id], times[f"bare {id}"]) for id in registry()}
    unknown, unknown_bare = _middle(times["new overview"], times["new bare overview"])
    bare_app = "bare Textual app"
    return [
        Figure("time to first frame", first, "ms", 1.1, bare_app, first_bare, of_ratio=True),
        Figure("time to first rows, user: jobs", rows, "ms", 1.5, bare_app, rows_bare, of_ratio=True),
        *[
            Figure(
                f"time to first rows, administrator: {place.title.lower()}",
                places[id][0], "ms", 1.5, bare_app, places[id][1], of_ratio=True,
            )
            for id, place in registry().items()
        ],
        Figure("time to first rows, never opened before: overview", unknown, "ms", None, bare_app, unknown_bare),
        Figure("time to exit", median(times["left"]), "ms", 350, bare_app, median(times["bare left"])),
        Figure("time to exit while a request hangs", median(times["left hanging"]), "ms", 350),
    ]  # fmt: skip


def _middle(ours: list[float], theirs: list[float]) -> tuple[float, float]:
    """Return the pair with the median ratio."""
    pairs = sorted(zip(ours, theirs, strict=True), key=lambda pair: pair[0] / pair[1])
    return pairs[len(pairs) // 2]


def known(rounds: int = 3) -> list[Figure]:
    """Measure the first screens of well-known Textual programs, each in its own environment, compared with the
    console's.
    """
    figures = []
    with Lab() as lab:
        for name, wanted in KNOWN.items():
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder)
                found = _installed(home, name, wanted) and _first_screens(lab, home, name, rounds)
            if found:
                theirs, ours = found
                figures.append(
                    Figure(f"{name}: time to first screen", theirs, "ms", None, "qpi-tui, first frame", ours)
                )
    return figures


def _installed(home: Path, name: str, wanted: tuple[str, ...]) -> bool:
    """Install a program from the package index; return whether it worked."""
    python = str(home / "venv" / "bin" / "python")
    # Without this project's constraints, which name other versions of Textual.
    install = ["uv", "--no-config", "pip", "install", "-q", "--compile-bytecode", "--python", python, *wanted]
    for words in (["uv", "venv", "-q", "--python", sys.executable, str(home / "venv")], install):
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600, cwd=home)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["no output"]
            sys.stderr.write(f"{name} skipped, installation failed: {said[-1]}\n")
            return False
    return True


def _first_screens(lab: Lab, home: Path, name: str, rounds: int) -> tuple[float, float] | None:
    """Return the milliseconds until the first screen of a program and of the console, alternating; None if none
    appears.
    """
    program = str(home / "venv" / "bin" / name)
    env = {"HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    theirs, ours = [], []
    # The first run writes Python's bytecode cache.
    for at in range(rounds + 1):
        with Terminal([program], env=env, parse=False) as terminal:
            try:
                terminal.wait_for(partial(painted, terminal), timeout=60)
            except AssertionError:
                code = terminal.process.poll()
                why = (
                    "still running" if code is None else signal.Signals(-code).name if code < 0 else f"exit code {code}"
                )
                sys.stderr.write(f"{name} skipped, no first screen ({why}).\n")
                return None
            took = (terminal.last_byte - terminal.started) * 1000
        with lab.console(parse=False) as terminal:
            own = seen_after(terminal, "help")[0]
        if at:
            theirs.append(took)
            ours.append(own)
    return median(theirs), median(ours)


def commands(rounds: int = ROUNDS) -> list[Figure]:
    """Measure the fast commands, compared with Python itself."""
    times: dict[str, list[float]] = defaultdict(list)
    programs = {"python": [sys.executable, "-c", "pass"]}
    programs |= {name: [PROGRAM, *words] for name, words in COMMANDS.items()}
    for _ in range(rounds):
        for name, words in programs.items():
            began = time.perf_counter()
            subprocess.run(words, capture_output=True, check=True)
            times[name].append((time.perf_counter() - began) * 1000)
    base = median(times["python"])
    return [
        Figure(
            f"qpi-tui {name}: time beyond python -c pass", median(times[name]) - base, "ms", 60, "python -c pass", base
        )
        for name in COMMANDS
    ]
