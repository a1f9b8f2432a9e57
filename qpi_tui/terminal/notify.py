"""Notifications of the desktop by the terminal's own sequences, through tmux and screen too; or by a program.

| way | sequence | terminals |
|---|---|---|
| `bell` | BEL | all |
| `osc9` | OSC 9 | iTerm2, WezTerm, Ghostty, ConEmu |
| `osc777` | OSC 777 | foot, urxvt, VTE with the patch of Fedora and Tilix |
| `osc99` | OSC 99 | kitty |

Whatever the text, none of its bytes can end the sequence: control characters are replaced before, and OSC 99 carries it
in base64.
"""

from __future__ import annotations

import json
import logging
import os
import shlex
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from qpi_tui.domain.sanitize import clean

_log = logging.getLogger(__name__)

WAYS: Final = ("auto", "bell", "osc9", "osc777", "osc99", "off")
# Maximum characters of a notification: desktops show about two lines.
_LONGEST = 250
# Seconds that a program may take.
PATIENCE = 60.0
_ESC, _BEL, _ST = "\x1b", "\x07", "\x1b\\"


class CommandError(Exception):
    """A notification program failed; the message is a sentence."""


def way_of(environment: Mapping[str, str]) -> str:
    """Return how the terminal notifies, according to the environment; by default the bell.

    In tmux, the environment is that of the terminal where tmux was started.
    """
    has, term = environment.get, environment.get("TERM", "")
    program = has("TERM_PROGRAM", "") or has("LC_TERMINAL", "")
    if has("KITTY_WINDOW_ID") or term == "xterm-kitty":
        return "osc99"
    osc9 = ("iTerm.app", "iTerm2", "WezTerm", "ghostty")
    if program in osc9 or has("LC_TERMINAL") in osc9 or has("WEZTERM_PANE") or has("GHOSTTY_RESOURCES_DIR"):
        return "osc9"
    if term.startswith(("foot", "rxvt-unicode")):
        return "osc777"
    return "bell"


def sequence(way: str, title: str, text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return what to write to the terminal for a notification; nothing for `off`.

    Args:
        way: One of `WAYS`.
        title: Who notifies.
        text: The message. It may come from a server: it is sanitized here in any case.
        environment: Used to recognize tmux, screen and the terminal.
    """
    way = way_of(environment) if way == "auto" else way
    title, text = _safe(title, 60), _safe(text, _LONGEST)
    if way == "bell":
        # Multiplexers pass a bell on, or mark the window.
        return _BEL
    if way == "osc9":
        # The title comes first: text that starts with a number is another ConEmu command.
        return _passed(f"{_ESC}]9;{title}: {text}{_ST}", environment)
    if way == "osc777":
        return _passed(f"{_ESC}]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}{_ST}", environment)
    if way == "osc99":
        parts = (("d=0:e=1:p=title", title), ("d=1:e=1:p=body", text))
        return "".join(
            _passed(f"{_ESC}]99;i=qpi-tui:{about};{b64encode(said.encode()).decode()}{_ST}", environment)
            for about, said in parts
        )
    return ""


def _safe(text: str, limit: int) -> str:
    """Return only letters and punctuation: no 7-bit or 8-bit control characters, no lone surrogates."""
    return clean(text, limit).encode("utf-8", "replace").decode()


def _passed(said: str, environment: Mapping[str, str]) -> str:
    """Wrap a sequence so that tmux (with `allow-passthrough`) and screen pass it to the terminal."""
    if environment.get("TMUX"):
        return f"{_ESC}Ptmux;{said.replace(_ESC, _ESC + _ESC)}{_ST}"
    if environment.get("STY"):
        # The string's own terminator would end screen's: BEL ends it too.
        return f"{_ESC}P{said.removesuffix(_ST)}{_BEL}{_ST}"
    return said


def program_of(command: str) -> list[str]:
    """Split a command into a program and its arguments, without a shell.

    Raises:
        CommandError: There is no such program, or the command cannot be parsed.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CommandError(f"{command[:80]!r} cannot be read: {error}.") from None
    if not words or shutil.which(words[0]) is None:
        raise CommandError(f"No such program: {words[0] if words else ''!r}.")
    return words


def hand_to(words: list[str], record: Mapping[str, Any], *, quiet: bool = False) -> None:
    """Run a program with a record as JSON on standard input, and wait for it.

    Args:
        words: The program and its arguments.
        record: Its input.
        quiet: Discard its output.

    Raises:
        CommandError: It cannot be started, takes too long, or exits with a status other than 0.
    """
    output = subprocess.DEVNULL if quiet else None
    data = json.dumps(record, default=str).encode()
    try:
        done = subprocess.run(words, input=data, stdout=output, stderr=output, timeout=PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise CommandError(f"{words[0]} did not end within {PATIENCE:g} s and was killed.") from None
    except OSError as error:
        raise CommandError(f"{words[0]} cannot be started: {error.strerror}.") from None
    if done.returncode:
        raise CommandError(f"{words[0]} ended with status {done.returncode}.")
