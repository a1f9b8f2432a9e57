"""The whole test suite: `python -m tests [pytest arguments]`.

Some tests at a real terminal measure bytes and milliseconds, so they run behind the others and one at a time. They run
whatever the first half did; the exit code is that of the first half that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys

MEASURED = tuple(
    f"tests/tui/terminal/test_{name}.py" for name in ("console", "console_frames", "frames", "job_control", "preload")
)
# Tests wait most of their time: for a server, or for a terminal.
PROCESSES = str(3 * (os.cpu_count() or 2))
# In the order of tests/conftest.py: the longest files first.
PARALLEL = ("-n", PROCESSES, "--dist", "loadfile", "--no-loadscope-reorder")
HALVES = ((*PARALLEL, *(f"--ignore={file}" for file in MEASURED)), MEASURED)


def main(arguments: list[str]) -> int:
    """Run both halves and return the first exit code that is not 0."""
    codes = [subprocess.call([sys.executable, "-m", "pytest", *half, *arguments]) for half in HALVES]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
