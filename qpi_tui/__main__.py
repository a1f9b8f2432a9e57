"""`qpi-tui`: the console without arguments, everything else by the command line.

Garbage is not collected until the first frame is shown (`Console.first_frame_shown`): it halves the time to it.
"""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run what the command line says and return the exit code."""
    gc.disable()
    from qpi_tui.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
