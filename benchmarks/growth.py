"""The cost of the console and the commands as the history of jobs grows, on a server without indexes, in one run.

python -m benchmarks.growth                  300 to 1,000,000 jobs
python -m benchmarks.growth --most 100000    up to this many
python -m benchmarks.growth --long           memory after ten minutes, an idle server for five
python -m benchmarks.growth --write          the table and the charts into docs/reference/measurements.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import growth_steps as steps
from benchmarks.curves import Curve, svg
from benchmarks.figures import Figure, markdown, median, table
from benchmarks.lab import Lab

SIZES = (300, 1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 7
# Consoles opened one after the other to measure what the server sends and computes for one.
OPENED = 3
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "measurements.md"
PICTURE = PAGE.with_name("growth.svg")
MARK = "<!-- growth -->"
SHORT, LONG = (60.0, 60.0), (600.0, 300.0)
"""Seconds of scrolling before the memory is measured, and of rest."""

Values = dict[str, dict[int, float]]


def measure(sizes: Sequence[int], scrolled: float, rest: float, rounds: int = ROUNDS) -> Values:
    """Measure all values of each size. Values that are compared closely are measured alternately."""
    found: Values = defaultdict(dict)
    with ExitStack() as running:
        labs = {}
        for size in sizes:
            began = time.monotonic()
            labs[size] = running.enter_context(Lab(size))
            found["ready"][size] = time.monotonic() - began
            _say(f"{size:,} jobs: ready after {found['ready'][size]:.1f} s")
        times: dict[tuple[str, int], list[float]] = defaultdict(list)
        for _ in range(rounds):
            for size, lab in labs.items():
                times["rows", size].append(steps.first_rows(lab))
                times["list", size].append(steps.listed(lab))
        for (what, size), taken in times.items():
            found[what][size] = median(taken)
        _say("first rows and lists measured")
        for size, cost in zip(sizes, steps.at_rest(list(labs.values()), rest), strict=True):
            found["rest"][size] = cost
        _say("rest measured")
        for size, lab in labs.items():
            received, used = zip(*(steps.opened(lab) for _ in range(OPENED)), strict=True)
            found["bytes"][size], found["opening"][size] = max(received), median(used)
            found["keys"][size] = steps.keys(lab)
            for key, value in steps.jumps(lab).items():
                found[key][size] = value
            _say(f"{size:,} jobs: keys and jumps measured")
        found["memory"] = _memory(labs, scrolled)
    return dict(found)


def _memory(labs: dict[int, Lab], seconds: float) -> dict[int, float]:
    """Return the memory of all consoles, each scrolled by a thread at the same time."""
    found: dict[int, float] = {}

    def go(size: int, lab: Lab) -> None:
        found[size] = steps.used(lab, seconds)

    threads = [threading.Thread(target=go, args=each) for each in labs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def figures(found: Values) -> list[Figure]:
    """Compare the largest history with the smallest, with the limits."""
    sizes = sorted(found["rows"])
    least, most = sizes[0], sizes[-1]
    thousand = 1_000 if 1_000 in sizes else least
    jobs, few = f"{most:,} jobs", f"{least:,} jobs"

    def at(what: str, size: int = most) -> float:
        return found[what][size]

    return [
        Figure(f"{jobs}: time to first rows", at("rows"), "ms", 1.1, few, at("rows", least), of_ratio=True),
        Figure(f"{jobs}: console memory after scrolling and filtering", at("memory"), "MB", 110),
        Figure(
            f"{jobs}: console memory relative to {thousand:,} jobs", at("memory"), "MB", 1.1, f"{thousand:,} jobs",
            at("memory", thousand), of_ratio=True,
        ),
        Figure(f"{jobs}: bytes received until the first screen settles", at("bytes"), "B", 150_000, few,
               at("bytes", least)),
        Figure(f"{jobs}: server CPU time until the first screen settles", at("opening"), "s", 0.3, few,
               at("opening", least)),
        Figure(f"{jobs}, 50 changes/s: key-to-frame latency, 99th percentile", at("keys"), "ms", 30, few,
               at("keys", least)),
        Figure(f"{jobs}: G, delay of the last frame", at("G"), "ms", 1000, few, at("G", least)),
        Figure(f"{jobs}: go to a date, delay of the last frame", at("date"), "ms", 1000, few, at("date", least)),
        Figure(f"{jobs}: Page Down held for 5 s, delay of the last frame", at("page down"), "ms", 1000, few,
               at("page down", least)),
        Figure(f"{jobs}: server CPU time per idle minute", at("rest"), "s", 0.6, few, at("rest", least)),
        Figure(f"{jobs}: qpi-tui jobs list --limit 50", at("list"), "ms", 1.2, few, at("list", least), of_ratio=True),
        Figure(f"{jobs}: time until qpi-tui sandbox is ready", at("ready"), "s", 60),
    ]  # fmt: skip


def curves(found: Values) -> list[Curve]:
    """Return each value over the number of jobs."""
    least = min(found["rows"])

    def curve(title: str, unit: str, what: str, limit: float | None = None, scale: float = 1.0) -> Curve:
        return Curve(title, unit, [(size, value * scale) for size, value in sorted(found[what].items())], limit)

    return [
        curve("Time to first rows", "ms", "rows", 1.1 * found["rows"][least]),
        curve("qpi-tui jobs list --limit 50", "ms", "list", 1.2 * found["list"][least]),
        curve("Console memory after scrolling and filtering", "MB", "memory", 110),
        curve("Received until the first screen settles", "kB", "bytes", 150, 0.001),
        curve("Key-to-frame latency, 99th percentile, 50 changes/s", "ms", "keys", 30),
        curve("Page Down held for 5 s: delay of the last frame", "ms", "page down", 1000),
        curve("G: delay of the last frame", "ms", "G", 1000),
        curve("Go to a date: delay of the last frame", "ms", "date", 1000),
        curve("Server CPU time to open a console", "s", "opening", 0.3),
        curve("Server CPU time per idle minute", "s", "rest", 0.6),
    ]


def growth_table(found: Values) -> str:
    """Format every value of every size for a terminal."""
    sizes = sorted(found["rows"])
    lines = [f"{'':<12}" + "".join(f"{size:>12,}" for size in sizes)]
    for what, values in found.items():
        cells = "".join(
            f"{values[size]:>12,.3g}" if values[size] < 1000 else f"{values[size]:>12,.0f}" for size in sizes
        )
        lines.append(f"{what:<12}{cells}")
    return "\n".join(lines)


def write(found: Values, minutes: float) -> None:
    """Write the table and the charts to the page."""
    PICTURE.write_text(svg(curves(found)), encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(MARK)
    tail = rest.partition(MARK)[2]
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}" + (
        f", {minutes:.1f} minutes." if minutes > 1 else "."
    )
    picture = "![Charts of costs over the number of jobs](growth.svg)"
    text = f"{head}{MARK}\n{markdown(figures(found))}\n\n{where}\n\n{picture}\n{MARK}{tail}"
    PAGE.write_text(text, encoding="utf-8")


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


def main() -> int:
    """Measure, print, and write the page if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest history")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="starts of each size; the median counts")
    parser.add_argument("--long", action="store_true", help="ten minutes of scrolling, five minutes idle")
    parser.add_argument("--json", metavar="FILE", help="write all values to this file")
    parser.add_argument(
        "--from", dest="source", metavar="FILE", help="read all values from this file instead of measuring"
    )
    parser.add_argument("--write", action="store_true", help="write table and charts to the page")
    options = parser.parse_args()
    began = time.monotonic()
    sizes = [size for size in SIZES if size <= options.most]
    if options.source:
        known = json.loads(Path(options.source).read_text(encoding="utf-8"))
        found = {what: {int(size): value for size, value in values.items()} for what, values in known.items()}
    else:
        found = measure(sizes, *(LONG if options.long else SHORT), rounds=options.rounds)
    minutes = (time.monotonic() - began) / 60
    print(growth_table(found))
    print()
    print(table(figures(found)))
    print(f"\n{minutes:.1f} minutes, {os.cpu_count()} cores, Python {platform.python_version()}")
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1), encoding="utf-8")
    if options.write:
        write(found, minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
