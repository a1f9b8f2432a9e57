"""Completions of a typed path."""

from __future__ import annotations

import os

from qpi_tui.domain.sanitize import clean

# Maximum number of suggestions, and of folder entries to check.
_OFFERED, _LOOKED_AT = 50, 5_000


def complete_path(typed: str) -> list[str]:
    """Return the paths with this prefix: folders with a trailing slash; hidden ones only after a dot.

    `~` stays as typed. An unreadable folder has no completions.
    """
    folder, slash, begin = typed.rpartition("/")
    if "\0" in typed or (typed.startswith("~") and not slash):
        return []
    found = []
    try:
        with os.scandir(os.path.expanduser(f"{folder}{slash}") or ".") as entries:
            for _, entry in zip(range(_LOOKED_AT), entries, strict=False):
                name = entry.name
                # A name that cannot be displayed cannot be typed.
                if name.startswith(begin) and name.startswith(".") <= begin.startswith(".") and clean(name) == name:
                    found.append(f"{folder}{slash}{name}{'/' if entry.is_dir() else ''}")
    except OSError:
        return []
    return sorted(found)[:_OFFERED]
