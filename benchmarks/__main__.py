"""Every figure of speed and output volume, in one table and one run, in less than ten minutes on two cores.

python -m benchmarks            the whole table
python -m benchmarks --check    only bytes and counts, in a minute; exit code 1 if a limit is exceeded
python -m benchmarks --write    the whole table, into docs/reference/measurements.md
python -m benchmarks start week only some parts
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import live, many, quiet, rows, slow_line, start, week
from benchmarks.figures import Figure, markdown, table

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "measurements.md"
MARK = "<!-- the table -->"
# Before the idle consoles share the cores.
ALONE = ("start", "commands", "known")
# Each part with its long form and, if it counts bytes or numbers, its short one.
PARTS: dict[str, tuple[Callable[[], list[Figure]], Callable[[], list[Figure]] | None]] = {
    "start": (start.start, None),
    "commands": (start.commands, None),
    "known": (start.known, None),
    "bytes": (quiet.bytes_of_changes, quiet.bytes_of_changes),
    "nothing": (quiet.bytes_of_nothing, partial(quiet.bytes_of_nothing, 0.6)),
    "slow": (slow_line.slow_line, None),
    "live": (live.live, None),
    "weight": (live.weight, live.weight),
    "many": (many.many, None),
    "rows": (rows.rows, None),
    "week": (week.week, partial(week.week, 3_000)),
    "rest": (quiet.rest, partial(quiet.rest, 5.0)),
}


def main() -> int:
    """Run the requested parts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="these parts only")
    parser.add_argument("--check", action="store_true", help="bytes and counts only; exit code 1 above a limit")
    parser.add_argument("--write", action="store_true", help="write the table to docs/reference/measurements.md")
    options = parser.parse_args()
    began = time.monotonic()
    figures: list[Figure] = []
    # Idle consoles cost next to nothing, so the other parts run meanwhile.
    resting: list[Figure] = []
    rest: threading.Thread | None = None
    for name, (whole, short) in PARTS.items():
        if rest is None and name not in ALONE and not options.check and (not options.parts or "rest" in options.parts):
            begun = threading.Event()
            rest = threading.Thread(target=_rest, args=(resting, begun), daemon=True)
            rest.start()
            begun.wait(300)
        if name == "rest" and rest is not None:
            rest.join()
            figures += resting
            continue
        run = short if options.check else whole
        if run is None or (options.parts and name not in options.parts):
            continue
        print(f"… {name}", file=sys.stderr, flush=True)
        found = run()
        figures += [figure for figure in found if figure.exact] if options.check else found
    print(table(figures))
    minutes = (time.monotonic() - began) / 60
    print(f"\n{minutes:.1f} minutes, {os.cpu_count()} cores, Python {platform.python_version()}")
    if options.write:
        if options.parts:
            parser.error("the page takes the whole table, not parts")
        page = PAGE.read_text(encoding="utf-8")
        head, _, rest = page.partition(MARK)
        tail = rest.partition(MARK)[2]
        where = f"{os.cpu_count()} cores, Python {platform.python_version()}, {minutes:.1f} minutes."
        PAGE.write_text(f"{head}{MARK}\n{markdown(figures)}\n\n{where}\n{MARK}{tail}", encoding="utf-8")
    missed = [figure for figure in figures if figure.exact and figure.kept is False]
    return 1 if options.check and missed else 0


def _rest(found: list[Figure], begun: threading.Event) -> None:
    found.extend(quiet.rest(begun=begun))


if __name__ == "__main__":
    sys.exit(main())
