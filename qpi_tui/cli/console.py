"""Opening the console: on a server, or on a demo of its own."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import Any

from qpi_tui.cli.problems import FAILED, USAGE, Problem
from qpi_tui.config import ConfigError, Settings, sign_in_from
from qpi_tui.connection import SignIn


def open_console(
    url: str = "",
    *,
    screen: str = "",
    refresh: float = 2.0,
    read_only: bool = False,
    sign_in: SignIn | None = None,
    **more: Any,
) -> int:
    """Run the console until it is left; returns the exit code."""
    from qpi_tui.paths import journal_file
    from qpi_tui.screens import PLACES

    if screen and screen not in PLACES:
        raise Problem(f"There is no screen {screen!r}. The screens are {', '.join(PLACES)}.", USAGE)
    if not 0.2 <= refresh <= 3600:
        raise Problem(f"--refresh is {refresh:g} seconds; it may be 0.2 to 3600.", USAGE)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Problem("The console needs a terminal; scripts use the commands: `qpi-tui --help`.", USAGE)
    try:
        settings = Settings(
            sign_in=sign_in or sign_in_from(url=url),
            screen=screen,
            refresh=refresh,
            read_only=read_only or os.environ.get("QPI_READ_ONLY", "") not in {"", "0", "false", "no"},
            journal=journal_file(),
            theme=os.environ.get("QPI_THEME", ""),
            **more,
        )
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None
    from qpi_tui.app import Console

    app = Console(settings)
    app.run()
    return app.return_code or 0


def open_demo(role: str = "admin", *, screen: str = "", refresh: float = 2.0, seed: int = 1) -> int:
    """Start an orchestrator with the data of a lab, and open the console on it."""
    try:
        from qpi_sandbox import Sandbox, SandboxError
    except ImportError as error:
        raise Problem(missing_sandbox(error), FAILED) from None

    try:
        with Sandbox(seed=seed, live=True) as sandbox:
            who = sandbox.admin if role == "admin" else sandbox.users[0]
            sign_in = replace(
                sign_in_from({"QPI_ROLE": role}, url=sandbox.url),
                identity=who.identity,
                password=who.password,
            )
            return open_console(screen=screen, refresh=refresh, sign_in=sign_in)
    except SandboxError as error:
        raise Problem(str(error), FAILED) from None


def missing_sandbox(error: ImportError) -> str:
    """The sentence for a sandbox that is not installed."""
    return (
        f"The sandbox is not installed ({error.name or error} is missing): "
        "install it with `pip install 'qpi-tui[sandbox]'`."
    )
