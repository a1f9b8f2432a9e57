"""Copy over SSH: through tmux if inside it, otherwise by the terminal's own sequence (OSC 52)."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Any

from textual.app import App

from qpi_tui.domain.sanitize import clean

# Maximum characters of one line that a clipboard gets.
_LONGEST = 1_000_000


def copy_text(app: App[Any], text: str) -> str:
    """Send `text` to the terminal's clipboard and return a notice with it: success cannot be verified.

    Control characters other than line breaks and tabs are removed, so that pasting it is harmless.
    """
    lines = text.encode("utf-8", "replace").decode().split("\n")
    safe = "\n".join("\t".join(clean(cell, _LONGEST) for cell in line.split("\t")) for line in lines)
    tmux = shutil.which("tmux") if os.environ.get("TMUX") else None
    sent = False
    if tmux:
        try:
            # Tmux drops OSC 52 by default; its own buffer reaches the outer terminal.
            command = [tmux, "load-buffer", "-w", "-"]
            subprocess.run(command, input=safe.encode(), timeout=1, check=True, env=without_secrets())  # noqa: S603
            sent = True
        except (OSError, subprocess.SubprocessError):
            sent = False
    if not sent:
        app.copy_to_clipboard(safe)
    return f"sent to the terminal's clipboard: {clean(safe, limit=60)}"


def without_secrets() -> dict[str, str]:
    """Return the environment without server credentials: a program that copies or edits needs no password."""
    return {name: value for name, value in os.environ.items() if not name.startswith("QPI_")}
