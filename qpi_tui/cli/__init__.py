"""The command line. Textual is imported by the commands that open the console, and by no other."""

from __future__ import annotations

import sys
from collections.abc import Sequence

VERSION = "0.1.0"


def run(words: Sequence[str]) -> int:
    """Run a command line; errors that a person can mend become one sentence on standard error."""
    if list(words) in (["--version"], ["-V"]):
        print(f"qpi-tui {VERSION}")  # noqa: T201  # the answer that was asked for
        return 0
    from qpi_tui.cli.problems import Problem

    try:
        if not words:
            # The console from the environment alone does not wait for the command line's library.
            from qpi_tui.cli.console import open_console

            return open_console()
        from qpi_tui.cli.commands import app

        result = app(list(words), result_action="return_value", exit_on_error=False, print_error=False)
        return int(result or 0)
    except Problem as problem:
        print(f"qpi-tui: {problem}", file=sys.stderr)  # noqa: T201  # errors go to standard error
        return problem.code
    except KeyboardInterrupt:
        return 130
