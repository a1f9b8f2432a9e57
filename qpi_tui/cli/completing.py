"""Completions of a command line: commands and options immediately, names from the server if they arrive in time.

A child process requests the names and continues after the time limit. Its answer is cached for a minute, for the next
try.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qpi_tui.cli.surface import surface
from qpi_tui.resources import registry

# Seconds from process start until the answer: a shell waits for it.
DUE = 0.22
_FRESH = 60.0
_GIVE_UP = 5.0
_NO_NAMES = {"list", "tail", "submit", "create", "register", "book"}
_OPTION_NAMES = {
    "--qpu": "qpus",
    "--user": "users",
    "--for": "users",
    "--to": "",
    "--profile": "profiles",
    "--view": "views",
}


def complete(words: Sequence[str]) -> int:
    """Print the completions of the last word, one per line, with a tab before the description."""
    began = time.monotonic()
    typed = list(words) or [""]
    current = typed[-1]
    for word, what in _candidates(typed[:-1], current, began):
        if word.startswith(current) and word.isprintable():
            sys.stdout.write(f"{word}\t{what}\n" if what else f"{word}\n")
    sys.stdout.flush()
    return 0


def _candidates(before: list[str], current: str, began: float) -> list[tuple[str, str]]:
    known = surface()
    where = (_given(before, "--profile"), _given(before, "--url"))
    path: list[str] = []
    for word in _without_globals(before):
        if " ".join([*path, word]) not in known:
            break
        path.append(word)
    here = known.get(" ".join(path), {})
    options: dict[str, Any] = here.get("options", {})
    if before and before[-1] in options and options[before[-1]] is not False:
        option = before[-1]
        values = options[option]
        if values:
            return [(str(value), "") for value in values]
        kind = _OPTION_NAMES.get(option, "")
        return names(kind, began, *where) if kind else []
    if current.startswith("-"):
        return [(option, "") for option in options if option not in before] + [("--help", "how it is used")]
    commands = here.get("commands", [])
    if commands and len(path) == len(_without_globals(before)):
        return [(name, _first_line(known.get(" ".join([*path, name]), {}))) for name in commands]
    if len(path) == 2 and path[1] not in _NO_NAMES and here.get("words") and path[0] in registry():
        # The words of a resource's command are names of its records.
        taken = set(before)
        return [(word, what) for word, what in names(path[0], began, *where) if word not in taken]
    return []


def _given(words: list[str], option: str) -> str:
    """Return the value of an option."""
    for index, word in enumerate(words):
        if word == option and index + 1 < len(words):
            return words[index + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return ""


def _without_globals(words: list[str]) -> list[str]:
    """Return the words without global options."""
    from qpi_tui.cli.global_options import behind_globals

    return behind_globals(words)


def _first_line(command: dict[str, Any]) -> str:
    lines = [line for line in str(command.get("help", "")).splitlines() if line and not line.startswith("Usage:")]
    return lines[0].rstrip(".") if lines else ""


def names(kind: str, began: float, profile: str = "", url: str = "") -> list[tuple[str, str]]:
    """Return names of one kind, cached or requested; nothing if they do not arrive in time."""
    if kind == "profiles":
        from qpi_tui.cli.sources import config

        return [(name, "") for name in config().names]
    if kind == "views":
        from qpi_tui.settings.views import ViewError, read_views

        try:
            return [(view.name, view.about or view.filter) for view in read_views().values()]
        except ViewError:
            return []
    cache = _cache(kind, profile, url)
    found = _kept(cache)
    if found is not None or not hasattr(os, "fork"):
        return found or []
    child = os.fork()
    if child == 0:
        try:
            _gather(kind, cache, profile, url)
        finally:
            os._exit(1)
    while time.monotonic() - began < DUE:
        if os.waitpid(child, os.WNOHANG)[0]:
            return _kept(cache) or []
        time.sleep(0.01)
    return []


def _cache(kind: str, profile: str, url: str) -> Path:
    """Return the path of the cache, separate for each server and account."""
    import hashlib

    from qpi_tui.files.paths import cache_folder

    about = [
        profile,
        url,
        *[os.environ.get(name, "") for name in ("QPI_URL", "QPI_PROFILE", "QPI_IDENTITY", "QPI_ROLE")],
    ]
    from qpi_tui.session.remembered import RememberedServers

    about.append(RememberedServers().current)
    digest = hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]
    return cache_folder() / f"names-{kind}-{digest}.json"


def _kept(cache: Path) -> list[tuple[str, str]] | None:
    try:
        if time.time() - cache.stat().st_mtime > _FRESH:
            return None
        found = json.loads(cache.read_text(encoding="utf-8"))
        return [(str(word), str(what)) for word, what in found]
    except (OSError, ValueError, TypeError):
        return None


def _gather(kind: str, cache: Path, profile: str, url: str) -> None:
    """In the child: request, cache, exit. Its output must not reach the shell."""
    import signal

    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    signal.alarm(int(_GIVE_UP))
    from qpi_tui.cli.naming import ask_names
    from qpi_tui.files.private_file import replace_private

    replace_private(cache, json.dumps(ask_names(kind, profile, url)))
    os._exit(0)
