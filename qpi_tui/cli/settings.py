"""`qpi-tui config`: the settings, their sources, and whether they are valid."""

from __future__ import annotations

import os
from typing import Annotated, Any

from cyclopts import Parameter

from qpi_tui.cli.common import OUTPUT, Output, group
from qpi_tui.cli.output import say, show_record, write
from qpi_tui.cli.problems import USAGE, Problem
from qpi_tui.cli.sources import config, settings_for
from qpi_tui.settings.config import ConfigFile
from qpi_tui.settings.options import PROFILE, TOP

app = group("config", "Show, find and check the configuration. It is never rewritten.")


@app.command
def show(*, profile: Annotated[str, Parameter(help="the profile (QPI_PROFILE)")] = "", output: Output = OUTPUT) -> int:
    """Show every setting with its value and source.

    Example: qpi-tui config show --profile lab --json
    """
    settings = settings_for(profile)
    file = config()
    chosen = file.profiles.get(settings.name, {})
    learned = file.learned.get(settings.name, {})
    sign_in = settings.sign_in
    values: dict[str, Any] = {
        "profile": settings.name,
        "url": sign_in.url,
        "identity": sign_in.identity,
        "role": sign_in.role.value,
        "refresh": settings.refresh,
        "read_only": settings.read_only,
        "theme": settings.theme,
        "colour": settings.colour,
        **{key: settings.transport.get(key, "") for key in ("ca_file", "fingerprint")},
        "bell": settings.bell,
        "notify": list(settings.notify),
        "notify_by": settings.notify_by,
        "notify_command": settings.notify_command,
        "slow": settings.slow,
        "ascii": settings.ascii,
        "keyset": str(file.top.get("keyset", "plain")),
        "keys": dict(settings.keys),
        "thresholds": {name: dict(limit) for name, limit in settings.thresholds.items()},
        "commands": {command.name: command.run for command in settings.commands},
    }
    variables = {option.name: option.environment for option in (*TOP, *PROFILE) if option.environment}

    def source(key: str) -> str:
        if key == "profile" and profile:
            return "--profile"
        if os.environ.get(variables.get(key, "")):
            return variables[key]
        if key in chosen:
            return f"[profiles.{settings.name}]"
        if key in file.top:
            return "the file"
        if key in learned or (key == "fingerprint" and values[key]) or (key == "profile" and file.current):
            return "login"
        return "default"

    if output.plain:
        width = max(map(len, values))
        for key, value in values.items():
            said = str(value) if value not in ("", {}, [], None) else "–"
            write(f"{key:<{width}}  {said:<40}  {source(key)}\n")
        say(f"Profiles: {', '.join(file.names) or 'none'}.")
    else:
        show_record({**values, "profiles": file.names}, [(key, str(value)) for key, value in values.items()], output)
    return 0


@app.command
def path() -> int:
    """Print the path of the configuration.

    Example: $EDITOR "$(qpi-tui config path)"
    """
    from qpi_tui.files.paths import config_file

    write(f"{config_file()}\n")
    return 0


@app.command
def check() -> int:
    """Check the configuration: unknown settings, invalid values, key conflicts, missing themes.

    Example: qpi-tui config check
    """
    from qpi_tui.files.paths import config_file
    from qpi_tui.settings.keymap import clashes
    from qpi_tui.settings.themes import ThemeError, find_theme
    from qpi_tui.settings.views import ViewError, read_views

    file = config()
    found: list[str] = []
    settings = settings_for()
    found += clashes(settings.keys, settings.commands)
    found += _programs(file)
    # Check each theme once: there may be hundreds of profiles.
    named = [file.top.get("theme"), *(profile.get("theme") for profile in file.profiles.values())]
    for theme in dict.fromkeys(str(name) for name in named if name):
        try:
            find_theme(theme)
        except ThemeError as error:
            found.append(str(error))
    try:
        read_views()
    except ViewError as error:
        found.append(str(error))
    if found:
        raise Problem(f"{config_file()}: {' '.join(dict.fromkeys(found))}", USAGE)
    exists = config_file().exists()
    say(f"{config_file()}: OK" if exists else f"There is no {config_file()}. All settings have their defaults.")
    return 0


def _programs(file: ConfigFile) -> list[str]:
    """Return a sentence for each `notify_command` whose program does not exist."""
    from qpi_tui.terminal.notify import CommandError, program_of

    found = []
    for each in (file.top, *file.profiles.values()):
        if command := each.get("notify_command"):
            try:
                program_of(str(command))
            except CommandError as error:
                found.append(f"notify_command: {error}")
    return found
