"""Open the console on a server, or on a demo."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qpi_tui.cli.problems import FAILED, FAULT, USAGE, Problem
from qpi_tui.cli.sources import settings_for

if TYPE_CHECKING:
    from qpi_tui.settings.accounts import SignIn
    from qpi_tui.settings.config import Settings


def open_console(
    url: str = "",
    *,
    profile: str = "",
    screen: str = "",
    refresh: float | None = None,
    read_only: bool = False,
    theme: str | None = None,
    slow: bool | None = None,
    ascii: bool | None = None,
    sign_in: SignIn | None = None,
    **more: Any,
) -> int:
    """Run the console until the user quits, and return the exit code. `sign_in` overrides all other sources."""
    from qpi_tui.files.paths import audit_log_file
    from qpi_tui.resources import registry
    from qpi_tui.settings.keymap import clashes
    from qpi_tui.startup import defer_garbage_collection
    from qpi_tui.terminal.textual_loading import load_textual

    if screen and screen not in registry():
        raise Problem(f"Unknown screen {screen!r}. The screens are {', '.join(registry())}.", USAGE)
    if refresh is not None and not 0.2 <= refresh <= 3600:
        raise Problem(f"--refresh is {refresh:g} seconds; it must be 0.2 to 3600.", USAGE)
    profile, others = _profiles(profile)
    settings = settings_for(
        profile, url, read_only=read_only, screen=screen, refresh=refresh, theme=theme, slow=slow, ascii=ascii
    )
    if found := clashes(settings.keys, settings.commands):
        raise Problem(" ".join(found), USAGE)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Problem("The console needs a terminal; scripts use the commands: `qpi-tui --help`.", USAGE)
    if sign_in is not None:
        settings = replace(settings, sign_in=sign_in, name="", colour="", transport={})
    settings = replace(settings, audit_log=audit_log_file(), others=others, **more)
    defer_garbage_collection()
    from qpi_tui.session.preload import early_requests

    early = early_requests(settings)
    if early is not None:
        early.send()
    load_textual()
    from qpi_tui.app import Console

    try:
        app = Console(settings, early)
    except ValueError as error:
        from qpi_tui.settings.themes import ThemeError

        if not isinstance(error, ThemeError):
            raise
        raise Problem(str(error), USAGE) from None
    app.run()
    if app.fault is not None:
        from qpi_tui.files import crash_report

        raise Problem(crash_report.sentence(app.fault_report, app.fault), FAULT)
    return app.return_code or 0


def _profiles(named: str) -> tuple[str, tuple[Settings, ...]]:
    """Split `a,b` into the first profile and the settings of the others. The environment's account is for the first
    only.
    """
    from qpi_tui.cli.sources import config
    from qpi_tui.session.sources import settings_of_other
    from qpi_tui.settings.config import ConfigError

    names = [name.strip() for name in named.split(",") if name.strip()]
    if len(names) < 2 or named in config().names:
        return named, ()
    try:
        others = tuple(settings_of_other(name) for name in dict.fromkeys(names[1:]) if name != names[0])
    except ConfigError as error:
        raise Problem(str(error), USAGE) from None
    for each in others:
        if not each.sign_in.url:
            raise Problem(f"The profile {each.name} names no server.", USAGE)
    return names[0], others


def open_demo(
    role: str = "admin",
    *,
    screen: str = "",
    refresh: float | None = None,
    theme: str | None = None,
    ascii: bool | None = None,
    seed: int = 1,
) -> int:
    """Start an orchestrator with demo data, and open the console on it."""
    try:
        from qpi_sandbox import Sandbox, SandboxError
    except ImportError as error:
        raise Problem(missing_sandbox(error), FAILED) from None
    from qpi_tui.domain.roles import Role
    from qpi_tui.settings.accounts import SignIn

    try:
        with Sandbox(seed=seed, live=True) as sandbox:
            who = sandbox.admin if role == "admin" else sandbox.users[0]
            sign_in = SignIn(sandbox.url, Role(role), who.identity, who.password)
            return open_console(screen=screen, refresh=refresh, theme=theme, ascii=ascii, sign_in=sign_in)
    except SandboxError as error:
        raise Problem(str(error), FAILED) from None


def missing_sandbox(error: ImportError) -> str:
    """Return the message for a sandbox that is not installed."""
    return (
        f"The sandbox is not installed ({error.name or error} is missing): "
        "install it with `pip install 'qpi-tui[sandbox]'`."
    )
