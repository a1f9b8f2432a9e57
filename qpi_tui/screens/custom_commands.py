"""Runs the user's own commands on the targeted records, with their fields in a shell's environment."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from textual.app import App, SuspendNotSupported

from qpi_tui.domain.sanitize import clean, clean_lines
from qpi_tui.rows.record_environment import record_environment, record_json
from qpi_tui.settings.child_environment import child_environment
from qpi_tui.settings.custom_commands import EVERYWHERE, CustomCommand

if TYPE_CHECKING:
    from qpi_tui.domain.styled_text import Part
    from qpi_tui.live.feed import Feed
    from qpi_tui.rows.base import Row
    from qpi_tui.screens.shell import Shell
    from qpi_tui.settings.accounts import SignIn
    from qpi_tui.settings.config import Settings

_SHELL = "/bin/sh"
# Maximum characters kept of a command's output.
_LONGEST = 200_000
# Seconds between checks whether the user still types, before the output is shown.
_LOOK = 0.3
_COLOURS = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")


class Meant(NamedTuple):
    """A record that a command runs on, and whose server it is: `server` is its name where several are open."""

    row: Row
    settings: Settings
    sign_in: SignIn
    server: str = ""


class CommandScreen(Protocol):
    """The screen where a command runs."""

    feed: Feed[Any]

    @property
    def app(self) -> App[Any]:
        """The app."""
        ...

    @property
    def console(self) -> Shell:
        """The console."""
        ...

    def tell(self, sentence: str) -> None:
        """Show a sentence on the notice line."""

    def meant_rows(self) -> Sequence[Meant] | None:
        """The records that it runs on; None where it must not run, which is said."""


@dataclass(frozen=True)
class Run:
    """One run: its record, standard input and environment."""

    label: str
    environment: dict[str, str]
    record: bytes = b""


def run_custom(screen: CommandScreen, command: CustomCommand) -> None:
    """Ask if configured, then run the command for each targeted record."""
    meant = screen.meant_rows()
    if meant is None or (not meant and EVERYWHERE not in command.screens):
        return
    runs = _runs(screen.console, meant)

    def go() -> None:
        if command.background:
            screen.app.run_worker(_background(screen, command, runs), exit_on_error=False)
        else:
            _foreground(screen, command, runs)

    if not command.confirm:
        go()
        return
    from qpi_tui.widgets.dialogs import Question

    lines: list[list[Part]] = [[("sh: ", "$text-muted"), (clean(command.run, 400), "")]]
    lines += [[(run.label, "bold")] for run in runs if run.label]
    question = Question(f"Run {clean(command.label, 80)}?", lines, confirm="Run", careful=len(runs) > 1)
    screen.app.push_screen(question, lambda yes: go() if yes else None)


def _runs(console: Shell, meant: Sequence[Meant]) -> list[Run]:
    def environment(settings: Settings, sign_in: SignIn) -> dict[str, str]:
        return child_environment(os.environ, settings, sign_in, console.started_with)

    if not meant:
        return [Run("", environment(console.settings, console.sign_in))]
    found = []
    for row, settings, sign_in, server in meant:
        label = f"{getattr(row, 'label', '') or row.id}{f' on {server}' if server else ''}"
        base = environment(settings, sign_in)
        found.append(Run(clean(label, 120), base | record_environment(row), record_json(row)))
    return found


def _foreground(screen: CommandScreen, command: CustomCommand, runs: Sequence[Run]) -> None:
    """Give the terminal to the command until it ends and the user has read its output."""
    failed = 0
    try:
        with screen.app.suspend():
            # Ctrl+C is for the program: a handler is not inherited, but "ignore" would be.
            before = signal.signal(signal.SIGINT, lambda *_: None)
            try:
                for run in runs:
                    done = subprocess.run([_SHELL, "-c", command.run], env=run.environment, check=False)  # noqa: S603
                    failed = done.returncode or failed
                ended = f"ended with status {failed}" if failed else "done"
                sys.stdout.write(f"\n[{clean(command.label, 80)}: {ended}. Press Enter to return to the console.] ")
                sys.stdout.flush()
                if sys.__stdin__ is not None:
                    sys.__stdin__.readline()
            finally:
                signal.signal(signal.SIGINT, before)
    except (OSError, SuspendNotSupported) as error:
        screen.tell(f"{command.label}: cannot start {_SHELL}: {error}.")
        return
    _say(screen, command, failed)
    screen.feed.poke()


async def _background(screen: CommandScreen, command: CustomCommand, runs: Sequence[Run]) -> None:
    """Run behind the console, then show the output as configured."""
    printed, failed = [], 0
    for run in runs:
        status, text = await _captured(command, run)
        failed = status or failed
        heading = f"{run.label}\n" if len(runs) > 1 else ""
        printed.append(f"{heading}{text}")
    whole = clean_lines(_COLOURS.sub("", "\n".join(printed)), _LONGEST).rstrip()
    last = whole.rpartition("\n")[2].strip() if command.output == "notice" else ""
    _say(screen, command, failed, last)
    screen.feed.poke()
    if command.output == "pager" and whole:
        from qpi_tui.widgets.dialogs import Reader

        # Do not interrupt typing or a question.
        while screen.console.occupied:  # noqa: ASYNC110  # nothing tells when the typing is over
            await asyncio.sleep(_LOOK)
        screen.app.push_screen(Reader(command.label, [[(line, "")] for line in whole.split("\n")]))


async def _captured(command: CustomCommand, run: Run) -> tuple[int, str]:
    """Return the exit status of a run and the beginning of its output."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        _SHELL, "-c", command.run, env=run.environment, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    kept = bytearray()

    async def read() -> None:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        while piece := await process.stdout.read(65536):
            kept.extend(piece[: max(_LONGEST - len(kept), 0)])

    async def write() -> None:
        assert process.stdin is not None  # noqa: S101
        try:
            process.stdin.write(run.record)
            await process.stdin.drain()
            process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            # It does not read.
            return

    await asyncio.gather(read(), write())
    return await process.wait(), kept.decode("utf-8", "replace")


def _say(screen: CommandScreen, command: CustomCommand, failed: int, last: str = "") -> None:
    label = clean(command.label, 80)
    if failed:
        screen.tell(f"{label} ended with status {failed}.{f' {last}' if last else ''}")
    elif command.output != "none" or not command.background:
        screen.console.say([("✓ ", "$text-success"), (f"{label}: ", "bold"), (clean(last, 200) or "done", "")])
