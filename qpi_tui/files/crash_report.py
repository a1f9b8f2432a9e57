"""Crash reports: a report without secrets in the state folder, and a message with its path."""

from __future__ import annotations

import os
import platform
import re
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from qpi_tui.files.private_file import new_private

# Possible secrets in a message: tokens, and what follows a word for a secret.
_TOKENS = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+|\b[A-Za-z0-9_-]{32,}\b")
_NAMED = re.compile(r"(?i)\b(password|passwd|token|secret|authorization|api[_-]?key)\b(\W{1,4})([^\s,;)}\]]+)")
_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
_KEPT, _MOST = 20, 200_000


def report(error: BaseException, folder: Path | None = None) -> Path | None:
    """Write a crash report and return its path; None if it cannot be written.

    It contains versions, the terminal, and the chain of errors with their code lines: no values of variables and no
    command line, which may contain private data.
    """
    from qpi_tui.files.paths import state_folder

    try:
        folder = folder or state_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _thin(folder)
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        path = folder / f"crash-{stamp}-{os.urandom(4).hex()}.txt"
        with new_private(path) as file:
            file.write(text_of(error))
    except OSError:
        return None
    return path


def sentence(path: Path | None, error: BaseException) -> str:
    """Return the message for the user."""
    said = f"Something in qpi-tui itself went wrong ({type(error).__name__}). This is a bug in qpi-tui."
    if path is None:
        return f"{said} A report could not be written."
    return f"{said} A report without secrets is in {path}; please send it along."


def text_of(error: BaseException) -> str:
    """Return the report's text."""
    from qpi_client.version import __version__ as VERSION
    from qpi_tui.domain.sanitize import clean_lines

    head = [
        f"qpi-tui {VERSION}",
        f"Python {platform.python_version()} on {platform.system()} {platform.release()}",
        f"terminal {os.environ.get('TERM', '?')}, colours {os.environ.get('COLORTERM', '?')}",
        f"loaded: {', '.join(name for name in ('textual', 'httpx', 'qpi_client') if name in sys.modules) or 'little'}",
        f"at {datetime.now(UTC).isoformat(timespec='seconds')}",
        "",
    ]
    lines = traceback.TracebackException.from_exception(error, capture_locals=False, limit=60).format()
    # A message may contain a server's text: the report is read in a terminal.
    return "\n".join(head) + clean_lines(without_secrets("".join(lines)), _MOST)


def without_secrets(text: str) -> str:
    """Mask everything in a text that looks like a secret, and replace the home folder by `~`."""
    text = _ADDRESS.sub("…@", text)
    text = _NAMED.sub(r"\1\2…", text)
    text = _TOKENS.sub("…", text)
    for name, value in os.environ.items():
        if name.startswith("QPI_") and ("PASSWORD" in name or "TOKEN" in name) and len(value) > 3:
            text = text.replace(value, "…")
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def _thin(folder: Path) -> None:
    """Keep only the newest reports."""
    for old in sorted(folder.glob("crash-*.txt"))[: -_KEPT + 1]:
        old.unlink(missing_ok=True)
