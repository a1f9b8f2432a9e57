"""What a path that is being typed may become."""

from __future__ import annotations

import os

from qpi_tui.domain.sanitize import clean

# Files that are offered, and entries of a folder that are looked at.
_OFFERED, _LOOKED_AT = 50, 5_000


def complete_path(typed: str) -> list[str]:
    """Return the paths that begin so: folders with a slash at their end; hidden ones only after a dot.

    `~` stays as it was typed. A folder that cannot be read has nothing to offer.
    """
    folder, slash, begin = typed.rpartition("/")
    if "\0" in typed or (typed.startswith("~") and not slash):
        return []
    found = []
    try:
        with os.scandir(os.path.expanduser(f"{folder}{slash}") or ".") as entries:
            for _, entry in zip(range(_LOOKED_AT), entries, strict=False):
                name = entry.name
                # What cannot be shown cannot be typed.
                if name.startswith(begin) and name.startswith(".") <= begin.startswith(".") and clean(name) == name:
                    found.append(f"{folder}{slash}{name}{'/' if entry.is_dir() else ''}")
    except OSError:
        return []
    return sorted(found)[:_OFFERED]
