"""Writing what only its owner may read: a new file of mode 0600, never over another one."""

from __future__ import annotations

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write `text` to a new file of mode 0600. Raises `ValueError` with a sentence where that cannot be."""
    try:
        # O_EXCL: neither a file that is there nor a link that somebody put there is written over.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ValueError(f"{path} is there already: choose another name.") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def typed_path(text: str) -> Path:
    """A path as typed, `~` and all. Raises `ValueError` with a sentence where there is none."""
    if not text.strip():
        raise ValueError("Where to? Type the name of a file.")
    if "\0" in text:
        raise ValueError("A file's name cannot hold that character.")
    return Path(text.strip()).expanduser()
