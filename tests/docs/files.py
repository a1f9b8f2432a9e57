"""Check the files that pages show, each by the program that reads it."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.cli.terminal import in_terminal

# Five fields of times, then the command. cron would end the command at a bare percent sign.
_CRON = re.compile(r"((?:[\d*/,-]+\s+){5})([^%\n]+)$")


def run(*words: str, env: Mapping[str, str], stdin: str = "") -> str:
    """Run a program that must succeed and return what it printed."""
    done = subprocess.run(words, env=env, input=stdin, capture_output=True, text=True, check=False, timeout=150)
    assert done.returncode == 0, (words, done)
    return done.stdout + done.stderr


def check_tmux(file: Path, env: Mapping[str, str]) -> None:
    """Let tmux read its configuration."""
    if shutil.which("tmux"):
        tmux = ("tmux", "-L", "check", "-f", "/dev/null")
        try:
            run(*tmux, "new-session", "-d", "cat", ";", "source-file", str(file), env=env)
        finally:
            run(*tmux, "kill-server", env=env)


def check_screen(file: Path, env: Mapping[str, str]) -> None:
    """Let GNU screen read its configuration."""
    if shutil.which("screen"):
        # An error names the file, if the line is wide enough.
        wide = {**env, "COLUMNS": "400"}
        with in_terminal(["screen", "-c", str(file), "sh", "-c", "read line"], wide) as terminal:
            terminal.types("\n")
            terminal.ends()
            assert str(file) not in terminal.text, terminal.text


def check_unit(file: Path, env: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Let systemd read a unit, and return the command that it starts and the environment it gives."""
    if shutil.which("systemd-analyze"):
        said = run("systemd-analyze", "verify", str(file), env=env)
        assert file.name not in said, said
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # names are case-sensitive in systemd
    unit.read_string(file.read_text(encoding="utf-8"))
    service = unit["Service"]
    assert (service["Restart"], unit["Install"]["WantedBy"]) == ("always", "multi-user.target")
    given = dict(pair.split("=", 1) for pair in shlex.split(service["Environment"]))
    return shlex.split(service["ExecStart"]), {**read_env(Path(service["EnvironmentFile"])), **given}


def read_env(file: Path) -> dict[str, str]:
    """Return the variables of an environment file."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def cron_commands(text: str) -> list[str]:
    """Return the commands of a crontab."""
    found = [_CRON.match(line) for line in text.splitlines() if line and not line.startswith("#")]
    assert all(found), text
    return [match[2] for match in found if match]


def custom_commands(text: str) -> list[str]:
    """Return the programs that `[commands.NAME]` of a configuration runs."""
    return [str(command["run"]) for command in tomllib.loads(text).get("commands", {}).values()]


def are_views(text: str) -> bool:
    """Whether this is a file of views, not the configuration."""
    return any("list" in table for table in tomllib.loads(text).values() if isinstance(table, dict))


def applied(diff: str) -> str:
    """Return the new text of a diff, as a program that meets the error it catches."""
    lines = [line[1:] for line in diff.splitlines() if line[0] in "+ "]
    text = "\n".join(lines)
    if text.startswith("except"):
        return (
            f"import qpi_client\ntry:\n    client.get_job('nosuchjob000000')\n{text}\n    caught = True\nassert caught"
        )
    return text
