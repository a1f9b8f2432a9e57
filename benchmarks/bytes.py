"""Bytes sent to the terminal by the frame writer, compared with plain Textual, for one program in one run.

The program (a table, a form, a dialog, toasts) runs twice in a pseudo-terminal of 120×40 with the same keys. The second
time, `QPI_PLAIN_FRAMES=1` leaves the frames to Textual. Bytes are exact, so `--check` fails above the limits; the times
on a slow line are only printed. Run it from the checkout:

    python -m benchmarks.bytes [--json] [--check] [--slow]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.tui.terminal.harness import Terminal

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "tests.tui.terminal.frames_app"]
TWELVE = ("f6", "escape", "f4", "f4", "pagedown", "pagedown", "pageup", "down", "shift+tab", "right", "left", "f3")
# What is measured, the keys that cause it, and the maximum number of bytes.
CASES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("a refresh that changes nothing", ("f5",), 0),
    ("one cell of a table", ("f2",), 300),
    ("the title", ("f3",), 300),
    ("a toast comes and goes", ("f4", "f4"), 4_000),
    ("twelve keys: dialog, toast, pages, tabs", TWELVE, 100_000),
)
START = ("until the first screen is quiet", 20_000)
LINE = 8_000  # bytes per second


def environment(plain: bool, **more: str) -> dict[str, str]:
    """Return the program's environment."""
    return {
        "PYTHONPATH": str(ROOT),
        "TEXTUAL_ANIMATIONS": "none",
        "QPI_PLAIN_FRAMES": "1" if plain else "0",
        **more,
    }


def count(plain: bool) -> dict[str, int]:
    """Return the bytes of every case."""
    with Terminal(PROGRAM, env=environment(plain)) as terminal:
        terminal.wait_for("row 10")
        terminal.settle(0.5)
        found = {START[0]: len(terminal.raw)}
        for name, keys, _ in CASES:
            found[name] = sum(terminal.cost(partial(terminal.press, key)) for key in keys)
    return found


def slow(plain: bool, answers: bool) -> dict[str, float]:
    """Hold page keys for six seconds on a slow line, and return the longest stall and the delay of the last page in
    seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        stalls = Path(folder) / "stalls"
        env = environment(plain, STALLS=str(stalls))
        with Terminal(PROGRAM, env=env, drain=LINE, answers=answers) as terminal:
            terminal.wait_for("row 10")
            terminal.settle(0.5)
            for _ in range(60):
                terminal.press("f7")
                terminal.pump_for(0.1)
            released = time.monotonic()
            terminal.wait_for("page 060 ", timeout=120)
            return {"stall": float(stalls.read_text()), "late": time.monotonic() - released}


def main() -> int:
    """Print the table, and return 1 if `--check` finds too many bytes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--check", action="store_true", help="fail above the limits")
    parser.add_argument("--slow", action="store_true", help="also a line of 8,000 bytes per second; takes a minute")
    options = parser.parse_args()
    quiet, plain = count(plain=False), count(plain=True)
    limits = {START[0]: START[1], **{name: limit for name, _, limit in CASES}}
    rows = [
        {"case": name, "bytes": quiet[name], "plain": plain[name], "limit": limit} for name, limit in limits.items()
    ]
    lines = []
    if options.slow:
        ways = {"ours, a terminal that answers": (False, True), "ours, one that does not": (False, False)}
        ways["plain Textual"] = (True, False)
        lines = [{"program": name, **slow(*way)} for name, way in ways.items()]
    if options.json:
        print(json.dumps({"bytes": rows, "slow": lines}))
    else:
        print(f"{'bytes to the terminal':<42}{'ours':>9}{'plain':>9}{'ratio':>8}{'limit':>9}")
        for row in rows:
            ours, theirs = int(row["bytes"]), int(row["plain"])
            ratio = f"{ours / theirs:.3f}" if theirs else "–"
            print(f"{row['case']:<42}{ours:>9,}{theirs:>9,}{ratio:>8}{row['limit']:>9,}")
        for line in lines:
            print(f"{line['program']:<42} stalled {line['stall']:.2f} s, last page {line['late']:.2f} s late")
    too_many = [row for row in rows if int(row["bytes"]) > int(row["limit"])]
    return 1 if options.check and too_many else 0


if __name__ == "__main__":
    sys.exit(main())
