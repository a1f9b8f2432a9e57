"""Edit a text in the user's editor, which gets the terminal until it ends."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from qpi_tui.files.private_file import new_private
from qpi_tui.terminal.clipboard import without_secrets

# Maximum bytes of an edited text: more than any field accepts.
MOST = 1_000_000


class EditorError(Exception):
    """The editor returned no text; the message says why."""


def edit_text(app: App[Any], text: str, suffix: str = ".txt") -> str:
    """Open a text in `$VISUAL`, `$EDITOR` or vi, and return the saved text.

    The file is in a private folder and is removed. The console pauses meanwhile.

    Raises:
        EditorError: There is no editor, it failed, or it saved something that is not text. The old text is kept.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    if not command or shutil.which(command[0]) is None:
        raise EditorError(f"Cannot find the editor {command[0] if command else ''!r}. Set EDITOR.")
    with tempfile.TemporaryDirectory(prefix="qpi-tui-") as folder:
        file = Path(folder) / f"text{suffix}"
        with new_private(file) as draft:
            draft.write(text)
        try:
            with app.suspend():
                done = subprocess.run([*command, str(file)], check=False, env=without_secrets())  # noqa: S603
        except (OSError, SuspendNotSupported) as error:
            raise EditorError(f"Cannot start {command[0]!r}: {error}") from None
        if done.returncode:
            raise EditorError(f"{command[0]} ended with status {done.returncode}. The text is unchanged.")
        return _read(file, had_end=text.endswith("\n"))


def _read(file: Path, *, had_end: bool) -> str:
    try:
        if file.stat().st_size > MOST:
            raise EditorError(f"The saved text is longer than {MOST:,} bytes. The text is unchanged.")
        found = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EditorError(f"Cannot read the saved text: {error}. The text is unchanged.") from None
    # Editors end the last line.
    return found if had_end else found.removesuffix("\n")
