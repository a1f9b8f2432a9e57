"""`qpi-tui`: the console without arguments, otherwise a command."""

from __future__ import annotations

import sys

from qpi_tui.startup import defer_garbage_collection, postpone_modules


def main() -> int:
    """Run the command line and return the exit code."""
    defer_garbage_collection()
    postpone_modules()
    from qpi_tui.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
