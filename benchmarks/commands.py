"""How long the fast commands take compared with `python -c pass`: version, help, completion; medians of one run.

Run it from the checkout:

    python -m benchmarks.commands [--json] [--check]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time

ROUNDS = 15
# Maximum factor over `python -c pass` for each.
CASES: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("--version", ("-m", "qpi_tui", "--version"), 4.0),
    ("--help", ("-m", "qpi_tui", "--help"), 4.0),
    ("jobs list --help", ("-m", "qpi_tui", "jobs", "list", "--help"), 4.0),
    ("completion bash", ("-m", "qpi_tui", "completion", "bash"), 4.0),
    ("completing a command", ("-m", "qpi_tui", "_complete", "jobs", "l"), 4.0),
)


def seconds(*words: str) -> float:
    """Return the duration of one run of Python with these arguments."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> int:
    """Measure and print. With `--check`, fail above the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    runs: dict[str, list[float]] = {"python -c pass": []} | {name: [] for name, _, _ in CASES}
    for _ in range(ROUNDS):
        # The commands alternate, so that a busy moment of the machine affects all of them.
        runs["python -c pass"].append(seconds("-c", "pass"))
        for name, words, _ in CASES:
            runs[name].append(seconds(*words))
    medians = {name: statistics.median(times) for name, times in runs.items()}
    bare = medians["python -c pass"]
    rows = [{"case": name, "ms": 1000 * taken, "ratio": taken / bare} for name, taken in medians.items()]
    if options.json:
        print(json.dumps(rows, indent=1))
    else:
        for row in rows:
            print(f"{row['case']:<22} {row['ms']:7.1f} ms   × {row['ratio']:.2f}")
    over = [name for name, _, most in CASES if medians[name] / bare > most]
    if options.check and over:
        print(f"above the limit: {', '.join(over)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
