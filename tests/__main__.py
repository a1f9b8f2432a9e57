"""Run the whole test suite: `python -m tests [--coverage] [pytest arguments]`.

Some terminal tests measure bytes and milliseconds. They run after the others, one on each core, whether or not the
first half passed. The exit code is that of the first half that failed.

With `--coverage`, branch coverage is measured in every process that runs the packages, which takes longer. The coverage
of each package is printed, and the exit code is 2 if the client's is below `LEAST`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MEASURED = tuple(f"tests/tui/terminal/test_{name}.py" for name in ("cost", "slow_line", "hang_up"))
# Tests also wait for servers and terminals: with three processes for each core, a fifth of the processors was idle,
# with four an eighth. Six gain a hundredth more, and slow each other down until a test that waits fails.
PROCESSES = str(4 * (os.cpu_count() or 2))
# Same order as tests/conftest.py: the longest files first.
PARALLEL = ("-n", PROCESSES, "--dist", "loadfile", "--no-loadscope-reorder")
# Minimum line and branch coverage of the client, in percent.
LEAST = 90
# These wait most of the time: one for each core.
MEASURING = ("-n", str(os.cpu_count() or 2), "--dist", "load")
HALVES = ((*PARALLEL, *(f"--ignore={file}" for file in MEASURED)), (*MEASURING, *MEASURED))


def compile_tests() -> None:
    """Let pytest compile the tests once. On a fresh checkout, each worker would compile them for itself."""
    folder = Path(__file__).parent
    if any(folder.rglob("*pytest*.pyc")):
        return
    rooms = sorted(path for path in folder.iterdir() if path.is_dir() and any(path.rglob("test_*.py")))
    shares = [[path for path in rooms if (path.name == "tui") == tui] for tui in (True, False)]
    collecting = [
        subprocess.Popen(
            [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *share],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for share in shares
    ]
    for each in collecting:
        each.wait()


def coverage(*words: str) -> int:
    """Run a `coverage` command and return its exit code."""
    return subprocess.call([sys.executable, "-m", "coverage", *words])


def shares() -> int:
    """Print the coverage of each package, and return 0 if the client's is high enough."""
    coverage("combine", "--quiet")
    for package in ("qpi_sandbox", "qpi_tui"):
        print(package, flush=True)
        coverage("report", f"--include=*/{package}/*", "--format=total", "--precision=1")
    print("qpi_client", flush=True)
    return coverage("report", "--include=*/qpi_client/*", "--skip-covered", "--precision=1", f"--fail-under={LEAST}")


def main(arguments: list[str]) -> int:
    """Run both halves and return the first exit code that is not 0."""
    counted = "--coverage" in arguments
    arguments = [word for word in arguments if word != "--coverage"]
    if not arguments:
        compile_tests()
    if counted:
        coverage("erase")
    program = ["coverage", "run", "-m", "pytest"] if counted else ["pytest"]
    codes = [subprocess.call([sys.executable, "-m", *program, *half, *arguments]) for half in HALVES]
    if counted:
        codes.append(shares())
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
